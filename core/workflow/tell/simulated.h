// SPDX-License-Identifier: GPL-3.0-or-later
// Why simulated int8 is slower than fp32: what the quantization tools of training frameworks show their users.
#pragma once

#include "core/report/report.h"

#include <optional>

namespace halftone {

/// "simulated-int8": how many steps only round, what they take, and that the layers themselves still multiply fp32
/// numbers, all as measured. Absent without a run of "int8-simulated".
std::optional<Diagnostic> explainSimulated(const Report& report);

} // namespace halftone
