// SPDX-License-Identifier: GPL-3.0-or-later
// A report to test with: what a profile of a small residual network looks like, made up but consistent in
// itself.
#pragma once

#include "core/report/report.h"

namespace halftone {

/// A report of a network with this many layers (at least 6), the same on every call. Two runs (fp32, int8);
/// layers that are executed, fused and eliminated; every figure that can be derived from others is. All
/// convolution weights are quantized per channel, the last layer stays in fp32, and so does every seventh
/// convolution.
Report exampleReport(int layers = 12);

} // namespace halftone
