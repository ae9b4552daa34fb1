#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether wrong preprocessing, swapped channels and moved labels are noticed, and whether the cure that is offered gives
the accuracy of the right setting: every model with a label for each picture, every setting. See ../README.md.

    wrong_preprocessing.py [--samples 100 400] [--models PATTERN ...] [--details]

Ends with 1 when a right setting is spoken of.
"""
import argparse
import fnmatch
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
IMAGENET, CIFAR = "images/imagenet500", "images/cifar10_test_jpeg.tar.gz"

# File, pictures, the right preset.
MODELS = [
    ("onnx/mobilenet_v1_0.25_128_fp32.onnx", IMAGENET, "imagenet-tf"),
    ("onnx/mobilenet_v1_0.25_128_qdq.onnx", IMAGENET, "imagenet-tf"),
    ("tflite/mobilenet_v1_0.25_128_quant.tflite", IMAGENET, "imagenet-tf"),
    ("tf/mobilenet_v1_0.25_128_fakequant.pb", IMAGENET, "imagenet-tf"),
    ("onnx/mobilenet_v2_1.0_224_fp32.onnx", IMAGENET, "imagenet-tf"),
    ("onnx/mobilenet_v2_1.0_224_qdq.onnx", IMAGENET, "imagenet-tf"),
    ("onnx/tf2_mobilenet_v2_1.0_224_ptq_qdq.onnx", IMAGENET, "imagenet-tf"),
    ("onnx/resnet34_imagenet_f16w.onnx", IMAGENET, "imagenet-dlib"),
    ("onnx/resnet20_cifar10.onnx", CIFAR, "cifar10"),
    ("onnx/resnet20_cifar10_qdq_s8s8_pc.onnx", CIFAR, "cifar10"),
    ("onnx/resnet20_cifar10_qop_u8s8_pc.onnx", CIFAR, "cifar10"),
    ("onnx/resnet20_cifar10jpeg.onnx", CIFAR, "cifar10"),
    ("onnx/resnet56_cifar10.onnx", CIFAR, "cifar10"),
    ("onnx/resnet56_cifar10_qdq_u8s8_pt.onnx", CIFAR, "cifar10"),
    ("onnx/mlperftiny_resnet8_fp32.onnx", CIFAR, "raw"),
    ("onnx/mlperftiny_resnet8_qdq.onnx", CIFAR, "raw"),
    ("tf/mlperftiny_resnet8_fp32.pb", CIFAR, "raw"),
]
PRESETS = ["imagenet-torch", "imagenet-tf", "imagenet-keras", "imagenet-caffe", "imagenet-dlib", "cifar10", "cifar10-own",
           "cifar100", "unit", "signed", "raw"]
OFFSETS = {"imagenet-tf": 1}
CHANNELS = {"imagenet-caffe": "bgr"}
CLOSE = 0.03  # of the pictures: a setting that loses no more is as good as the right one


def wrong_settings(right):
    """By what is wrong with them; settings are dictionaries of the command line's options."""
    offset = OFFSETS.get(right, 0)
    swapped = "rgb" if CHANNELS.get(right) == "bgr" else "bgr"
    settings = {"preset": [], "channels": [], "labels": [], "several": []}
    for preset in PRESETS:
        same = preset == right or {preset, right} == {"imagenet-tf", "imagenet-keras"}
        if not same:
            kind = "preset" if OFFSETS.get(preset, 0) == offset else "several"
            settings[kind].append({"preset": preset})
            if kind == "several":
                settings["preset"].append({"preset": preset, "label-offset": offset})
    settings["channels"].append({"preset": right, "channels": swapped})
    for moved in (offset - 1, offset + 1):
        settings["labels"].append({"preset": right, "label-offset": moved})
        settings["several"].append({"preset": right, "channels": swapped, "label-offset": moved})
    return settings


class Answer:
    def __init__(self, line):
        pictures, right, seconds, self.code, cure, self.message = line.split("\t")
        self.pictures, self.right, self.seconds = int(pictures), int(right), float(seconds)
        self.cure = dict(option.split("=") for option in cure.split())

    @property
    def share(self):
        return self.right / self.pictures


