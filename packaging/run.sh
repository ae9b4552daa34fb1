#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds Halftone, installing what is missing, and starts it with the bundled sample.
#   packaging/run.sh          opens the window
#   packaging/run.sh --cli    does the main job on the sample without a display and prints the verdict
set -euo pipefail
cd "$(dirname "$0")/.."

packaging/setup.sh
first_build() { # of the sources in these folders, at about 1.3 s of a core each
    local files cores=$(nproc)
    files=$(find "$@" -name '*.cpp' | wc -l)
    echo "The first build compiles $files files: about $(((files * 13 / 10 / cores + 59) / 60)) min on $cores cores, less what the compiler cache holds."
}
first=
[ -e build/build.ninja ] || { cmake --preset quick >/dev/null; first=yes; }
if [ "${1:-}" = --cli ]; then
    shift
    [ -z "$first" ] || first_build core app
    cmake --build --preset default --target halftone-cli
    exec build/bin/halftone-cli profile resources/sample/fashion_resnet.onnx \
        --data resources/sample/fashion_test_1000.npz --preset fashion-mnist "$@"
fi
[ -z "$first" ] || first_build core app ui
cmake --build --preset default --target halftone halftone-cli
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}${QT_QPA_PLATFORM:-}" ]; then
    echo "There is no display to open a window on. Use packaging/run.sh --cli." >&2
    exit 1
fi
exec build/bin/halftone --sample "$@"
