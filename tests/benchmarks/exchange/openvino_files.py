#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Models of the data folder as OpenVINO writes them: fp32, fp16, with weights of 8 and 4 bits, quantized, stateful. Each
is run by `halftone-cli run` and by OpenVINO on the golden inputs. Prints the largest difference as a part of the largest
value. Ends with 1 when one is above its bound. See ../README.md.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]
import environment  # noqa: E402

CLOSE = 1e-4  # of the largest value; computed in fp32
ROUNDED = 1e-2  # codes that lie near a half are rounded either way
TRANSFORMER, STATEFUL = "today/minilm_l3_f16w", "today/dtln_model_1"
OTHERS = ("cases/b08_tiny_ops", "cases/b10_gru", "cases/b10_lstm", "cases/b11_attention23", "cases/b11_einsum",
          "cases/b11_rmsnorm23", "cases/b11_swish24", "cases/b12_both_open", "cases/b13_expand_both_open",
          "cases/b13_inf_where", "cases/b13_isnan", "cases/d3_lstm_dynq", "cases/d5_enc_ortext",
          "cases/d6_enc_matmulnbits", "today/dtln_model_1", "today/dtln_model_2", "today/gtcrn_simple",
          "today/magika_v3_3", "today/minilm_l6_int8w", "today/ppocrv5_det", "today/silero_vad_16k_sequence",
          "today/yolov8n_320")
BOUNDS = {"today/ppocrv5_det": 3e-4}  # a deep network before a steep sigmoid


def golden_inputs(data, name):
    import numpy
    path = data / name
    arrays = path.parent / "golden" / (path.name + ".onnx.npz")
    if not arrays.exists():
        arrays = path.parent / "golden" / (path.name + ".npz")
    with numpy.load(arrays) as golden:
        return {key[3:]: golden[key] for key in golden if key.startswith("in:")}


def as_executed(model):
    """FakeQuantize as single steps, which OpenVINO then computes in fp32 as its definition says."""
    import numpy
    import openvino.opset13 as op
    for layer in list(model.get_ops()):
        if layer.get_type_info().name != "FakeQuantize":
            continue
        x, low, high, first, last = (layer.input_value(i) for i in range(5))
        steps = op.constant(numpy.float32(layer.get_attributes()["levels"] - 1))
        cut = op.minimum(op.maximum(x, low), high)
        code = op.round(op.multiply(op.divide(op.subtract(cut, low), op.subtract(high, low)), steps), "half_to_even")
        result = op.add(op.multiply(op.divide(code, steps), op.subtract(last, first)), first)
        for reader in layer.output(0).get_target_inputs():
            reader.replace_source_output(result.output(0))
    return model


def cases(data):
    """Name, model, inputs, bound, precision."""
    import nncf
    import numpy
    import openvino

    def converted(name):
        return openvino.convert_model(data / f"{name}.onnx")

    inputs = golden_inputs(data, TRANSFORMER)
    yield "MiniLM", converted(TRANSFORMER), inputs, CLOSE, "fp32"
    yield "MiniLM, fp16", converted(TRANSFORMER), inputs, CLOSE, "fp16 weights"
    modes = nncf.CompressWeightsMode
    for mode, settings in ((modes.INT8_SYM, {}), (modes.INT8_ASYM, {}), (modes.INT4_SYM, {"group_size": 64, "ratio": 1.0}),
                           (modes.INT4_ASYM, {"group_size": -1, "ratio": 1.0}),
                           (modes.NF4, {"group_size": 64, "ratio": 1.0})):
        compressed = nncf.compress_weights(converted(TRANSFORMER), mode=mode, **settings)
        yield f"MiniLM, weights {mode.value}", compressed, inputs, CLOSE, "fp32"
    with numpy.load(data / "today/texts_64.npz") as texts:
        samples = [{name: texts[name][i:i + 1] for name in inputs} for i in range(64)]
    quantized = nncf.quantize(converted(TRANSFORMER), nncf.Dataset(samples), model_type=nncf.ModelType.TRANSFORMER,
                              subset_size=64)
    yield "MiniLM, quantized", quantized, inputs, ROUNDED, "int8-simulated"
    for name in OTHERS:
        yield name, converted(name), golden_inputs(data, name), BOUNDS.get(name, CLOSE), "fp32"


