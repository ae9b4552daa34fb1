// SPDX-License-Identifier: GPL-3.0-or-later
// Robust statistics of timings. The mean is never decisive: one interrupt can double it.
#pragma once

#include "core/report/report.h"

#include <cstdint>
#include <span>
#include <vector>

namespace halftone {

/// Of an empty range: 0. For an even count the mean of the middle two.
double median(std::span<const double> values);

/// Value below which the share `p` (0 to 1) of the values lies, linearly interpolated.
double percentile(std::span<const double> values, double p);

/// Standard deviation / mean; 0 for fewer than two values.
double coefficientOfVariation(std::span<const double> values);

/// 95 % percentile bootstrap interval of the median over `rounds`; deterministic for a seed. Rounds, not single
/// inferences, are resampled: neighbours in time are not independent.
Interval bootstrapMedian(std::span<const double> rounds, uint64_t seed);

/// Interval of the median by the order of the values alone: between those that enclose it with 95 % by the binomial
/// distribution, or the ends where there are too few. Free of any assumption about the distribution (Conover, Practical
/// Nonparametric Statistics). Of an empty range: {}.
Interval orderInterval(std::span<const double> values);

/// The same of the ratios within paired (interleaved) rounds: the machine may have another speed in each, but not
/// within one. Rounds whose denominator is 0 are left out.
Interval pairedRatioInterval(std::span<const double> numerator, std::span<const double> denominator);

/// Interval of numerator / denominator that were measured apart, from the intervals of both, which are taken as
/// independent: their relative half widths add up as squares do. {} where a figure is not above 0.
Interval ratioInterval(double numerator, const Interval& numeratorCi95, double denominator,
                       const Interval& denominatorCi95);

/// Wilson score interval (95 %) of a proportion: `hits` of `n`.
Interval wilson(int64_t hits, int64_t n);

/// McNemar's exact test: probability (two-sided, binomial) of a split of `a + b` at least as uneven as a to b where
/// both sides are equally likely; 1 where there is nothing to split. McNemar, Psychometrika 12 (1947).
double mcNemar(int64_t a, int64_t b);

} // namespace halftone
