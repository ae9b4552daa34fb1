#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Halftone, OpenVINO and ONNX Runtime beside 0, 1 and 2 busy processes: ms an inference and ratios.

The engines are processes that are woken in turn, as peers.py has them, with a thread for each CPU and batch 1; the busy
processes are plain loops, started and ended here. See ../README.md.
"""
import argparse
import contextlib
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
import model_files  # noqa: E402
import peers  # noqa: E402
import tables  # noqa: E402
from machine import Machine  # noqa: E402
from workers import Starter  # noqa: E402

MODELS = ["resnet34", "mobilenet_v2", "resnet20_cifar10", "encoder_l3_128"]
TURN_MS = 200  # long beside the turns of some ms that the system gives to each process
WAKE_MS = 20  # untimed at the start of a turn: a process that slept is served first for a while
LOOP = "import os\nparent = os.getppid()\nwhile os.getppid() == parent:\n    for _ in range(1_000_000): pass"


@contextlib.contextmanager
def busy_processes(count):
    """As many endless loops; they end with this block, or with this program however that ends."""
    loops = [subprocess.Popen([sys.executable, "-c", LOOP]) for _ in range(count)]
    try:
        time.sleep(0.5 if loops else 0)
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def turn(worker, inference_ms):
    worker.run(max(1, round(WAKE_MS / inference_ms)))
    return worker.run(max(3, round(TURN_MS / inference_ms)))


def measure(workers, rounds):
    """Mean and median of each turn in ms, by label, a list of rounds each; the labels of engines that did not sleep."""
    means, medians = ({worker.label: [] for worker in workers} for _ in range(2))
    restless = set()
    inference_ms = {worker.label: peers.warm_up(worker) for worker in workers}
    for number in range(rounds):
        for worker in workers if number % 2 == 0 else reversed(workers):
            times = turn(worker, inference_ms[worker.label])
            means[worker.label].append(statistics.mean(times))
            medians[worker.label].append(statistics.median(times))
            if not worker.wait_until_asleep():
                restless.add(worker.label)
    return means, medians, restless


def run_model(starter, options, machine, results):
    workers = peers.start_all(starter, options, machine)
    wrong = peers.disagreements({worker.label: worker.output() for worker in workers})
    for count in options.busy:
        print(f"{starter.files.model.name} beside {count} busy processes", file=sys.stderr, flush=True)
        with machine.measuring(), busy_processes(count):
            means, medians, restless = measure(workers, options.rounds)
        peers.replace(results["cases"], {
            "model": starter.files.model.name, "busy": count, "meanMs": means, "medianMs": medians,
            "disagreements": wrong, "restless": sorted(restless)}, ["model", "busy"])
        for message in wrong + [f"{label} did not sleep between its turns" for label in sorted(restless)]:
            print(f"  {message}", file=sys.stderr)
    for worker in workers:
        worker.close()


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    peers.add_common_options(parser)
    parser.set_defaults(models=MODELS)
    parser.add_argument("--busy", nargs="+", type=int, default=[0, 1, 2], metavar="N", help="busy processes")
    parser.add_argument("--rounds", type=int, default=11, help="default: %(default)s")
    options = parser.parse_args()
    if options.files:
        options.models = None
    return parser, options


def main():
    parser, options = parse()
    models = peers.chosen_models(parser, options)
    environment.enter(options.venv)
    machine = Machine(options.lock, options.slice)
    results = peers.load_results(options.json)
    for model in models:
        with machine.preparing():
            files = model_files.ModelFiles(model, options.precisions)
        with tempfile.TemporaryDirectory() as folder:
            starter = Starter(files, 1, len(os.sched_getaffinity(0)), options.worker, pathlib.Path(folder))
            run_model(starter, options, machine, results)
        peers.save(results, options, tables.busy_document)
    print(tables.busy_document(results))
    return 1 if any(case["disagreements"] for case in results["cases"]) else 0


if __name__ == "__main__":
    sys.exit(main())
