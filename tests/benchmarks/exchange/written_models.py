#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Models that `halftone-cli write` quantized, run by ONNX Runtime and OpenVINO: do these run every layer in int8, and do
they give the same answers as Halftone itself? See ../README.md.
"""
import argparse
import collections
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "accuracy")]
import environment  # noqa: E402

PRESETS = {"ResNet-34": "imagenet-dlib", "MobileNetV2": "imagenet-tf"}


def run(command):
    finished = subprocess.run([*map(str, command)], capture_output=True, text=True)
    if finished.returncode != 0:
        sys.exit(f"{' '.join(map(str, command[:2]))} failed:\n{finished.stderr[-2000:]}")
    return finished.stdout


def ort_layers(path, folder):
    """Operators of the network as ONNX Runtime runs it."""
    import onnx
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(folder / "optimized.onnx")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session, collections.Counter(node.op_type for node in onnx.load(options.optimized_model_filepath).graph.node)


def openvino_layers(path):
    """Convolutions of the network as OpenVINO runs it, by the type of their kernel."""
    import openvino as ov
    core = ov.Core()
    model = core.read_model(path)
    model.reshape([1, *list(model.input(0).partial_shape)[1:]])
    compiled = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"})
    types = collections.Counter()
    for node in compiled.get_runtime_model().get_ops():
        info = node.get_rt_info()
        if "layerType" in info and info["layerType"].astype(str) == "Convolution":
            types[info["runtimePrecision"].astype(str)] += 1
    return compiled, types


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cli", type=pathlib.Path, default=HERE.parents[2] / "build" / "bin" / "halftone-cli",
                        help="halftone-cli; accuracy_worker lies beside it (default: %(default)s)")
    parser.add_argument("--data", default=os.environ.get("HALFTONE_DATA_DIR"), help="folder with onnx/ and images/")
    parser.add_argument("--pictures", type=int, default=0, help="of those not calibrated with (0: all)")
    environment.add_options(parser)
    options = parser.parse_args()
    if not options.data:
        parser.error("--data or HALFTONE_DATA_DIR must name the folder of real models")
    environment.enter(options.venv)
    import numpy
    from tasks import TASKS, Pictures

    data = pathlib.Path(options.data)
    pictures = Pictures(data / "images" / "imagenet500")
    chosen = pictures.evaluation[:options.pictures or None]
    labels = pictures.labels[chosen]
    for task in TASKS:
        if task.name not in PRESETS:
            continue
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            written, inputs = folder / "int8.onnx", folder / "inputs.npy"
            print(run([options.cli, "write", data / "onnx" / task.file, "--data", data / "images" / "imagenet500",
                       "--preset", PRESETS[task.name], "--out", written, "--progress", "none"]).splitlines()[0])
            pictures.write(task, chosen, inputs)
            rows = numpy.load(inputs, mmap_mode="r")
            session, layers = ort_layers(written, folder)
            input_name = session.get_inputs()[0].name
            integer = {op: count for op, count in layers.items() if op.startswith("QLinear") or op == "QGemm"}
            real = {op: count for op, count in layers.items() if op in ("Conv", "FusedConv", "Gemm", "MatMul")}
            print(f"  ONNX Runtime: integer {integer}, fp32 {real or 'none'}")
            compiled, types = openvino_layers(written)
            print(f"  OpenVINO: convolutions by precision {dict(types)}")

            def top1(logits):
                return 100 * float((logits[:, task.background:].argmax(1) == labels).mean())

            def each(infer):
                return numpy.stack([infer(numpy.ascontiguousarray(row[numpy.newaxis])).reshape(-1) for row in rows])

            def halftone(model, precision):
                few, out = folder / "few.npy", folder / "out.npy"
                numpy.save(few, rows[:4])  # the written file brings its ranges
                run([options.cli.with_name("accuracy_worker"), model, "--precision", precision, "--calibration", few,
                     "--evaluation", inputs, "--output", out])
                return numpy.load(out)

            outputs = {"Halftone, fp32": halftone(data / "onnx" / task.file, "fp32"),
                       "Halftone, the written file in int8": halftone(written, "int8"),
                       "ONNX Runtime": each(lambda row: session.run(None, {input_name: row})[0]),
                       "OpenVINO": each(lambda row: compiled(row)[0])}
            ours = outputs["Halftone, the written file in int8"].argmax(1)
            for engine, logits in outputs.items():
                print(f"  {engine}: top-1 {top1(logits):.2f} %, agreement with Halftone's int8 "
                      f"{100 * float((logits.argmax(1) == ours).mean()):.2f} % on {len(labels)} pictures")


if __name__ == "__main__":
    main()
