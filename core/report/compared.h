// SPDX-License-Identifier: GPL-3.0-or-later
// What is said of anything whose time is compared with that of fp32: runs, layers, settings of a sweep, instruction
// sets, plans, the verdict. Built on the rule of certainty.h; counts, colours and sentences all ask here.
#pragma once

#include "core/report/certainty.h"
#include "core/report/report.h"

#include <optional>
#include <string>

namespace halftone {

/// A speed-up over fp32, which may not be known, its interval, which older reports lack, and how certain it is.
struct GradedSpeedup {
    std::optional<double> speedup;
    std::optional<Interval> ci95;
    Grade grade = Grade::Undecided;
    bool operator==(const GradedSpeedup&) const = default;
};

template <class Row> GradedSpeedup gradedSpeedup(const Row& row) {
    return {row.speedup, row.speedupCi95, row.grade};
}

/// Of a run: of int8 the verdict's where the run has none, as in reports of before further precisions.
GradedSpeedup speedupOf(const Report& report, const Run& run);

/// Decided to be slower or faster than fp32; both false where it is not decided or not known.
bool isSlower(const GradedSpeedup& comparison);
bool isFaster(const GradedSpeedup& comparison);

/// For cells and large letters: "1.90x" where it is sure, "1.60 to 2.30x" where it is rough, else the words "as fast"
/// or "not decided"; "" without a speed-up. The figure alone where there is no interval.
std::string speedupFigure(const GradedSpeedup& comparison);

/// How certain it is and by what: "sure: 95 % interval 1.85 to 1.95x", "not decided: the 95 % interval 0.92 to 1.10x
/// holds 1"; "" without a speed-up.
std::string speedupCertainty(const GradedSpeedup& comparison);

/// What stands behind "int8 is", see certainty.h; "" without a speed-up or its interval.
std::string speedupWords(const GradedSpeedup& comparison);

/// The interval's end nearest to 1: what is gained or lost at least. The speed-up itself where there is no interval,
/// 1 where nothing is decided.
double leastGain(const GradedSpeedup& comparison);

/// "1.85 to 1.95x"
std::string intervalFigure(const Interval& ci95);

} // namespace halftone
