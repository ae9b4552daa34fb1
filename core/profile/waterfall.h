// SPDX-License-Identifier: GPL-3.0-or-later
// Where the int8 time goes beyond what int8 promises: from the fp32 time to the int8 time in milliseconds.
#pragma once

#include "core/report/report.h"

#include <optional>

namespace halftone {

/// With r = fp32 peak / int8 peak of the runs' number of threads, every step of the int8 run is split:
///
///   steps with MACs       ideal = r x F, what int8's higher peak would make of the fp32 time F of the same layers; the
///                         rest is T - ideal with the step's own time T
///     in int8             up to limitMs the rest is "memory-bound" or "too-small", as the step's bound says;
///                         what remains is "below-peak": its kernel reaches less of the int8 peak than the fp32 kernel
///                         reaches of the fp32 peak; where it reaches more, the gain is "above-peak",
///                         below zero
///     in another type     the rest is "no-int8-kernel"
///   other steps           no ideal; in fp32 "no-int8-kernel" where the step says why it is not in int8, else up to
///                         limitMs "memory-bound" or "too-small" and "below-peak" beyond
///   conversions           "convert-dtype" (also those that change the layout at once), "convert-layout"
///   int8Ms - all steps    "waiting" for a CPU (Run::waitingMs), and "unexplained", negative by noise
///
/// The ideal does not depend on what int8 was measured to take. The same layers: steps of both runs that share a layer
/// of the file, directly or over other steps; several steps with MACs share F by their MACs. All ten parts are there,
/// in this order, and add up to int8Ms; each names the steps it took time from. Absent without both runs, with
/// different threads or batches, or when the roofline lacks a peak of either precision.
std::optional<Waterfall> lossWaterfall(const Report& report);

} // namespace halftone
