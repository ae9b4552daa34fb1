// SPDX-License-Identifier: GPL-3.0-or-later
// Figures that several sections of the report are made of.
#pragma once

#include <cstdint>

namespace halftone {

struct Interval {
    double lo = 0, hi = 0;
    bool operator==(const Interval&) const = default;
};

/// How certain a comparison of two times is. See core/report/certainty.h for the rule.
enum class Grade {
    Sure,      // "sure": the interval excludes 1 and is narrow
    Rough,     // "rough": faster or slower, but how much is not known well
    Undecided, // "not decided": the interval holds 1, the difference is too small, or other programs took the CPU
};

/// Statistics of repeated timings, milliseconds. ci95 is a bootstrap interval of the median.
struct Latency {
    double median = 0, p90 = 0, min = 0, mean = 0;
    double cv = 0; // standard deviation / mean over the rounds' medians
    int64_t n = 0; // timed inferences
    Interval ci95;
    bool stable = false;
    double max = 0; // 0: not known
    bool operator==(const Latency&) const = default;
};

} // namespace halftone
