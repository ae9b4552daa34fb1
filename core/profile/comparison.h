// SPDX-License-Identifier: GPL-3.0-or-later
// Whether one plan is faster than another, by rounds that were measured in turn.
#pragma once

#include "core/report/report.h"

#include <span>
#include <vector>

namespace halftone {

struct Speedup {
    double factor = 0; // median of the reference / median: above 1 is faster
    Interval ci95;
    Grade grade = Grade::Undecided;
    bool significant() const { return grade != Grade::Undecided; }
};

/// Of rounds in which both were measured in turn: the factor is that of the medians. The interval is that of the median
/// of each round's own ratio, by their order, and holds the factor: where the machine changes its speed between rounds,
/// medians of few rounds may be of different speeds, and ratios within a round are not. core/report/certainty.h grades
/// it. `disturbed` tells that other programs or guests took the CPU meanwhile. The factor is 0 when a median is.
Speedup compareRounds(std::span<const double> referenceMs, std::span<const double> ms, bool disturbed);

/// Steps of one plan that are told as one time: those of a layer, or of layers that are computed together.
struct StepSum {
    double ms = 0;               // sum of the steps' medians, so that the parts add up
    Interval ci95;               // sum of theirs: what moves one step of a run moves the others
    std::vector<double> roundMs; // sums; empty where rounds were not kept

    void add(const StepSum& other);
};

/// Of plans measured in turn, whose steps are of the rounds around each plan's own median, so these are no pairs: the
/// interval is that of both sums by the order of their rounds. The factor is 0 where a sum is or rounds are missing.
Speedup compareSteps(const StepSum& reference, const StepSum& sum, bool disturbed);

} // namespace halftone
