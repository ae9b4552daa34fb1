# SPDX-License-Identifier: GPL-3.0-or-later
"""The private Python environment of the benchmarks: made on first use, from PyPI, with pinned versions.

A program of this folder calls enter() before it imports anything that is not in Python's own library; it then goes on
inside the environment.
"""
import hashlib
import os
import pathlib
import subprocess
import sys

REQUIREMENTS = [
    "openvino==2026.4.1",
    "onnxruntime==1.31.1",
    "onnx==1.23.2",
    "nncf==3.4.0",
    "numpy==2.4.6",
    "pillow==13.0.0",
    "tokenizers==0.23.3",
    "sentencepiece==0.2.3",
]


def cache_folder():
    """Where the environment, generated models and quantized files are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return pathlib.Path(base) / "halftone" / "benchmarks"


def add_options(parser):
    parser.add_argument("--venv", type=pathlib.Path, default=cache_folder() / "venv",
                        help="folder of the Python environment, made when missing (default: %(default)s)")


def _make(venv):
    python = venv / "bin" / "python"
    stamp = venv / "requirements"
    wanted = "\n".join(REQUIREMENTS) + "\n"
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    print(f"Installing {', '.join(REQUIREMENTS)} into {venv}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *REQUIREMENTS], check=True)
    stamp.write_text(wanted)
    return python


def enter(venv):
    """Makes the environment `venv` when it is missing or has other versions, and restarts this program in it."""
    venv = pathlib.Path(os.path.abspath(venv))
    if pathlib.Path(sys.prefix) == venv:
        return
    python = _make(venv)
    os.execv(python, [str(python), *sys.argv])


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
