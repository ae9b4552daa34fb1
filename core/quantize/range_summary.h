// SPDX-License-Identifier: GPL-3.0-or-later
// What quantization does to one tensor, in figures.
#pragma once

#include "core/graph/graph.h"
#include "core/quantize/range_histogram.h"

#include <optional>

namespace halftone {

struct RangeSummary {
    double observedMin = 0, observedMax = 0;
    double clipMin = 0, clipMax = 0; // smallest and largest value of the grid; over all channels
    double clippedShare = 0;         // of the observed values more than half a step outside the clip range
    double clippedBySteps = 0;       // how far the outermost of these lies outside; 0 where there are none
    std::optional<double>
        sqnrDb; // absent when there is no error, no signal, or a grid for each channel of an activation
    double histogramLo = 0, histogramHi = 0;
    std::vector<int64_t> counts;                // at most 256 equal bins over [histogramLo, histogramHi]
    std::vector<double> channelMin, channelMax; // per-channel weights
};

/// Of an activation, from its histogram. Values inside a bin are taken as evenly spread, but for those exactly at the
/// ends and exact zeros, which have no error; SQNR = 10 log10(sum x^2 / sum (x - q(x))^2). What lies within half a step
/// of the clip range is rounded to its end as anything else is to its code, and is not clipped.
RangeSummary summarizeActivation(const RangeHistogram& histogram, const QuantParams& params);

/// Of a tensor without a grid: nothing is clipped, and the clip range is that of the values.
RangeSummary summarizeActivation(const RangeHistogram& histogram);

/// Of weights, exactly. `rounded` are those that the network has instead, where they were rounded other than each to
/// the nearest code.
RangeSummary summarizeWeights(const Tensor& weights, const QuantParams& params, const Tensor& rounded);
inline RangeSummary summarizeWeights(const Tensor& weights, const QuantParams& params) {
    return summarizeWeights(weights, params, weights);
}

} // namespace halftone
