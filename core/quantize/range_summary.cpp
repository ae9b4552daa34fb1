#include "core/quantize/range_summary.h"

#include <algorithm>
#include <cmath>

namespace halftone {

namespace {

constexpr int kMaxBins = 256;

double squaredError(double x, const QuantParams& params, size_t channel) {
    const float scale = params.scales[channel];
    const int32_t zeroPoint = params.zeroPoints[channel];
    const int32_t code = quantize(static_cast<float>(x), scale, zeroPoint, params.storage);
    const double error = x - static_cast<double>(scale) * (code - zeroPoint);
    return error * error;
}

std::optional<double> decibel(double signal, double noise) {
    if (signal <= 0 || noise <= 0)
        return std::nullopt;
    return 10 * std::log10(signal / noise);
}

void setClipRange(RangeSummary& summary, const QuantParams& params) {
    for (size_t i = 0; i < params.scales.size(); ++i) {
        summary.clipMin = std::min(summary.clipMin, double(dequantize(lowestCode(params.storage), params.scales[i],
                                                                      params.zeroPoints[i])));
        summary.clipMax = std::max(summary.clipMax, double(dequantize(highestCode(params.storage), params.scales[i],
                                                                      params.zeroPoints[i])));
    }
}

/// The bins that hold values, joined until at most kMaxBins are left.
void setHistogram(RangeSummary& summary, const RangeHistogram& histogram) {
    const auto& bins = histogram.bins();
    int first = 0, last = RangeHistogram::binCount - 1;
    while (first < last && bins[static_cast<size_t>(first)] == 0)
        ++first;
    while (last > first && bins[static_cast<size_t>(last)] == 0)
        --last;
    const int width = (last - first) / kMaxBins + 1;
    for (int bin = first; bin <= last; bin += width) {
        int64_t sum = 0;
        for (int i = bin; i < std::min(bin + width, RangeHistogram::binCount); ++i)
            sum += bins[static_cast<size_t>(i)];
        summary.counts.push_back(sum);
    }
    summary.histogramLo = histogram.binStart(first);
    summary.histogramHi =
        summary.histogramLo + static_cast<double>(summary.counts.size()) * width * histogram.binWidth();
}

double clippedShare(const RangeHistogram& histogram, double clipMin, double clipMax) {
    const double tolerance = 1e-6 * (clipMax - clipMin); // scales are rounded to float
    if (histogram.count() == 0 ||
        (histogram.min() >= clipMin - tolerance && histogram.max() <= clipMax + tolerance))
        return 0;
    double outside = 0;
    for (int bin = 0; bin < RangeHistogram::binCount; ++bin) {
        const double start = histogram.binStart(bin), end = start + histogram.binWidth();
        const double below = std::clamp((clipMin - start) / histogram.binWidth(), 0.0, 1.0);
        const double above = std::clamp((end - clipMax) / histogram.binWidth(), 0.0, 1.0);
        outside += static_cast<double>(histogram.bins()[static_cast<size_t>(bin)]) * std::min(1.0, below + above);
    }
    return outside / static_cast<double>(histogram.count());
}

} // namespace

RangeSummary summarizeActivation(const RangeHistogram& histogram, const QuantParams& params) {
    RangeSummary summary;
    summary.observedMin = histogram.min();
    summary.observedMax = histogram.max();
    setClipRange(summary, params);
    summary.clippedShare = clippedShare(histogram, summary.clipMin, summary.clipMax);
    if (histogram.count() == 0)
        return summary;
    setHistogram(summary, histogram);
    double noise = 0;
    constexpr int points = 8; // midpoints of equal parts of a bin
    for (int bin = 0; bin < RangeHistogram::binCount; ++bin) {
        int64_t count = histogram.bins()[static_cast<size_t>(bin)];
        if (bin == RangeHistogram::binCount / 2)
            count -= histogram.zeros();
        if (count <= 0)
            continue;
        double sum = 0;
        for (int point = 0; point < points; ++point) {
            const double x = histogram.binStart(bin) + histogram.binWidth() * (point + 0.5) / points;
            sum += squaredError(std::clamp(x, summary.observedMin, summary.observedMax), params, 0);
        }
        noise += static_cast<double>(count) * sum / points;
    }
    summary.sqnrDb = decibel(histogram.sumOfSquares(), noise);
    return summary;
}

RangeSummary summarizeWeights(const Tensor& weights, const QuantParams& params) {
    RangeSummary summary;
    const std::vector<float> values = weights.toFloats();
    RangeHistogram histogram;
    histogram.add(values);
    summary.observedMin = histogram.min();
    summary.observedMax = histogram.max();
    setClipRange(summary, params);
    if (values.empty())
        return summary;
    setHistogram(summary, histogram);
    const size_t perChannel = values.size() / params.scales.size();
    double noise = 0;
    for (size_t channel = 0; channel < params.scales.size(); ++channel) {
        const auto begin = values.begin() + static_cast<ptrdiff_t>(channel * perChannel);
        const auto [lo, hi] = std::minmax_element(begin, begin + static_cast<ptrdiff_t>(perChannel));
        summary.channelMin.push_back(*lo);
        summary.channelMax.push_back(*hi);
        for (auto value = begin; value != begin + static_cast<ptrdiff_t>(perChannel); ++value)
            noise += squaredError(*value, params, channel);
    }
    summary.sqnrDb = decibel(histogram.sumOfSquares(), noise);
    return summary;
}

} // namespace halftone