def halftone_outputs(cli, path, inputs, precision, folder):
    import numpy
    command = [str(cli), "run", str(path), "--output", str(folder / "out"), "--precision", precision]
    for position, (name, value) in enumerate(inputs.items()):
        numpy.save(folder / f"{position}.npy", value)
        command += ["--input", f"{name}={folder / f'{position}.npy'}"]
    finished = subprocess.run(command, capture_output=True, text=True)
    if finished.returncode != 0:
        sys.exit(f"{path.name}: {finished.stderr}")
    return {file.stem: numpy.load(file) for file in (folder / "out").glob("*.npy")}


def difference(wanted, outputs):
    """Files sort by name, so outputs are paired by shape and values."""
    same = [output for output in outputs if output.shape == wanted.shape]
    if not same:
        return float("inf")
    return min(float(abs(output.astype("f8") - wanted.astype("f8")).max()) for output in same) / max(
        float(abs(wanted).max()), 1e-30)


def compiled(model):
    import openvino
    return openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})


def compare(cli, model, inputs, precision):
    import openvino
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        path = folder / "model.xml"
        openvino.save_model(model, path, compress_to_fp16=precision == "fp16 weights")
        network = compiled(as_executed(openvino.Core().read_model(path)))
        by_layer = {port.get_any_name(): port.node.get_friendly_name() for port in network.inputs}
        results = network([inputs[port.get_any_name()] for port in network.inputs])
        outputs = halftone_outputs(cli, path, {by_layer[key]: value for key, value in inputs.items()},
                                   "int8-simulated" if precision == "int8-simulated" else "fp32", folder).values()
        return max(difference(results[port], outputs) for port in network.outputs)


def compare_states(cli, data):
    """Two inferences of a network that keeps its state, which Halftone gives and takes."""
    import numpy
    import openvino
    from openvino._offline_transformations import apply_make_stateful_transformation
    model = openvino.convert_model(data / f"{STATEFUL}.onnx")
    inputs = golden_inputs(data, STATEFUL)
    kept = model.inputs[1].get_any_name()
    apply_make_stateful_transformation(model, {kept: model.outputs[1].get_any_name()})
    del inputs[kept]
    worst = 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        path = folder / "model.xml"
        openvino.save_model(model, path, compress_to_fp16=False)
        request = compiled(openvino.Core().read_model(path)).create_infer_request()
        states = {state.name: numpy.zeros(state.state.shape, "f4") for state in request.query_state()}
        for _ in range(2):
            result = request.infer(list(inputs.values()), share_outputs=False)[0]
            outputs = halftone_outputs(cli, path, {**inputs, **states}, "fp32", folder)
            worst = max(worst, difference(result, outputs.values()))
            states = {state: outputs[f"{state}_next"] for state in states}
        for state in request.query_state():
            worst = max(worst, difference(numpy.array(state.state.data), [states[state.name]]))
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path, help="folder with today/ and cases/")
    parser.add_argument("--cli", type=pathlib.Path, default=HERE.parents[2] / "build/bin/halftone-cli")
    environment.add_options(parser)
    options = parser.parse_args()
    environment.enter(options.venv)
    failed = False

    def tell(name, found, bound):
        nonlocal failed
        failed = failed or not found <= bound
        print(f"{name:40} {found:.1e}{'' if found <= bound else f'  above {bound:.0e}'}", flush=True)

    for name, model, inputs, bound, precision in cases(options.data):
        tell(name, compare(options.cli, model, inputs, precision), bound)
    tell("stateful " + STATEFUL, compare_states(options.cli, options.data), CLOSE)
    sys.exit(failed)


if __name__ == "__main__":
    main()
