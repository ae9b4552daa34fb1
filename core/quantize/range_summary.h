// What quantization does to one tensor, in figures.
#pragma once

#include "core/graph/graph.h"
#include "core/quantize/range_histogram.h"

#include <optional>

namespace halftone {

struct RangeSummary {
    double observedMin = 0, observedMax = 0;
    double clipMin = 0, clipMax = 0; // smallest and largest value of the grid; over all channels
    double clippedShare = 0;         // of the observed values outside the clip range
    std::optional<double>
        sqnrDb; // absent when there is no error, no signal, or a grid for each channel of an activation
    double histogramLo = 0, histogramHi = 0;
    std::vector<int64_t> counts;                // at most 256 equal bins over [histogramLo, histogramHi]
    std::vector<double> channelMin, channelMax; // per-channel weights
};

/// Of an activation, from its histogram. The error inside a bin is taken as that of evenly spread values, exact zeros
/// have none; SQNR = 10 log10(sum x^2 / sum (x - q(x))^2).
RangeSummary summarizeActivation(const RangeHistogram& histogram, const QuantParams& params);

/// Of weights, exactly. `rounded` are those that the network has instead, where they were rounded other than each to
/// the nearest code.
RangeSummary summarizeWeights(const Tensor& weights, const QuantParams& params, const Tensor& rounded);
inline RangeSummary summarizeWeights(const Tensor& weights, const QuantParams& params) {
    return summarizeWeights(weights, params, weights);
}

} // namespace halftone
