# SPDX-License-Identifier: GPL-3.0-or-later
"""openvino_job.py MODEL PICTURES CALIBRATION: what a user would write with OpenVINO and NNCF instead of using Halftone.

fp32 accuracy, quantization on some of the pictures, int8 accuracy, both accuracies on the others. Prints the seconds of each part as JSON. ResNet-34's
preprocessing (preset imagenet-dlib); PICTURES holds labels.csv.
"""
import csv
import json
import pathlib
import sys
import time

started = time.perf_counter()
import numpy  # noqa: E402
import nncf  # noqa: E402
import openvino  # noqa: E402
from PIL import Image  # noqa: E402

SIDE = 227
MEAN = numpy.array([122.782, 117.001, 104.298], numpy.float32)


def load(path):
    picture = Image.open(path).convert("RGB")
    left, top = (picture.width - SIDE) // 2, (picture.height - SIDE) // 2
    pixels = numpy.asarray(picture.crop((left, top, left + SIDE, top + SIDE)), numpy.float32)
    return numpy.ascontiguousarray(((pixels - MEAN) / 256).transpose(2, 0, 1)[numpy.newaxis])


def top1(model, pictures):
    compiled = openvino.Core().compile_model(model, "CPU", {"PERFORMANCE_HINT": "LATENCY",
                                                            "INFERENCE_PRECISION_HINT": "f32"})
    right = sum(int(compiled(load(path))[0].argmax() == label) for path, label in pictures)
    return right / len(pictures)


def main():
    model_path, folder, calibration = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    with open(folder / "labels.csv", newline="") as file:
        pictures = [(folder / row["file"], int(row["label"])) for row in csv.DictReader(file)]
    chosen = [pictures[i * len(pictures) // calibration][0] for i in range(calibration)]
    pictures = [picture for picture in pictures if picture[0] not in set(chosen)]
    seconds, before = {"import": time.perf_counter() - started}, time.perf_counter()

    def done(part):
        nonlocal before
        now = time.perf_counter()
        seconds[part], before = now - before, now

    model = openvino.Core().read_model(model_path)
    model.reshape([1, 3, SIDE, SIDE])
    fp32 = top1(model, pictures)
    done("fp32 evaluation")
    quantized = nncf.quantize(model, nncf.Dataset(chosen, load), subset_size=calibration)
    done("quantization")
    int8 = top1(quantized, pictures)
    done("int8 evaluation")
    print(json.dumps({"seconds": seconds, "top1": {"fp32": fp32, "int8": int8}, "pictures": len(pictures)}))


if __name__ == "__main__":
    main()
