// Whether one plan is faster than another: the one rule behind every "faster", "slower" and "no measurable difference".
#pragma once

#include "core/report/report.h"

#include <cstdint>
#include <span>

namespace halftone {

struct Speedup {
    double factor = 0; // median of the reference / median: above 1 is faster
    Interval ci95;
    bool significant = false;
};

/// Of rounds in which both were measured in turn. Significant when the medians differ by 5 % or more and the interval
/// of their ratio, rounds resampled in pairs, excludes 1. The factor is 0 when a median is.
Speedup compareRounds(std::span<const double> referenceMs, std::span<const double> ms, uint64_t seed);

} // namespace halftone
