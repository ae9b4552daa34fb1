// SPDX-License-Identifier: GPL-3.0-or-later
// The roofline of this machine, and how near to it steps come (Williams, Waterman, Patterson 2009: "Roofline: an
// insightful visual performance model").
#pragma once

#include "core/base/job.h"
#include "core/report/report.h"

#include <functional>

namespace halftone {

/// Peaks and bandwidths of the team of `threads` and of a single thread, and the cost of an empty step of the team. All
/// rates are the best of several short runs, about a second altogether; measured once in a process for each number of
/// threads. Leaves the team at `threads`. `progress` rises to 1. Throws Cancelled.
const Roofline& machineRoofline(int threads, const Job& job, const std::function<void(double)>& progress = {});

/// Fills limitMs and bound of every step of the run: limitMs is the largest of
///   compute   operations / peak of the step's arithmetic
///   memory    weights / bandwidth of the level that holds all weights and activations of the network, because the
///             whole network passes through the caches until a weight is read again,
///             + activations / bandwidth of the level that holds what the step touches: the step before left them there
///   overhead  of an empty step
/// and bound names it. The levels are those of the run's number of threads, from L2 on: what a step finds was left by
/// other steps on other cores. Steps whose arithmetic or number of threads has no measured peak keep no limit.
void applyRoofline(const Roofline& roofline, Run& run);

/// The peak of this arithmetic for this number of threads, or null.
const PeakRate* peakOf(const Roofline& roofline, const std::string& precision, int threads);

} // namespace halftone
