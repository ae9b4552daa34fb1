#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs clang-tidy (.clang-tidy) over the sources below the given folders or files, by default app, core and ui, and fails
# where it finds something. It brings its own clang-tidy (PyPI, pinned), because those of older distributions do not know
# all of C++20.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=${XDG_CACHE_HOME:-$HOME/.cache}/halftone/clang-tidy-18.1.8
if [ ! -x "$venv/bin/clang-tidy" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q --disable-pip-version-check clang-tidy==18.1.8
fi
[ $# -gt 0 ] || set -- app core ui
cmake --preset default >/dev/null
# Headers that are made from schemas.
cmake --build --preset default --target halftone_graphdef halftone_tflite_schema_header >/dev/null
openmp=$PWD/build/lint # clang has none without its own runtime, and does not know who frees what g++'s allocates
mkdir -p "$openmp"
sed 's/__malloc__ (omp_free)/__malloc__/' "$(g++ -print-file-name=include/omp.h)" > "$openmp/omp.h"
find "$@" -name '*.cpp' -print0 | sort -z \
    | xargs -0 -n 1 -P "$(nproc)" "$venv/bin/clang-tidy" -p build --quiet --warnings-as-errors='*' \
        --extra-arg=-Wno-unknown-warning-option --extra-arg="-idirafter$openmp"
