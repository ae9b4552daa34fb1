# SPDX-License-Identifier: GPL-3.0-or-later
"""runners.py ENGINE FILE EVALUATION.npy OUT.npy: the logits of a quantized file for every picture, one at a time.

ort-exact       ONNX Runtime without graph optimizations: quantize and dequantize operators around fp32 arithmetic
ort             ONNX Runtime as deployed: its int8 kernels
openvino-exact  OpenVINO without its low precision transformations: FakeQuantize operators in fp32
openvino        OpenVINO as deployed: its int8 kernels
The exact ones give what a CPU with VNNI gives, on any CPU. Run in a process of its own.
"""
import os
import sys

import numpy


def ort(path, exact):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    if exact:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda row: session.run(None, {name: row})[0]


def openvino(path, exact):
    import openvino as ov
    core = ov.Core()
    model = core.read_model(path)
    model.reshape([1, *model.input(0).partial_shape[1:]])
    config = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    if exact:
        config["LP_TRANSFORMS_MODE"] = False
    compiled = core.compile_model(model, "CPU", config)
    if exact:
        check_float(compiled)
    return lambda row: compiled(row)[0]


def check_float(compiled):
    """An int8 kernel would saturate without VNNI."""
    for node in compiled.get_runtime_model().get_ops():
        info = node.get_rt_info()
        kind = info["layerType"].astype(str) if "layerType" in info else ""
        kernel = info["primitiveType"].astype(str) if "primitiveType" in info else ""
        if kind in ("Convolution", "FullyConnected", "MatMul") and not kernel.endswith(("f32", "FP32")):
            sys.exit(f"{node.get_friendly_name()} runs {kernel}, not in fp32.")


def main():
    engine, path, evaluation, out = sys.argv[1:]
    kind, _, mode = engine.partition("-")
    run = {"ort": ort, "openvino": openvino}[kind](path, mode == "exact")
    rows = numpy.load(evaluation, mmap_mode="r")
    logits = [run(numpy.ascontiguousarray(row[numpy.newaxis])).reshape(-1) for row in rows]
    partial = f"{out}.partial.npy"  # a broken run leaves no file that looks finished
    numpy.save(partial, numpy.stack(logits))
    os.replace(partial, out)


if __name__ == "__main__":
    main()
