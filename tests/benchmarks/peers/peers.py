#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Halftone, OpenVINO and ONNX Runtime on the same models, threads, batch and input, interleaved in one run.

Every engine and precision is a process of its own, loaded and warmed up; they are woken in turn (A B C, C B A, ...)
and sleep otherwise. Prints medians of rounds and ratios. See ../README.md.
"""
import argparse
import datetime
import itertools
import json
import os
import pathlib
import platform
import statistics
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import environment  # noqa: E402
import model_files  # noqa: E402
import tables  # noqa: E402
from machine import Machine, add_lock_options  # noqa: E402
from workers import ENGINES, Starter  # noqa: E402

AGREE = 1e-3  # largest difference of fp32 outputs, relative to the largest output
TURN_MS = 20  # short networks run repeatedly in a turn
WAKE_MS = 4  # untimed at the start of a turn: threads wake, weights come back into the caches


def warm_up(worker):
    """Runs until three inferences agree within 5 %, 1 s at most; milliseconds of one."""
    times, start = [], time.monotonic()
    while True:
        times += worker.run(1)
        last = times[-3:]
        if len(times) >= 5 and (max(last) <= 1.05 * min(last) or len(times) == 50) or time.monotonic() - start > 1:
            return statistics.median(last)


def turn(worker, inference_ms):
    """The median of one turn."""
    if inference_ms < 10 * TURN_MS:
        worker.run(max(1, round(WAKE_MS / inference_ms)))
    return statistics.median(worker.run(min(500, max(1, round(TURN_MS / inference_ms)))))


def one_round(workers, number, inference_ms, restless):
    result = {}
    for worker in workers if number % 2 == 0 else reversed(workers):
        result[worker.label] = turn(worker, inference_ms[worker.label])
        if not worker.wait_until_asleep():
            restless.add(worker.label)
    return result


def measure(workers, options, machine):
    """Rounds until there are enough, in slices so that other work on the machine gets its turns between them. The times
    by label and round, and the labels of engines that do not sleep between their turns."""
    rounds, restless = [], set()
    with machine.measuring():
        inference_ms = {worker.label: warm_up(worker) for worker in workers}
    while len(rounds) < options.rounds:
        with machine.measuring():
            for worker in workers:  # back to the clock speed and caches of a machine at work
                worker.run(1)
                worker.wait_until_asleep()
            while len(rounds) < options.rounds and not (machine.files and machine.slice_over()):
                rounds.append(one_round(workers, len(rounds), inference_ms, restless))
    return {worker.label: [times[worker.label] for times in rounds] for worker in workers}, restless


def disagreements(outputs):
    """Sentences about fp32 outputs that differ between the engines."""
    import numpy
    reference = outputs["onnxruntime fp32"] if "onnxruntime fp32" in outputs else next(iter(outputs.values()))
    largest = numpy.abs(reference).max()
    found = []
    for label, output in outputs.items():
        if label.endswith("fp32") and output.shape != reference.shape:
            found.append(f"{label} has the output shape {output.shape}, not {reference.shape}")
        elif label.endswith("fp32") and not numpy.abs(output - reference).max() <= AGREE * largest:
            found.append(f"{label} differs by {numpy.abs(output - reference).max() / largest:.1e} of the largest output")
    return found


def sqnr_db(outputs):
    """Of the int8 outputs against fp32, each engine its own."""
    import numpy
    result = {}
    for label, output in outputs.items():
        fp32 = outputs.get(label.replace("int8", "fp32"))
        if label.endswith("int8") and fp32 is not None:
            noise = float(((output - fp32) ** 2).sum())
            result[label] = 10 * numpy.log10(float((fp32**2).sum()) / noise) if noise > 0 else 999.0
    return result


def faster(candidates):
    """The faster of OpenVINO's int8 files; the others are closed."""
    inference_ms = {worker: warm_up(worker) for worker in candidates}
    medians = {worker: statistics.median(turn(worker, inference_ms[worker]) for _ in range(3)) for worker in candidates}
    best = min(candidates, key=medians.get)
    for worker in candidates:
        if worker is not best:
            worker.close()
    return best


def file_kinds(engine, precision):
    """Of quantized files that an engine is measured with; None is the model itself."""
    if precision == "fp32" or engine == "halftone":
        return [None]
    return ["nncf", "qdq"] if engine == "openvino" else ["qdq"]


def start_all(starter, options, machine):
    with machine.preparing():
        candidates = [[starter.start(engine, precision, kind).ready() for kind in file_kinds(engine, precision)]
                      for engine in options.engines for precision in options.precisions]
    with machine.measuring():
        return [choice[0] if len(choice) == 1 else faster(choice) for choice in candidates]


def run_case(starter, options, machine):
    workers = start_all(starter, options, machine)
    outputs = {worker.label: worker.output() for worker in workers}
    rounds, restless = measure(workers, options, machine)
    for worker in workers:
        worker.close()
    return {
        "model": starter.files.model.name, "batch": starter.batch, "threads": starter.threads,
        "medianMs": {label: statistics.median(times) for label, times in rounds.items()},
        "openvinoFile": next((worker.kind for worker in workers if worker.label == "openvino int8"), None),
        "sqnrDb": sqnr_db(outputs), "disagreements": disagreements(outputs), "restless": sorted(restless),
        "roundMs": rounds,
    }


