// SPDX-License-Identifier: GPL-3.0-or-later
// How the sections of one report, which may have been measured in several sittings, differ and disagree.
#pragma once

#include "core/report/report.h"

#include <string>
#include <vector>

namespace halftone {

/// What `section` was measured with otherwise than the runs, as phrases: "batch 16, not 1", "7-bit weights, not full".
/// Settings that do not change what a figure means (time budget, seed) are left out; so are batch and threads where the
/// section measures several of them.
std::vector<std::string> differences(const Options& section, const Options& runs, bool ownSettings = false);

/// The code of the diagnostics below.
inline constexpr const char* kDisagreement = "sections-disagree";

/// A warning for each section whose speed-up of int8, at the settings of the runs, lies beyond both intervals and at
/// least 5 % away from theirs, with what can be told of the cause: other programs or guests that took the CPU.
std::vector<Diagnostic> disagreements(const Report& report);

} // namespace halftone
