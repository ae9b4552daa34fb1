// SPDX-License-Identifier: GPL-3.0-or-later
// How fast this CPU computes at most, with the kernels that plans use: the roofs of the roofline.
#pragma once

#include "core/base/job.h"

#include <string>
#include <vector>

namespace halftone {

/// A multiplication and an addition are two operations.
struct ArithmeticPeak {
    std::string precision; // "fp32", "bf16", "fp16", "int8" (u8 x s8)
    double gops = 0;       // 1e9 operations a second, all threads together
    std::string kernel;    // of oneDNN, which reached it
};

/// The fastest of several runs of several convolutions and a matrix product whose operands fit into the cores' L2
/// caches. The maximum and not the median, because a peak is what nothing disturbed. Precisions that this CPU has no
/// kernel for are left out. Call after useThreads(threads).
std::vector<ArithmeticPeak> measurePeaks(int threads, const Job& job);

/// Least time of a step that does nothing: waking the team and calling a primitive. Call after useThreads.
double emptyStepMs(const Job& job);

} // namespace halftone
