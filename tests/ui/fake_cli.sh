#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Plays halftone-cli's protocol for the tests of the window.
#   fake_cli.sh MODE               one behaviour, for the runner's test
#   fake_cli.sh inspect MODEL ... --out FILE
#   fake_cli.sh profile|sweep|isa|plan|write --request REQUEST ... --out FILE
#     copies $FAKE_FOLDER/inspect.json, profile.json, ... to FILE; fails when the model's text is "broken" or there is
#     no such file; with $FAKE_SLOW, all but inspect go on until they are stopped, with $FAKE_SIGNAL they die of that
#     signal. Arguments and the request are kept in $FAKE_FOLDER/arguments and request.json.
line() { printf '%s\n' "$1"; }

case "$1" in
inspect | profile | sweep | isa | plan | write)
    command=$1 model=$2
    printf '%s\n' "$@" >"$FAKE_FOLDER/arguments"
    if [ "$model" = --request ]; then
        cp "$3" "$FAKE_FOLDER/request.json"
        model=$(sed -n 's/^  "model": "\(.*\)",$/\1/p' "$3")
    fi
    while [ $# -gt 0 ] && [ "$1" != --out ]; do shift; done
    if [ "$(head -c 6 "$model")" = broken ]; then
        line '{"type":"error","code":"bad-input","where":"net.onnx","message":"net.onnx is damaged. Export it again."}'
        exit 1
    fi
    line '{"type":"stage","index":1,"count":2,"name":"open","text":"Reading the model"}'
    line '{"type":"found","text":"12 layers"}'
    if [ "$command" != inspect ] && [ -n "$FAKE_SLOW$FAKE_SIGNAL" ]; then
        line '{"type":"stage","index":2,"count":2,"name":"measure","text":"Measuring fp32 and int8"}'
        [ -z "$FAKE_SIGNAL" ] || kill -"$FAKE_SIGNAL" $$
        line '{"type":"latency","precision":"int8","medianMs":3.9}'
        line '{"type":"progress","fraction":0.42,"secondsLeft":12.5}'
        trap 'exit 130' INT TERM
        while :; do sleep 0.05; done
    fi
    cp "$FAKE_FOLDER/$command.json" "$2"
    line "{\"type\":\"done\",\"report\":\"$2\",\"sentence\":\"\"}"
    ;;
stages)
    line '{"type":"stage","index":1,"count":2,"name":"open","text":"Reading the model"}'
    line '{"type":"found","text":"175 layers, 3.67 G MACs"}'
    line '{"type":"stage","index":2,"count":2,"name":"measure","text":"Measuring fp32 and int8"}'
    line '{"type":"progress","fraction":0.42,"secondsLeft":12.5}'
    line '{"type":"latency","precision":"int8","medianMs":3.9}'
    line '{"type":"diagnostic","severity":"warning","code":"no-vnni","where":"","message":"No VNNI."}'
    printf '{"type":"done","report":"r.json","sentence":"fast"}' # no newline at the end
    ;;
error)
    line '{"type":"error","code":"bad-input","where":"net.onnx","message":"net.onnx: the file is empty. Export it again."}'
    echo "a word on stderr" >&2
    exit 1
    ;;
silent) exit 1 ;;
usage) exit 2 ;;
crash) kill -"$2" $$ ;;
crash-in-stage)
    line '{"type":"stage","index":1,"count":2,"name":"open","text":"Reading the model"}'
    line '{"type":"stage","index":2,"count":2,"name":"measure","text":"Measuring fp32 and int8"}'
    kill -"$2" $$
    ;;
wrapped-crash) exit 137 ;;
cancel)
    line '{"type":"stage","index":1,"count":1,"name":"measure","text":"Measuring"}'
    trap 'exit 130' INT TERM
    while :; do sleep 0.05; done
    ;;
stubborn)
    trap '' INT TERM
    line '{"type":"stage","index":1,"count":1,"name":"measure","text":"Measuring"}'
    while :; do sleep 0.05; done
    ;;
garbage)
    line 'libgomp: something odd'
    line '{"type":'
    line '[1,2,3]'
    line '"text"'
    printf '\377\376\000\n'
    line '{"type":"of a later version"}'
    line '{"type":"progress","fraction":"half"}'
    line '{"type":"progress","fraction":7}'
    line '{"type":"found","text":"still alive"}'
    ;;
huge)
    head -c 5000000 /dev/zero | tr '\0' 'x'
    line ''
    yes '{"type":"progress","fraction":0.5,"secondsLeft":1}' | head -n 50000
    head -c 3000000 /dev/zero | tr '\0' 'y' >&2
    line '{"type":"found","text":"end"}'
    ;;
esac
