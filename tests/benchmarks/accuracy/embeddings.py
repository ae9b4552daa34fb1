#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Embeddings of texts in int8: Halftone's default quantization against ONNX Runtime's (static) and NNCF's, the same 100
texts to find ranges with, judged on the other 500 by their cosine to fp32 and by whether the nearest other text stays.

Each as deployed on this CPU. See ../README.md.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "peers")]
import environment  # noqa: E402

MODELS = ["minilm_l3_f16w", "minilm_l6_int8w"]
CALIBRATION = 100


class Texts:
    def __init__(self, path):
        import numpy
        arrays = numpy.load(path)
        self.arrays = {name: arrays[name].astype("int64") for name in arrays.files}
        self.count = len(self.arrays["input_ids"])
        self.calibration = [i * self.count // CALIBRATION for i in range(CALIBRATION)]  # as halftone-cli spreads them
        self.evaluation = sorted(set(range(self.count)) - set(self.calibration))

    def feed(self, names, index):
        return {name: self.arrays[name][index:index + 1] for name in names}


def pooled(outputs, mask):
    """The vector of the whole where the network gives one, else the mean of the tokens' over the mask."""
    floats = [output for output in outputs if output.dtype.kind == "f"]
    for output in floats:
        if output.ndim == 2:
            return output[0]
    tokens = next(output for output in floats if output.ndim == 3)[0]
    return (tokens * mask[:, None]).sum(0)


def embeddings(run, texts):
    import numpy
    rows = []
    for index in texts.evaluation:
        vector = pooled(run(index), texts.arrays["attention_mask"][index].astype("float64"))
        rows.append(vector / numpy.linalg.norm(vector))
    return numpy.array(rows)


def compared(exact, found):
    import numpy

    def nearest(rows):
        return (rows @ rows.T - 2 * numpy.eye(len(rows))).argmax(1)
    return float((exact * found).sum(1).mean()), float((nearest(exact) == nearest(found)).mean())


def onnxruntime_session(path, optimized=None):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    if optimized:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(optimized)
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def by_onnxruntime(folded, texts, names, folder):
    """Static, QDQ, per channel, min-max; 7 bits where the CPU has no VNNI, as its documentation advises."""
    from model_files import cpu_has_vnni
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static

    class Reader(CalibrationDataReader):
        left = iter(texts.calibration)

        def get_next(self):
            index = next(self.left, None)
            return None if index is None else texts.feed(names, index)
    path = folder / "quantized.onnx"
    quantize_static(str(folded), str(path), Reader(), per_channel=True, activation_type=QuantType.QUInt8,
                    weight_type=QuantType.QInt8, reduce_range=not cpu_has_vnni(), op_types_to_quantize=["MatMul", "Gemm"])
    session = onnxruntime_session(path)
    return lambda index: session.run(None, texts.feed(names, index))


def by_nncf(folded, texts, names):
    import nncf
    import openvino
    quantized = nncf.quantize(openvino.Core().read_model(folded),
                              nncf.Dataset(texts.calibration, lambda index: texts.feed(names, index)),
                              model_type=nncf.ModelType.TRANSFORMER, subset_size=CALIBRATION)
    request = openvino.compile_model(quantized, "CPU").create_infer_request()
    return lambda index: list(request.infer(texts.feed(names, index)).values())


def by_halftone(cli, model, data, folder):
    report = folder / "report.json"
    subprocess.run([cli, "profile", model, "--data", data, "--time", "0.5", "--samples", "0", "--calibration",
                    str(CALIBRATION), "--out", report], check=True, capture_output=True)
    measures = json.loads(report.read_text())["accuracy"]["byPrecision"]["int8"]["measures"]
    figures = {each["kind"]: each["value"] for each in measures}
    return figures["cosine"], figures["neighbour-kept"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("HALFTONE_DATA_DIR", ""), help="default: HALFTONE_DATA_DIR")
    parser.add_argument("--cli", type=pathlib.Path, default=HERE.parents[2] / "build" / "bin" / "halftone-cli")
    environment.add_options(parser)
    options = parser.parse_args()
    if not options.data:
        parser.error("name the data folder with --data or HALFTONE_DATA_DIR")
    environment.enter(options.venv)
    folder = pathlib.Path(options.data) / "today"
    texts = Texts(folder / "texts_64.npz")
    print("| model | engine | cosine | nearest kept |\n|---|---|---|---|")
    for name in MODELS:
        with tempfile.TemporaryDirectory() as made:
            made = pathlib.Path(made)
            folded = made / "folded.onnx"  # weights that are stored in fewer bits become fp32
            exact = onnxruntime_session(folder / f"{name}.onnx", folded)
            names = [each.name for each in exact.get_inputs()]
            wanted = embeddings(lambda index: exact.run(None, texts.feed(names, index)), texts)
            rows = [("Halftone", by_halftone(options.cli, folder / f"{name}.onnx", folder / "texts_64.npz", made))]
            for engine, quantize in (("ONNX Runtime", lambda: by_onnxruntime(folded, texts, names, made)),
                                     ("NNCF, OpenVINO", lambda: by_nncf(folded, texts, names))):
                rows.append((engine, compared(wanted, embeddings(quantize(), texts))))
            for engine, (cosine, kept) in rows:
                print(f"| {name} | {engine} | {cosine:.4f} | {100 * kept:.1f} % |", flush=True)


if __name__ == "__main__":
    main()
