// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/range_summary.h"

#include "core/quantize/clip_range.h"
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

/// How much of the even bins lies below this value; between the ends of the histogram they are evenly filled.
double countBelow(const RangeHistogram& histogram, const std::vector<int64_t>& bins, double value) {
    const double lo = static_cast<double>(histogram.min()), hi = static_cast<double>(histogram.max());
    double count = 0;
    for (int bin = 0; bin < RangeHistogram::binCount && histogram.binStart(bin) < value; ++bin) {
        const double start = std::clamp(histogram.binStart(bin), lo, hi);
        const double stop = std::clamp(histogram.binStart(bin + 1), lo, hi);
        const double part = stop > start ? std::clamp((value - start) / (stop - start), 0.0, 1.0) : start < value;
        count += static_cast<double>(bins[static_cast<size_t>(bin)]) * part;
    }
    return count;
}

double clippedShare(const RangeHistogram& histogram, const ClipRange& clip) {
    const double least = clip.leastRounded(), most = clip.mostRounded();
    if (histogram.count() == 0 || (histogram.min() >= least && histogram.max() <= most))
        return 0;
    int64_t outside = 0, even = histogram.count();
    for (const RangeHistogram::Atom& atom : histogram.atoms()) {
        outside += atom.value < least || atom.value > most ? atom.count : 0;
        even -= atom.count;
    }
    const std::vector<int64_t> bins = histogram.evenBins();
    const double below = countBelow(histogram, bins, least);
    const double above = static_cast<double>(even) - countBelow(histogram, bins, most);
    return (static_cast<double>(outside) + below + above) / static_cast<double>(histogram.count());
}

/// The ends of the values and of the grid.
RangeSummary summaryOf(const RangeHistogram& histogram, const ClipRange& clip) {
    RangeSummary summary;
    summary.observedMin = histogram.min();
    summary.observedMax = histogram.max();
    summary.clipMin = clip.lo;
    summary.clipMax = clip.hi;
    summary.clippedBySteps = std::max(clip.stepsOutside(summary.observedMin), clip.stepsOutside(summary.observedMax));
    return summary;
}

} // namespace

RangeSummary summarizeActivation(const RangeHistogram& histogram, const QuantParams& params) {
    const ClipRange clip(params);
    RangeSummary summary = summaryOf(histogram, clip);
    summary.clippedShare = clippedShare(histogram, clip);
    if (histogram.count() == 0)
        return summary;
    setHistogram(summary, histogram);
    if (!params.axis) // the histogram does not tell channels apart
        summary.sqnrDb = decibel(histogram.sumOfSquares(), HistogramNoise(histogram)(params));
    return summary;
}

RangeSummary summarizeActivation(const RangeHistogram& histogram) {
    RangeSummary summary;
    summary.clipMin = summary.observedMin = histogram.min();
    summary.clipMax = summary.observedMax = histogram.max();
    if (histogram.count() > 0)
        setHistogram(summary, histogram);
    return summary;
}

RangeSummary summarizeWeights(const Tensor& weights, const QuantParams& params, const Tensor& rounded) {
    std::vector<float> store, roundedStore;
    const std::span<const float> values = weights.floats(store), used = rounded.floats(roundedStore);
    RangeHistogram histogram;
    histogram.add(values);
    RangeSummary summary = summaryOf(histogram, ClipRange(params));
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
