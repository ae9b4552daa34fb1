# SPDX-License-Identifier: GPL-3.0-or-later
"""What the networks are judged on: files, pictures as each network wants them, and which pictures ranges are found with."""
import csv
import pathlib

import numpy

CALIBRATION = 100


class Task:
    """A classifier and its preprocessing: centre crop, bilinear resize, (x - mean) / deviation. `background` is the
    number of outputs before class 0."""

    def __init__(self, name, file, crop, side, mean, deviation, background):
        self.name, self.file, self.crop, self.side = name, file, crop, side
        self.mean, self.deviation = numpy.float32(mean), numpy.float32(deviation)
        self.background = background

    def picture(self, path):
        from PIL import Image
        picture = Image.open(path).convert("RGB")
        left, top = (picture.width - self.crop) // 2, (picture.height - self.crop) // 2
        picture = picture.crop((left, top, left + self.crop, top + self.crop))
        if self.side != self.crop:
            picture = picture.resize((self.side, self.side), Image.Resampling.BILINEAR)
        return ((numpy.asarray(picture, numpy.float32) - self.mean) / self.deviation).transpose(2, 0, 1)


TASKS = [
    Task("ResNet-34", "resnet34_imagenet_f16w.onnx", 227, 227, (122.782, 117.001, 104.298), 256, 0),
    Task("MobileNetV2", "mobilenet_v2_1.0_224_fp32.onnx", 224, 224, 127.5, 127.5, 1),
    Task("MobileNetV1 0.25", "mobilenet_v1_0.25_128_fp32.onnx", 224, 128, 127.5, 127.5, 1),
]


class Pictures:
    """The labelled pictures of a folder, in two parts: `calibration`, evenly spread over all as Halftone takes them, and
    `evaluation`, the others."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        with open(folder / "labels.csv", newline="") as file:
            rows = sorted((row["file"], int(row["label"])) for row in csv.DictReader(file))
        self.paths = [folder / name for name, _ in rows]
        self.labels = numpy.array([label for _, label in rows])
        chosen = {i * len(rows) // CALIBRATION for i in range(CALIBRATION)}
        self.calibration = sorted(chosen)
        self.evaluation = [i for i in range(len(rows)) if i not in chosen]

    def write(self, task, indices, path):
        numpy.save(path, numpy.stack([task.picture(self.paths[i]) for i in indices]))
