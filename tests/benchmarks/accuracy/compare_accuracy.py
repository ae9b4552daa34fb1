#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Halftone's default quantization against ONNX Runtime's and NNCF's: the same files, the same 100 pictures to find
ranges with, judged on the other 400.

Two tables: with exact sums, which is what a CPU with VNNI gives, and as deployed on this CPU. See ../README.md.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "peers")]
import environment  # noqa: E402

# Label, quantized file, engine of runners.py (for Halftone: options of accuracy_worker).
EXACT = [
    ("ONNX Runtime", "qdq 8", "ort-exact"),
    ("NNCF", "nncf 8", "openvino-exact"),
    ("NNCF mixed", "nncf-mixed 8", "openvino-exact"),
    ("Halftone", None, ["--precision", "int8-simulated", "--weight-limit", "full"]),
]
DEPLOYED = [
    ("ONNX Runtime", "qdq", "ort"),
    ("NNCF, OpenVINO", "nncf 8", "openvino"),
    ("NNCF mixed, OpenVINO", "nncf-mixed 8", "openvino"),
    ("Halftone", None, ["--precision", "int8"]),
]


def run(command):
    finished = subprocess.run([*map(str, command)], capture_output=True, text=True)
    if finished.returncode != 0:
        sys.exit(f"{' '.join(map(str, command[:2]))} failed:\n{finished.stderr[-2000:]}")


class Outputs:
    """The outputs of one network for the evaluation pictures. Those of the peers are kept, by the model's hash."""

    def __init__(self, task, pictures, options):
        self.task, self.worker = task, options.worker
        self.model = pathlib.Path(options.data) / "onnx" / task.file
        self.folder = environment.cache_folder() / "accuracy" / environment.sha256_of(self.model)[:16]
        self.folder.mkdir(parents=True, exist_ok=True)
        self.calibration = self._made("calibration.npy", lambda path: pictures.write(task, pictures.calibration, path))
        self.evaluation = self._made("evaluation.npy", lambda path: pictures.write(task, pictures.evaluation, path))

    def _made(self, name, make):
        path = self.folder / name
        if not path.exists():
            partial = self.folder / f"partial_{name}"
            make(partial)
            partial.replace(path)
        return path

    def _quantized(self, tool):
        from model_files import cpu_has_vnni
        kind, _, bits = tool.partition(" ")
        bits = bits or ("8" if cpu_has_vnni() else "7")  # ONNX Runtime's reduce_range, as its documentation asks
        path = self.folder / f"{kind}_{bits}.{'onnx' if kind == 'qdq' else 'xml'}"
        if not path.exists():
            print(f"  quantizing {self.task.name} ({kind})", file=sys.stderr)
            run([sys.executable, HERE.parent / "peers" / "quantize_for_peers.py", kind, self.model, self.calibration, path,
                 bits])
        return path

    def _runner(self, engine, file, path):
        run([sys.executable, HERE / "runners.py", engine, file, self.evaluation, path])

    def fp32(self):
        return self._load(self._made("fp32.npy", lambda path: self._runner("ort", self.model, path)))

    def of(self, file, how):
        if file is None:
            with tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / "halftone.npy"
                run([self.worker, self.model, *how, "--calibration", self.calibration, "--evaluation", self.evaluation,
                     "--output", path])
                return self._load(path)
        file = self._quantized(file)
        return self._load(self._made(f"{file.stem}_{how}.npy", lambda path: self._runner(how, file, path)))

    def _load(self, path):
        import numpy
        return numpy.load(path).astype(numpy.float64)[:, self.task.background:]


def judge(outputs, fp32, labels):
    """Shares in percent; the cosine is that of the outputs, averaged over the pictures."""
    import numpy
    norms = numpy.linalg.norm(outputs, axis=1) * numpy.linalg.norm(fp32, axis=1)
    best = outputs.argmax(1)
    return {"top1": 100 * float((best == labels).mean()), "agreement": 100 * float((best == fp32.argmax(1)).mean()),
            "cosine": float(((outputs * fp32).sum(1) / norms).mean())}


def table(title, results):
    from tables import table as markdown
    rows = []
    for label in next(iter(results.values())):
        rows.append([label] + [f"{each[label]['top1']:.2f} / {each[label]['agreement']:.2f} / {each[label]['cosine']:.4f}"
                               for each in results.values()])
        rows[-1].append(f"{sum(each[label]['agreement'] for each in results.values()) / len(results):.2f}")
    return f"{title}: top-1 / agreement with fp32 / mean cosine of the outputs\n\n" + markdown(
        ["", *results, "mean agreement"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    environment.add_options(parser)
    parser.add_argument("--data", default=os.environ.get("HALFTONE_DATA_DIR", ""),
                        help="folder with onnx/ and images/ (default: HALFTONE_DATA_DIR)")
    parser.add_argument("--worker", type=pathlib.Path, default=HERE.parents[2] / "build" / "bin" / "accuracy_worker",
                        help="default: %(default)s")
    parser.add_argument("--models", nargs="+", help="names as in tasks.py (default: all)")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    folder = pathlib.Path(options.data) / "images" / "imagenet500"
    for path in (folder, options.worker):
        if not path.exists():
            parser.error(f"{path} is missing. Set HALFTONE_DATA_DIR and build accuracy_worker.")
    environment.enter(options.venv)

    from tasks import TASKS, Pictures
    pictures = Pictures(folder)
    labels = pictures.labels[pictures.evaluation]
    found = {"exact": {}, "deployed": {}}
    for task in TASKS:
        if options.models and task.name not in options.models:
            continue
        outputs = Outputs(task, pictures, options)
        fp32 = outputs.fp32()
        for kind, competitors in (("exact", EXACT), ("deployed", DEPLOYED)):
            results = {"fp32": judge(fp32, fp32, labels)}
            for label, file, how in competitors:
                results[label] = judge(outputs.of(file, how), fp32, labels)
            found[kind][task.name] = results
    print(table("With exact sums", found["exact"]))
    print()
    print(table("As deployed on this CPU", found["deployed"]))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
