// SPDX-License-Identifier: GPL-3.0-or-later
// Reports as a few lines of text for the terminal.
#pragma once

#include "core/report/report.h"

#include <string>

namespace halftone::app {

std::string modelSummary(const Report& report);
std::string profileSummary(const Report& report);
/// The sweep of this report, which it has, as a table.
std::string sweepSummary(const Report& report);
/// CPU, caches and memory, and the measured peaks.
std::string machineSummary(const Report& report);
/// The instruction sets of this report, which it has, as a table.
std::string isaSummary(const Report& report);

/// The mixed plan of this report, which it has: its front as a table, and the layers that stay out of int8.
std::string planSummary(const Report& report);

/// What mends a finding: "Run again with --preset imagenet-tf."; "" where nothing is known to.
std::string cureSentence(const Diagnostic& diagnostic);

/// One line a warning and note, with its cure, as the bar shows them in passing.
std::string diagnosticLines(const Report& report);
std::string diagnosticLine(const Diagnostic& diagnostic);

} // namespace halftone::app