def run_load(starter, options, machine):
    """Fresh processes, in turn: from the file (in the page cache) to the end of the first inference."""
    figures = {}
    for _ in range(options.loads):
        for engine in options.engines:
            for precision in options.precisions:
                for kind in file_kinds(engine, precision):
                    with machine.measuring():
                        worker = starter.start(engine, precision, kind).ready()
                        worker.close()
                    label = worker.label + (f" ({kind})" if kind else "")
                    figures.setdefault(label, []).append(worker.load)
    return {"model": starter.files.model.name, "threads": starter.threads, "engines": {
        label: {"loadMs": statistics.median(load["loadMs"] for load in loads),
                "stages": {stage: statistics.median(load["stages"][stage] for load in loads)
                           for stage in loads[0]["stages"]}}
        for label, loads in figures.items()}}


def describe_machine():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    return {"cpu": next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "unknown"),
            "cpus": len(os.sched_getaffinity(0)), "maxIsa": os.environ.get("ONEDNN_MAX_CPU_ISA", ""),
            "os": platform.platform()}


def load_results(path):
    import importlib.metadata
    results = {"cases": [], "loads": []}
    if path and path.exists():
        results = json.loads(path.read_text())
    results["machine"] = describe_machine()
    results["versions"] = {name: importlib.metadata.version(name) for name in ("openvino", "onnxruntime", "nncf")}
    return results


def save(results, options, document=tables.document):
    results["finished"] = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    if options.markdown:
        options.markdown.write_text(document(results))


def replace(rows, new, keys):
    rows[:] = [row for row in rows if any(row[key] != new[key] for key in keys)] + [new]


def add_common_options(parser):
    """Those of every program that measures the engines: which models, engines and precisions, and where results go."""
    environment.add_options(parser)
    parser.add_argument("--data", default=os.environ.get("HALFTONE_DATA_DIR", ""),
                        help="folder with the real models (default: HALFTONE_DATA_DIR)")
    parser.add_argument("--generated", type=pathlib.Path, default=environment.cache_folder() / "models",
                        help="folder that the programs of models/ wrote into (default: %(default)s)")
    parser.add_argument("--worker", type=pathlib.Path, default=HERE.parents[2] / "build" / "bin" / "halftone_worker",
                        help="Halftone's worker program (default: %(default)s)")
    parser.add_argument("--models", nargs="+", metavar="NAME", help="default: all")
    parser.add_argument("--files", nargs="+", type=pathlib.Path, metavar="ONNX",
                        help="these instead: fp32 networks with one input of a known size, with the batch of the file")
    parser.add_argument("--precisions", nargs="+", choices=["fp32", "int8"], default=["fp32", "int8"])
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--json", type=pathlib.Path, help="results go here; cases that it holds already are kept")
    parser.add_argument("--markdown", type=pathlib.Path, help="the tables go here")
    add_lock_options(parser)
    parser.add_argument("--slice", type=float, default=60, help="seconds after which the locks are let go for a moment")


def parse():
    cores = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common_options(parser)
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 16], metavar="N")
    parser.add_argument("--threads", nargs="+", type=int, default=sorted({1, cores}), metavar="N")
    parser.add_argument("--rounds", type=int, default=21, help="at least 20 for figures to rely on (default: %(default)s)")
    parser.add_argument("--loads", type=int, default=0, metavar="N",
                        help="instead of latencies, time loading in N fresh processes each, batch 1")
    options = parser.parse_args()
    if options.rounds < 2:
        parser.error("the median and scatter need at least 2 rounds")
    return parser, options


def chosen_models(parser, options):
    models = model_files.model_list(options.data, options.generated)
    if options.files:
        models = [model_files.Model(path.stem, path, frees_batch=False) for path in options.files]
    names = options.models or [model.name for model in models]
    for name in names:
        if name not in [model.name for model in models]:
            parser.error(f"there is no model {name}; there are {', '.join(model.name for model in models)}")
    models = [model for model in models if model.name in names]
    for model in models:
        if not model.path.exists():
            parser.error(f"{model.path} is missing. Set HALFTONE_DATA_DIR for real models, run make_models.py and "
                         "make_transformer.py for generated ones, or choose with --models.")
    if not options.worker.exists():
        parser.error(f"{options.worker} is missing. Configure with -DHALFTONE_BENCHMARKS=ON and build halftone_worker")
    return models


def main():
    parser, options = parse()
    models = chosen_models(parser, options)
    environment.enter(options.venv)
    machine = Machine(options.lock, options.slice)
    results = load_results(options.json)
    with machine.preparing():
        files = [model_files.ModelFiles(model, options.precisions) for model in models]
    for batch in [1] if options.loads else options.batches:
        for model, threads in itertools.product(files, options.threads):
            print(f"{model.model.name}, batch {batch}, {threads} threads", file=sys.stderr, flush=True)
            with tempfile.TemporaryDirectory() as folder:
                starter = Starter(model, batch, threads, options.worker, pathlib.Path(folder))
                if options.loads:
                    replace(results["loads"], run_load(starter, options, machine), ["model", "threads"])
                else:
                    replace(results["cases"], run_case(starter, options, machine), ["model", "batch", "threads"])
            save(results, options)
    save(results, options)
    print(tables.document(results))
    return 1 if any(case["disagreements"] for case in results["cases"]) else 0


if __name__ == "__main__":
    sys.exit(main())
