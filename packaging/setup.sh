#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what building and testing Halftone needs and is missing. Says nothing when nothing is.
set -euo pipefail
export LC_ALL=C.UTF-8 # the words of apt-cache are read

packages=(g++ cmake ninja-build ccache
    libfmt-dev libssl-dev nlohmann-json3-dev libcli11-dev
    libprotobuf-dev protobuf-compiler libonnx-dev libflatbuffers-dev flatbuffers-compiler libpugixml-dev
    libpng-dev libjpeg-dev libsndfile1-dev libarchive-dev zlib1g-dev libicu-dev
    qt6-base-dev libqcustomplot-dev
    catch2 libonnx-testdata xvfb xauth fonts-dejavu-core)
# The same library under the names that different releases give it.
alternatives=("qt6-svg-dev libqt6svg6-dev")

onednn_dir="${XDG_CACHE_HOME:-$HOME/.cache}/halftone/onednn-2023.2.0"
onednn_wheels=(
    "onednn-devel-cpu-gomp==2023.2.0 --hash=sha256:9763c69e8c907e119056bd52ad918ca84ac9ba939d130a99dfa95ccca3e5e284"
    "onednn-cpu-gomp==2023.2.0 --hash=sha256:2f22a54d6a890ed14bfa185d42a4be65d8b5b1df85dc1f0f3a9abe31620416fb")

fail() { echo "packaging/setup.sh: $*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else fail "installing packages needs root; run this as root or install sudo: $*"
    fi
}

installed() { dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p'; }
available() { [[ $(apt-cache policy "$1" 2>/dev/null) == *"Candidate: "[0-9]* ]]; }

updated=
update_lists() {
    [ -n "$updated" ] && return
    as_root apt-get update -qq || echo "packaging/setup.sh: the package lists could not be updated; going on with the old ones." >&2
    updated=yes
}
install_packages() {
    update_lists
    echo "Installing: $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null \
        || fail "apt-get could not install: $*"
}

command -v apt-get >/dev/null || fail "only Debian, Ubuntu and their relatives are supported (apt-get was not found)."

have=$(installed)
missing=()
for package in "${packages[@]}"; do
    grep -qx "$package" <<<"$have" || missing+=("$package")
done
for names in "${alternatives[@]}"; do
    found=
    for package in $names; do grep -qx "$package" <<<"$have" && found=yes && break; done
    [ -n "$found" ] && continue
    update_lists
    for package in $names; do available "$package" && missing+=("$package") && found=yes && break; done
    [ -n "$found" ] || fail "none of these packages is to be had: $names"
done
[ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"

# oneDNN 3.1 or later: the distribution's, else pinned wheels from PyPI, checked by hash.
version_of_package() { apt-cache policy libdnnl-dev 2>/dev/null | sed -n "s/ *$1: \([0-9.]*\).*/\1/p"; }
recent() { [ -n "$1" ] && dpkg --compare-versions "$1" ge 3.1; }

# CMake looks for packages where this folder's files point to.
tell_cmake() {
    mkdir -p "$HOME/.cmake/packages/dnnl"
    echo "$onednn_dir/lib/cmake/dnnl" >"$HOME/.cmake/packages/dnnl/halftone"
}

if [ -e "$onednn_dir/.complete" ]; then
    tell_cmake
    exit 0
fi
if recent "$(version_of_package Installed)"; then
    exit 0
fi
if recent "$(version_of_package Candidate)"; then
    install_packages libdnnl-dev
    exit 0
fi
[ "$(uname -m)" = x86_64 ] || fail "oneDNN 3.1 or later is needed: this distribution has none, and the wheels on PyPI are for x86-64 only."
echo "Installing oneDNN 3.2 from PyPI into $onednn_dir"
python3 -m pip --version >/dev/null 2>&1 || install_packages python3 python3-pip
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%s\n' "${onednn_wheels[@]}" >"$work/requirements.txt"
python3 -m pip download -q --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
    -d "$work/wheels" -r "$work/requirements.txt" \
    || fail "oneDNN 3.1 or later is needed: this distribution has none, and its wheels could not be downloaded from PyPI. Check the network, or install oneDNN by hand and set CMAKE_PREFIX_PATH."
for wheel in "$work"/wheels/*.whl; do python3 -m zipfile -e "$wheel" "$work/unpacked"; done
mkdir -p "$work/onednn"
for data in "$work"/unpacked/*.data/data; do cp -r "$data/." "$work/onednn/"; done
# The wheel holds the library three times; one copy and two links do.
( cd "$work/onednn/lib" && ln -sf libdnnl.so.3.2 libdnnl.so.3 && ln -sf libdnnl.so.3 libdnnl.so )
touch "$work/onednn/.complete"
mkdir -p "$(dirname "$onednn_dir")"
rm -rf "$onednn_dir"
mv "$work/onednn" "$onednn_dir"
tell_cmake
