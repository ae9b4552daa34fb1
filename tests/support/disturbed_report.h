// SPDX-License-Identifier: GPL-3.0-or-later
// The full example report as it is measured while other programs take the CPUs.
#pragma once

#include "core/report/report.h"

namespace halftone {

/// All speed-ups are rough: threads waited for a CPU, intervals are wide but leave out 1. Every third layer is not
/// decided.
Report roughReport(int layers = 12);

/// No speed-up is decided, of the whole as of any layer, setting, instruction set and the plan.
Report undecidedReport(int layers = 12);

} // namespace halftone
