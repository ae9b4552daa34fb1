# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that each engine is given for a model: itself, and for the peers quantized files of it, kept by its hash."""
import pathlib
import subprocess
import sys

import environment

CALIBRATION_SAMPLES = 16


class Model:
    """An entry of the list: where its file is, how its input values are spread, and whether a fixed batch is freed."""

    def __init__(self, name, path, low=-2.0, high=2.0, frees_batch=True):
        self.name, self.path, self.low, self.high = name, pathlib.Path(path), low, high
        self.frees_batch = frees_batch


def model_list(data_folder, generated_folder):
    data = pathlib.Path(data_folder) / "onnx"
    return [
        Model("resnet50_v1_224", generated_folder / "resnet50_v1_224_random.onnx"),
        Model("resnet50_v2_224", generated_folder / "resnet50_v2_224_random.onnx"),
        Model("resnet50_v2_32", generated_folder / "resnet50_v2_32_random.onnx"),
        Model("resnet34", data / "resnet34_imagenet_f16w.onnx", -0.5, 0.5),
        Model("mobilenet_v2", data / "mobilenet_v2_1.0_224_fp32.onnx", -1, 1),
        Model("resnet20_cifar10", data / "resnet20_cifar10.onnx"),
        Model("resnet56_cifar10", data / "resnet56_cifar10.onnx"),
        Model("mlperftiny_resnet8", data / "mlperftiny_resnet8_fp32.onnx", 0, 255),
        Model("encoder_l3_128", generated_folder / "encoder_l3_128_random.onnx"),
    ]


def cpu_has_vnni():
    flags = pathlib.Path("/proc/cpuinfo").read_text()
    return "avx512_vnni" in flags or "avx_vnni" in flags


class ModelFiles:
    """fp32 (with a free batch), qdq (ONNX Runtime's quantizer), nncf (NNCF's defaults, as OpenVINO IR), calibration."""

    def __init__(self, model, precisions):
        self.model = model
        self.folder = environment.cache_folder() / "prepared" / environment.sha256_of(model.path)[:16]
        self.folder.mkdir(parents=True, exist_ok=True)
        self.fp32 = self._fp32()
        self.calibration = self._made("calibration.npy", self._write_calibration)
        if "int8" in precisions:
            for kind in ("qdq", "nncf"):
                self.quantized(kind)

    def quantized(self, kind):
        """Path of the int8 file: "qdq" or "nncf"."""
        if kind == "qdq":
            # Without VNNI ONNX Runtime's kernels saturate in int16, so its documentation asks for 7-bit weights there.
            bits = 8 if cpu_has_vnni() else 7
            return self._made(f"qdq_{bits}bit.onnx", lambda path: self._quantize("qdq", path, bits))
        return self._made("nncf.xml", lambda path: self._quantize("nncf", path, 8))

    def input(self, batch):
        return self._made(f"input_{batch}.npy", lambda path: self._write_noise(path, batch, 2))

    def _made(self, name, make):
        path = self.folder / name
        if not path.exists():
            make(path)
        return path

    def _fp32(self):
        """The file itself, or, when its batch is fixed, a copy with a free one, for all engines alike."""
        import onnx
        model = onnx.load(str(self.model.path))
        terminals = [model.graph.input[0], *model.graph.output]
        self.sample_shape = [dim.dim_value for dim in terminals[0].type.tensor_type.shape.dim][1:]
        if terminals[0].type.tensor_type.shape.dim[0].dim_param == "N" or not self.model.frees_batch:
            return self.model.path

        def write(path):
            for terminal in terminals:
                terminal.type.tensor_type.shape.dim[0].dim_param = "N"
            del model.graph.value_info[:]
            onnx.save(model, str(path))
        return self._made("free_batch.onnx", write)

    def _write_noise(self, path, count, seed):
        import numpy
        random = numpy.random.default_rng(seed)
        shape = [count, *self.sample_shape]
        numpy.save(path, random.uniform(self.model.low, self.model.high, shape).astype(numpy.float32))

    def _write_calibration(self, path):
        self._write_noise(path, CALIBRATION_SAMPLES, 1)

    def _quantize(self, kind, path, bits):
        print(f"  quantizing {self.model.name} for the peers ({kind})", file=sys.stderr)
        script = pathlib.Path(__file__).with_name("quantize_for_peers.py")
        made = subprocess.run([sys.executable, str(script), kind, str(self.fp32), str(self.calibration), str(path),
                               str(bits)], capture_output=True, text=True)
        if made.returncode != 0:
            raise RuntimeError(f"{self.model.name}: {kind} quantization failed:\n{made.stdout}{made.stderr}")
