#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# install_test.sh CMAKE BUILD_FOLDER VERSION GUI
set -eu
cmake=$1 build=$2 version=$3 gui=$4
fail() { echo "$*" >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$cmake" --install "$build" --prefix "$folder/installed" >"$folder/log" || { cat "$folder/log"; exit 1; }
mv "$folder/installed" "$folder/moved"
cd "$folder/moved"

[ "$(bin/halftone-cli --version)" = "halftone-cli $version" ] || fail "halftone-cli does not start from another folder"
sample=share/halftone/sample
bin/halftone-cli profile $sample/fashion_resnet.onnx --data $sample/fashion_test_1000.npz --preset fashion-mnist \
    --samples 50 --time 0.5 --progress none --out "$folder/report.json" >/dev/null || fail "the installed sample does not run"
[ -s "$folder/report.json" ] || fail "profiling the installed sample wrote no report"

page=share/man/man1/halftone-cli.1
for command in inspect profile sweep isa plan run preview write export transform machine; do
    grep -q "^\.SS $command\$" $page || fail "the manual page does not tell of $command"
    bin/halftone-cli $command --help | grep -o '^  --[a-z_0-9-]*' | while read -r option; do
        grep -qF -- "$(printf '%s' "$option" | sed 's/-/\\-/g')" $page || [ "$option" = --version ] \
            || fail "the manual page does not tell of $option"
    done || exit 1
done
if command -v groff >/dev/null; then
    complaints=$(groff -man -Tutf8 -ww -z $page 2>&1)
    [ -z "$complaints" ] || fail "the manual page is not well formed: $complaints"
fi

for file in LICENSE THIRD-PARTY.txt; do
    [ -s "$(find share/doc -name $file)" ] || fail "$file was not installed"
done

[ "$gui" = ON ] || exit 0
[ "$(bin/halftone --version)" = "halftone $version" ] || fail "halftone does not start from another folder"
for file in applications/halftone.desktop metainfo/halftone.metainfo.xml icons/hicolor/scalable/apps/halftone.svg; do
    [ -s share/$file ] || fail "share/$file was not installed"
done
# On the command line as in the desktop file, the window opens the sample that was installed.
mkdir -p "$folder/home"
chmod 700 "$folder/home"
env HOME="$folder/home" XDG_CONFIG_HOME="$folder/home" XDG_RUNTIME_DIR="$folder/home" QT_QPA_PLATFORM=offscreen \
    bin/halftone --sample &
window=$!
for _ in $(seq 100); do
    grep -rqsF "$folder/moved/$sample/fashion_resnet.onnx" "$folder/home" && opened=yes && break
    sleep 0.2
done
kill $window
wait $window 2>/dev/null || true
[ "${opened:-}" = yes ] || fail "the window did not open the installed sample"
