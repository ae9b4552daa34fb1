# SPDX-License-Identifier: GPL-3.0-or-later
"""Engines as processes: each holds one model in one precision, sleeps in a read, and runs when it is told to."""
import contextlib
import json
import pathlib
import subprocess
import sys
import time

ENGINES = ["halftone", "openvino", "onnxruntime"]


class Worker:
    """One engine with one model. Once ready it has run it once; `load` holds what it says of that: loadMs, and the
    stages by name."""

    def __init__(self, label, kind, command, folder):
        self.label, self.kind = label, kind
        self.output_path = folder / f"{label.replace(' ', '_')}_{kind}.npy"
        command = [*map(str, command), "--output", str(self.output_path)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True)

    def ready(self):
        self.load = self._answer()
        return self

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.label} ended: {self.process.communicate()[1][-2000:]}")
        return json.loads(line)

    def run(self, count):
        """Runs `count` inferences; their times in milliseconds."""
        self.process.stdin.write(f"run {count}\n")
        self.process.stdin.flush()
        return [ns / 1e6 for ns in self._answer()]

    def output(self):
        import numpy
        return numpy.load(self.output_path)

    def _cpu_ns(self):
        total = 0
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            with contextlib.suppress(OSError):  # a thread may end meanwhile
                total += int((task / "schedstat").read_text().split()[0])
        return total

    def wait_until_asleep(self):
        """Threads spin for a while after an inference (ONNX Runtime's for 35 ms of CPU time). False when they still do
        after a second."""
        before = self._cpu_ns()
        for _ in range(100):
            time.sleep(0.01)
            if (now := self._cpu_ns()) == before:
                return True
            before = now
        return False

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


class Starter:
    """Starts workers for one model with one batch and number of threads."""

    def __init__(self, files, batch, threads, halftone_worker, folder):
        self.files, self.batch, self.threads = files, batch, threads
        self.halftone_worker, self.folder = halftone_worker, folder

    def start(self, engine, precision, kind=None):
        """`kind` of quantized file, for the peers in int8. Call its ready() before the
        next one starts: Halftone times kernels while it compiles."""
        label = f"{engine} {precision}"
        common = ["--threads", self.threads, "--input", self.files.input(self.batch)]
        if engine == "halftone":
            command = [self.halftone_worker, self.files.fp32, "--precision", precision, "--batch", self.batch,
                       "--calibration", self.files.calibration, *common]
        else:
            script = pathlib.Path(__file__).with_name("peer_worker.py")
            path = self.files.fp32 if precision == "fp32" else self.files.quantized(kind)
            command = [sys.executable, script, path, "--engine", engine, *common]
        return Worker(label, kind, command, self.folder)
