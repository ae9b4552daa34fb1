#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Halftone's whole job (Quantize & Profile) on ResNet-34 against a script with OpenVINO and NNCF on the same pictures.

Both find ranges on 100 pictures and take accuracy on the other 400. Compared are the wall time of halftone-cli, without the time budget that it measures latencies for, and the script's
fp32 evaluation + nncf.quantize + int8 evaluation, without its imports. See ../README.md.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import environment  # noqa: E402
from machine import Machine, add_lock_options  # noqa: E402

CALIBRATION, EVALUATION = 100, 400  # no picture is in both
TIME_BUDGET_S = 10  # halftone-cli's default


def run(command):
    finished = subprocess.run([*map(str, command)], capture_output=True, text=True)
    if finished.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{finished.stderr[-2000:]}")
    return finished.stdout


def halftone(options, model, pictures):
    with tempfile.TemporaryDirectory() as folder:
        report_path = pathlib.Path(folder) / "report.json"
        start = time.perf_counter()
        run([options.cli, "profile", model, "--data", pictures, "--preset", "imagenet-dlib", "--samples", EVALUATION,
             "--calibration", CALIBRATION, "--progress", "none", "--out", report_path])
        seconds = time.perf_counter() - start - TIME_BUDGET_S
        report = json.loads(report_path.read_text())
    if report["options"]["timeBudgetS"] != TIME_BUDGET_S:
        sys.exit(f"halftone-cli's time budget is not {TIME_BUDGET_S} s any more.")
    accuracy = report["accuracy"]
    if (accuracy["samples"], accuracy["alsoCalibrated"]) != (EVALUATION, 0):
        sys.exit(f"halftone-cli evaluated {accuracy['samples']} pictures, {accuracy['alsoCalibrated']} of them calibrated with.")
    return seconds, accuracy["top1"]["share"]


def openvino(model, pictures):
    result = json.loads(run([sys.executable, HERE / "openvino_job.py", model, pictures, CALIBRATION]).splitlines()[-1])
    if result["pictures"] != EVALUATION:
        sys.exit(f"{pictures} holds {result['pictures']} pictures, not {EVALUATION}.")
    return result["seconds"], result["top1"]


def percent(top1):
    return ", ".join(f"{precision} {100 * top1[precision]:.1f} %" for precision in ("fp32", "int8"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    environment.add_options(parser)
    parser.add_argument("--data", default=os.environ.get("HALFTONE_DATA_DIR", ""),
                        help="folder with onnx/ and images/ (default: HALFTONE_DATA_DIR)")
    parser.add_argument("--cli", type=pathlib.Path, default=HERE.parents[2] / "build" / "bin" / "halftone-cli",
                        help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=1, help="both are run this often, in turn; medians count")
    add_lock_options(parser)
    options = parser.parse_args()
    model = pathlib.Path(options.data) / "onnx" / "resnet34_imagenet_f16w.onnx"
    pictures = pathlib.Path(options.data) / "images" / "imagenet500"
    for path in (model, pictures, options.cli):
        if not path.exists():
            parser.error(f"{path} is missing. Set HALFTONE_DATA_DIR and build halftone-cli.")
    environment.enter(options.venv)

    machine = Machine(options.lock, 0)
    own, scripts = [], []
    for _ in range(options.rounds):
        with machine.measuring():
            seconds, own_top1 = halftone(options, model, pictures)
        own.append(seconds)
        with machine.measuring():
            seconds, top1 = openvino(model, pictures)
        scripts.append(seconds)
    parts = {part: statistics.median(seconds[part] for seconds in scripts) for part in scripts[0]}
    theirs = sum(seconds for part, seconds in parts.items() if part != "import")
    print(f"Halftone's job      {statistics.median(own):6.1f} s without its time budget of {TIME_BUDGET_S} s; "
          f"top-1 {percent(own_top1)}")
    print(f"OpenVINO and NNCF   {theirs:6.1f} s; top-1 {percent(top1)}")
    for part, seconds in parts.items():
        print(f"  {part:17} {seconds:6.1f} s" + (" (not counted)" if part == "import" else ""))
    print(f"ratio               {statistics.median(own) / theirs:6.2f}")


if __name__ == "__main__":
    main()
