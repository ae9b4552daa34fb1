// SPDX-License-Identifier: GPL-3.0-or-later
// The answer in one sentence.
#pragma once

#include "core/report/report.h"

#include <string>

namespace halftone {

/// From runs and accuracy of the report. Faster or slower is said only where the int8 run's speed-up is significant
/// (profile/comparison.h). Empty without a speed-up.
Verdict judge(const Report& report);

/// " The preprocessing looks wrong, ..." where a diagnostic of a profile, a plan or a comparison of instruction sets
/// says so; empty otherwise.
std::string preprocessingClause(const Report& report);

/// Least and largest speed-up over the settings, and the settings with the most samples a second. Of a sweep in which
/// int8 was measured at one setting at least.
std::string sweepSentence(const Sweep& sweep);

/// The speed-up of each instruction set with its usual weights, and those on which full 8-bit weights saturate.
std::string isaSentence(const IsaComparison& isas);

} // namespace halftone
