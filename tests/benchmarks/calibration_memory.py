#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peak memory of the whole job, calibrating with few and with many pictures: it must not grow.

    calibration_memory.py halftone-cli MODEL DATA [options of profile, such as --preprocess cifar10]

Ends with 1 when many pictures take more than 5 % more.
"""
import os
import subprocess
import sys

FEW, MANY, ALLOWED = 20, 2000, 1.05


def peak_megabytes(cli, model, data, options, pictures):
    command = [cli, "profile", model, "--data", data, "--calibration", str(pictures), "--samples", str(FEW),
               "--time", "0.5", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)} failed")
    return usage.ru_maxrss / 1024


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    cli, model, data, *options = sys.argv[1:]
    few, many = (peak_megabytes(cli, model, data, options, pictures) for pictures in (FEW, MANY))
    print(f"{FEW} pictures: {few:.1f} MB, {MANY} pictures: {many:.1f} MB, ratio {many / few:.3f}")
    return many > ALLOWED * few


if __name__ == "__main__":
    sys.exit(main())
