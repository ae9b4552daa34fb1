# SPDX-License-Identifier: GPL-3.0-or-later
"""Sharing the machine with other work while benchmarks run: the others hold the same lock files."""
import contextlib
import fcntl
import time


def add_lock_options(parser):
    parser.add_argument("--lock", nargs="+", default=[], metavar="FILE",
                        help="flock these, in this order, exclusively while measuring and shared while preparing")


class Machine:
    """The lock files of other work on this machine: shared while preparing, exclusive while measuring. Exclusive locks
    are kept over several cases, until a slice is over."""

    def __init__(self, lock_paths, slice_s):
        self.files = [open(path, "a") for path in lock_paths]
        self.slice_s = slice_s
        self.held_since = None

    def _lock(self, mode):
        for file in self.files:
            fcntl.flock(file, mode)

    def _unlock(self):
        for file in reversed(self.files):
            fcntl.flock(file, fcntl.LOCK_UN)

    @contextlib.contextmanager
    def preparing(self):
        if self.held_since is not None:
            yield
            return
        self._lock(fcntl.LOCK_SH)
        try:
            yield
        finally:
            self._unlock()

    @contextlib.contextmanager
    def measuring(self):
        if self.held_since is None:
            self._lock(fcntl.LOCK_EX)
            self.held_since = time.monotonic()
        yield
        if self.files and self.slice_over():
            self._unlock()
            self.held_since = None
            time.sleep(1)

    def slice_over(self):
        return time.monotonic() - self.held_since > self.slice_s
