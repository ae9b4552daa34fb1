#!/usr/bin/env bash
# Builds Halftone, installing what is missing, and runs all tests. Arguments go to ctest.
# Tests on real models look in HALFTONE_DATA_DIR and are skipped, visibly, when it is not set.
set -euo pipefail
cd "$(dirname "$0")/.."

packaging/setup.sh
[ -e build/build.ninja ] || cmake --preset default >/dev/null
cmake --build --preset default
ctest --preset default --no-tests=error "$@"