class Checker:
    """One model with so many pictures; answers are kept by setting."""

    def __init__(self, worker, data, model, pictures, samples):
        command = [*map(str, (worker, data / model, data / pictures)), "--samples", str(samples)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.known = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def check(self, setting):
        options = sorted(setting.items(), key=lambda option: option[0] != "preset")  # the preset is what others change
        line = " ".join(f"{option}={value}" for option, value in options)
        if line not in self.known:
            print(line, file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
            if not answer:
                sys.exit("preprocessing_worker failed")
            self.known[line] = Answer(answer.rstrip("\n"))
        return self.known[line]


def words(setting):
    return " ".join(value if option == "preset" else f"{option} {value}" for option, value in setting.items())


def percent(share):
    return f"{100 * share:.1f}"


def judge(checker, kind, setting, right, details):
    """Accuracy lost, whether it is noticed, and what the cures lead to, one after the other."""
    first = answer = checker.check(setting)
    if first.code == "refused":
        return None
    cures, cured = [], dict(setting)
    while answer.cure and len(cures) < 3:
        cures.append(answer.cure)
        cured |= answer.cure
        answer = checker.check(cured)
    result = {"kind": kind, "lost": right.share - first.share, "noticed": bool(first.code),
              "decided": bool(cures), "left": right.share - answer.share, "cures": len(cures), "seconds": first.seconds}
    if details:
        print(f"  {kind:9} {words(setting):42} {percent(first.share):>5} {first.code or '-':20} "
              f"{', '.join(words(cure) for cure in cures) or '-':42} {percent(answer.share) if cures else '':>5} "
              f"{first.seconds:5.1f} s", flush=True)
    return result


def row(cells):
    return "| " + " | ".join(map(str, cells)) + " |"


def summary(results):
    """'8, 7 of 9': of the settings that lose accuracy those that are noticed, and those that the cures make good."""
    cells = []
    for kind in ("preset", "channels", "labels", "several"):
        bad = [one for one in results if one["kind"] == kind and one["lost"] > CLOSE]
        noticed = sum(one["noticed"] for one in bad)
        cured = sum(one["decided"] and one["left"] <= CLOSE for one in bad)
        cells.append(f"{noticed}, {cured} of {len(bad)}" if bad else "-")
    return cells


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, default=os.environ.get("HALFTONE_DATA_DIR", ""),
                        help="folder with onnx/ and images/ (default: HALFTONE_DATA_DIR)")
    parser.add_argument("--worker", type=pathlib.Path, default=HERE.parents[2] / "build" / "bin" / "preprocessing_worker",
                        help="default: %(default)s")
    parser.add_argument("--models", nargs="+", default=["*"], help="patterns of file names (default: all)")
    parser.add_argument("--samples", nargs="+", type=int, default=[100, 400], help="pictures (default: 100 400)")
    parser.add_argument("--details", action="store_true", help="a line for each setting")
    options = parser.parse_args()
    if not options.worker.exists() or not (options.data / CIFAR).exists():
        parser.error("Set HALFTONE_DATA_DIR and build preprocessing_worker.")

    rows, alarms = [], 0
    for model, pictures, preset in MODELS:
        if not any(fnmatch.fnmatch(pathlib.Path(model).name, pattern) for pattern in options.models):
            continue
        for samples in options.samples:
            with Checker(options.worker, options.data, model, pictures, samples) as checker:
                right = checker.check({"preset": preset})
                if options.details:
                    print(f"{model}, {right.pictures} pictures: {preset} {percent(right.share)} % "
                          f"{right.code or 'silent'} {right.message} {right.seconds:.1f} s", flush=True)
                results = [judge(checker, kind, setting, right, options.details)
                           for kind, settings in wrong_settings(preset).items() for setting in settings]
            results = [one for one in results if one]
            harmed = sum(one["cures"] > 0 and one["left"] > max(one["lost"], 0) + CLOSE for one in results)
            alarms += bool(right.code)
            rows.append(row([pathlib.Path(model).name, right.pictures, percent(right.share), right.code or "silent",
                             *summary(results), harmed,
                             f"{right.seconds:.1f}, {max(one['seconds'] for one in results):.1f}"]))
    print(row(["model", "pictures", "fp32 %", "right setting", "preset", "channels", "labels", "several", "worse by a cure",
               "seconds: right, most"]))
    print(row(["---"] * 10))
    print("\n".join(rows))
    return alarms > 0


if __name__ == "__main__":
    sys.exit(main())
