// Whether one plan is faster than another, by rounds that were measured in turn.
#pragma once

#include "core/report/report.h"

#include <cstdint>
#include <span>

namespace halftone {

struct Speedup {
    double factor = 0; // median of the reference / median: above 1 is faster
    Interval ci95;
    Grade grade = Grade::Undecided;
    bool significant() const { return grade != Grade::Undecided; }
};

/// Of rounds in which both were measured in turn: the interval is that of the ratio of the medians, rounds resampled in
/// pairs; core/report/certainty.h grades it. `disturbed` tells that other programs or guests took the CPU meanwhile.
/// The factor is 0 when a median is.
Speedup compareRounds(std::span<const double> referenceMs, std::span<const double> ms, bool disturbed, uint64_t seed);

} // namespace halftone
