#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Profiles every model of the data folder beside 0, 1 and 2 busy processes and walks each report through window, JSON,
CSV and command line: one figure is the same everywhere, and parts add up to their whole.

Keeps the reports in a folder; test_one_figure walks over them. See ../README.md.
"""
import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "peers"))
sys.path.insert(0, str(HERE.parent))
from busy import busy_processes  # noqa: E402

FOLDERS = ["onnx", "tf", "tflite", "ir", "today", "cases"]
ENDINGS = [".onnx", ".pb", ".tflite", ".xml"]
PICTURES = {  # the labelled ones, by how a file's name begins
    "resnet34": ("imagenet500", "imagenet-dlib"),
    "mobilenet_v1": ("imagenet500", "imagenet-tf"),
    "mobilenet_v2": ("imagenet500", "imagenet-tf"),
    "tf2_mobilenet_v2": ("imagenet500", "imagenet-tf"),
    "resnet20": ("cifar10_test_jpeg.tar.gz", "cifar10"),
    "resnet56": ("cifar10_test_jpeg.tar.gz", "cifar10"),
    "mlperftiny_resnet8": ("cifar10_test_jpeg.tar.gz", "raw"),
}


def models(data, patterns):
    return sorted(path for folder in FOLDERS for path in (data / folder).rglob("*")
                  if path.suffix in ENDINGS and "golden" not in path.parts
                  and any(path.relative_to(data).match(pattern) for pattern in patterns))


def arguments(model, options):
    for beginning, (pictures, preset) in PICTURES.items():
        if model.stem.startswith(beginning):
            return ["--data", options.data / "images" / pictures, "--preset", preset, "--calibration", "16",
                    "--samples", "32"]
    return []


def profile(model, options, report):
    command = [options.cli, "profile", model, *arguments(model, options), "--time", options.time, "--progress", "none",
               "--out", report]
    finished = subprocess.run([*map(str, command)], capture_output=True, text=True)
    return finished.returncode, (finished.stderr.strip().splitlines() or [""])[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    build = HERE.parents[2] / "build"
    parser.add_argument("--cli", type=pathlib.Path, default=build / "bin" / "halftone-cli")
    parser.add_argument("--walk", type=pathlib.Path, default=build / "bin" / "test_one_figure")
    parser.add_argument("--data", type=pathlib.Path, default=os.environ.get("HALFTONE_DATA_DIR"))
    parser.add_argument("--models", nargs="+", default=["*"], metavar="PATTERN", help="such as 'onnx/resnet*' (default: all)")
    parser.add_argument("--reports", type=pathlib.Path, help="folder to keep the reports in (default: none is kept)")
    parser.add_argument("--busy", nargs="+", type=int, default=[0, 1, 2], metavar="N", help="busy processes")
    parser.add_argument("--time", type=float, default=0.5, help="seconds of measuring a model (default: %(default)s)")
    options = parser.parse_args()
    if not options.data:
        parser.error("Give --data or set HALFTONE_DATA_DIR.")
    options.data = pathlib.Path(options.data)
    temporary = tempfile.TemporaryDirectory()
    folder = options.reports or pathlib.Path(temporary.name)
    folder.mkdir(parents=True, exist_ok=True)
    ends, refused = collections.Counter(), []
    for count in options.busy:
        for model in models(options.data, options.models):
            report = folder / f"{model.relative_to(options.data).with_suffix('').as_posix().replace('/', '-')}.{model.suffix[1:]}.busy{count}.json"
            with busy_processes(count):
                code, message = profile(model, options, report)
            ends[code] += 1
            if code:
                refused.append(f"{model.name} beside {count}: exit {code}: {message}")
            print(f"{model.name} beside {count} busy processes: {code}", file=sys.stderr, flush=True)
    undecided = collections.Counter()
    for report in folder.glob("*.json"):
        undecided[json.loads(report.read_text())["verdict"]["grade"]] += 1
    print(f"exit codes {dict(ends)}; grades of the verdicts {dict(undecided)}")
    print("\n".join(refused))
    environment = dict(os.environ, HALFTONE_REPORTS=str(folder), QT_QPA_PLATFORM="offscreen")
    return subprocess.run([options.walk, "-o", "-,txt"], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
