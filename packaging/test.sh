#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds Halftone, installing what is missing, and runs all tests. Arguments go to ctest.
#   packaging/test.sh                everything
#   packaging/test.sh --sanitize     core and command line with AddressSanitizer and UBSan, in a build folder of its own
# Tests on real models look in HALFTONE_DATA_DIR and are skipped, visibly, when it is not set.
set -euo pipefail
cd "$(dirname "$0")/.."

packaging/setup.sh
if [ "${1:-}" = --sanitize ]; then
    shift
    cmake --preset sanitize >/dev/null
    cmake --build --preset sanitize
    exec ctest --preset sanitize --no-tests=error "$@"
fi
[ -e build/build.ninja ] || cmake --preset default >/dev/null
cmake --build --preset default
ctest --preset default --no-tests=error "$@"
