#include "core/quantize/range_summary.h"

#include "core/quantize/histogram_noise.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace halftone {

namespace {

constexpr int kMaxBins = 256;

/// Of all values of one channel against the codes of those that stand for them.
double squaredError(std::span<const float> values, std::span<const float> rounded, const QuantParams& params,
                    size_t channel) {
    const double scale = static_cast<double>(params.scales[channel]);
    constexpr size_t block = 256;
    std::byte codes[block];
    double sum = 0;
    for (size_t first = 0; first < values.size(); first += block) {
        const auto some = values.subspan(first, std::min(block, values.size() - first));
        quantize(rounded.subspan(first, some.size()), params.scales[channel], params.zeroPoints[channel],
                 params.storage, codes);
        for (size_t i = 0; i < some.size(); ++i) {
            const int32_t code =
                params.storage == ElementType::S8 ? static_cast<int8_t>(codes[i]) : static_cast<uint8_t>(codes[i]);
            const double error = static_cast<double>(some[i]) - scale * (code - params.zeroPoints[channel]);
            sum += error * error;
        }
    }
    return sum;
}

std::optional<double> decibel(double signal, double noise) {
    if (signal <= 0 || noise <= 0)
        return std::nullopt;
    return 10 * std::log10(signal / noise);
}

void setClipRange(RangeSummary& summary, const QuantParams& params) {
    for (size_t i = 0; i < params.scales.size(); ++i) {
        summary.clipMin = std::min(
            summary.clipMin, double(dequantize(lowestCode(params.storage), params.scales[i], params.zeroPoints[i])));
        summary.clipMax = std::max(
            summary.clipMax, double(dequantize(highestCode(params.storage), params.scales[i], params.zeroPoints[i])));
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
    if (histogram.count() == 0 || (histogram.min() >= clipMin - tolerance && histogram.max() <= clipMax + tolerance))
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
    if (!params.axis) // the histogram does not tell channels apart
        summary.sqnrDb = decibel(histogram.sumOfSquares(), HistogramNoise(histogram)(params));
    return summary;
}

RangeSummary summarizeWeights(const Tensor& weights, const QuantParams& params, const Tensor& rounded) {
    RangeSummary summary;
    std::vector<float> store, roundedStore;
    const std::span<const float> values = weights.floats(store), used = rounded.floats(roundedStore);
    RangeHistogram histogram;
    histogram.add(values);
    summary.observedMin = histogram.min();
    summary.observedMax = histogram.max();
    setClipRange(summary, params);
    if (values.empty())
        return summary;
    setHistogram(summary, histogram);
    const size_t channels = params.scales.size();
    size_t run = values.size(); // of one channel, beside each other
    for (size_t i = 0; params.axis && i <= static_cast<size_t>(*params.axis); ++i)
        run /= static_cast<size_t>(weights.shape[i]);
    summary.channelMin.resize(channels);
    summary.channelMax.resize(channels);
    std::vector<double> noise(channels);
#pragma omp parallel for
    for (size_t channel = 0; channel < channels; ++channel) {
        double least = values[channel * run], largest = least;
        for (size_t first = channel * run; first < values.size(); first += channels * run) {
            const auto own = values.subspan(first, run);
            const auto [lo, hi] = std::ranges::minmax_element(own);
            least = std::min(least, static_cast<double>(*lo));
            largest = std::max(largest, static_cast<double>(*hi));
            noise[channel] += squaredError(own, used.subspan(first, run), params, channel);
        }
        summary.channelMin[channel] = least;
        summary.channelMax[channel] = largest;
    }
    summary.sqnrDb = decibel(histogram.sumOfSquares(), std::accumulate(noise.begin(), noise.end(), 0.0));
    return summary;
}

} // namespace halftone
