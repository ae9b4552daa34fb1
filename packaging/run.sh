#!/usr/bin/env bash
# Builds Halftone, installing what is missing, and starts it with the bundled sample.
#   packaging/run.sh          opens the window
#   packaging/run.sh --cli    does the main job on the sample without a display and prints the verdict
set -euo pipefail
cd "$(dirname "$0")/.."

packaging/setup.sh
[ -e build/build.ninja ] || cmake --preset default >/dev/null
if [ "${1:-}" = --cli ]; then
    shift
    cmake --build --preset default --target halftone-cli
    exec build/bin/halftone-cli profile resources/sample/fashion_resnet.onnx \
        --data resources/sample/fashion_test_1000.npz --preset fashion-mnist "$@"
fi
cmake --build --preset default --target halftone halftone-cli
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}${QT_QPA_PLATFORM:-}" ]; then
    echo "There is no display to open a window on. Use packaging/run.sh --cli." >&2
    exit 1
fi
exec build/bin/halftone --sample "$@"
