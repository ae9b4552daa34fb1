#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Writes the manual page of halftone-cli from what its commands say of themselves:
#   packaging/manpage.sh build/bin/halftone-cli halftone-cli.1
set -eu
cli=$1
exec >"$2"

# Help on standard input, roff on standard output; -v command= is the command that it is about, "" for none.
to_roff() {
    awk -v command="$1" '
        function roff(text) {
            gsub(/\\/, "\\e", text)
            gsub(/-/, "\\-", text)
            return text ~ /^[.\047]/ ? "\\&" text : text
        }
        NR == 1 { if (command != "") printf ".SS %s\n%s.\n", roff(command), roff($0); next }
        /^Usage: / { if (command != "") printf ".PP\n.B %s\n", roff(substr($0, 8)); next }
        /^(Positionals|Options|Subcommands):/ { part = $1; next }
        /^  [^ ]/ {
            line = substr($0, 3)
            skipped = line ~ /^(-h,--help|--version)/ && command != ""
            if (skipped) next
            split_at = match(line, /  +/)
            name = split_at ? substr(line, 1, split_at - 1) : line
            text = split_at ? substr(line, split_at + RLENGTH) : ""
            if (!split_at && length(line) > 28 && match(line, / REQUIRED /)) { # too long a name for two spaces
                name = substr(line, 1, RSTART + 8)
                text = substr(line, RSTART + RLENGTH)
            }
            name = roff(name)
            gsub(/,/, ",\\:", name) # long lists of choices may be broken
            printf ".TP\n.B %s\n", name
            if (text != "") print roff(text)
            next
        }
        /^ +[^ ]/ {
            if (skipped) next
            nested = match($0, /[^ ]/) > 32
            sub(/^ +/, "")
            printf "%s%s\n", nested ? ".br\n" : "", roff($0)
        }'
}

version=$("$cli" --version | sed 's/^[^0-9]*//')
cat <<END
.TH HALFTONE-CLI 1 "" "Halftone $version" "User Commands"
.ad l
.nh
.SH NAME
halftone-cli \\- profile neural networks in fp32 and int8 on this CPU
.SH SYNOPSIS
.B halftone-cli
.I COMMAND
[\\fIOPTIONS\\fR] [\\fIFILE\\fR]
.SH DESCRIPTION
Opens a neural network (ONNX, TensorFlow, TensorFlow Lite, OpenVINO IR), quantizes it, runs it in fp32 and in int8, and
tells what int8 gains on this CPU, where the time goes, and what it costs in accuracy. Reports are JSON; the window
.B halftone
opens them.
.SH COMMANDS
END
"$cli" --help | to_roff ""
echo '.SH OPTIONS OF THE COMMANDS'
"$cli" --help | sed -n '/^Subcommands:/,$ s/^  \([a-z-]*\) .*/\1/p' | while read -r command; do
    "$cli" "$command" --help | to_roff "$command"
done
cat <<END
.SH EXIT STATUS
0 done, 1 failed, 2 wrong usage, 130 cancelled.
END
