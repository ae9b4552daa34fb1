// SPDX-License-Identifier: GPL-3.0-or-later
// The example report with everything that a report can hold beside its profile in fp32 and int8.
#pragma once

#include "core/report/report.h"

namespace halftone {

/// exampleReport() with runs in bf16 and simulated int8, a sweep with one failed point, one without a measurable
/// difference and one that is slower in int8, and instruction sets of which two saturate with 8-bit weights and one
/// failed; errors of all layers with a bad one among them, and a plan that keeps three layers in fp32: one pinned, one
/// that costs accuracy and one that is slower in int8. From 12 layers on.
Report fullExampleReport(int layers = 12);

} // namespace halftone
