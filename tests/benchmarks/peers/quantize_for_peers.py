# SPDX-License-Identifier: GPL-3.0-or-later
"""quantize_for_peers.py qdq|nncf|nncf-mixed MODEL CALIBRATION.npy OUT BITS: an int8 file as each peer's own tool makes it.

qdq: ONNX Runtime's quantize_static after its own pre-processing: u8 activations, s8 weights per channel, reduced to 7
bits when BITS is 7. nncf: nncf.quantize with its defaults, or with the mixed preset. Run in a process of its own: NNCF changes global state.
"""
import os
import sys
import tempfile

import numpy


def qdq(model, samples, out, bits):
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process
    import onnx.version_converter
    network = onnx.load(model)
    name = network.graph.input[0].name
    if next(each.version for each in network.opset_import if each.domain in ("", "ai.onnx")) < 13:
        network = onnx.version_converter.convert_version(network, 13)  # the first with a scale for each channel

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.rows = iter(samples)

        def get_next(self):
            row = next(self.rows, None)
            return None if row is None else {name: row[numpy.newaxis]}

    with tempfile.TemporaryDirectory() as folder:
        prepared = os.path.join(folder, "prepared.onnx")
        raised = os.path.join(folder, "raised.onnx")
        onnx.save(network, raised)
        quant_pre_process(raised, prepared, skip_symbolic_shape=True)
        quantize_static(prepared, out, Reader(), quant_format=QuantFormat.QDQ, per_channel=True,
                        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, reduce_range=bits == 7)


def ir(model, samples, out, mixed):
    import nncf
    import openvino
    data = nncf.Dataset([row[numpy.newaxis] for row in samples])
    quantized = nncf.quantize(openvino.Core().read_model(model), data, subset_size=len(samples),
                              preset=nncf.QuantizationPreset.MIXED if mixed else None)
    openvino.save_model(quantized, out, compress_to_fp16=False)


def main():
    kind, model, calibration, out, bits = sys.argv[1:]
    samples = numpy.load(calibration)
    folder, name = os.path.split(out)
    partial = os.path.join(folder, "partial_" + name)  # a broken run leaves no file that looks finished
    if kind == "qdq":
        qdq(model, samples, partial, int(bits))
    else:
        ir(model, samples, partial, kind == "nncf-mixed")
        os.replace(partial.replace(".xml", ".bin"), out.replace(".xml", ".bin"))
    os.replace(partial, out)


if __name__ == "__main__":
    main()
