// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/range_search.h"

#include "core/quantize/entropy_threshold.h"
#include "core/quantize/histogram_noise.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

namespace halftone {

namespace {

/// Where `share` of these counts lie below: bins of this width from `start` on, values evenly spread inside them.
double quantile(std::span<const int64_t> counts, double start, double width, double share) {
    double wanted = share * static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
    for (const int64_t bin : counts) {
        const auto count = static_cast<double>(bin);
        if (count > 0 && wanted <= count)
            return start + width * wanted / count;
        wanted -= count;
        start += width;
    }
    return start;
}

ValueRange percentileRange(const RangeHistogram& histogram, bool symmetric, double percentile) {
    const double inside = percentile / 100;
    if (symmetric) {
        constexpr size_t half = RangeHistogram::binCount / 2;
        std::vector<int64_t> magnitudes(half);
        for (size_t i = 0; i < half; ++i)
            magnitudes[i] = histogram.bins()[half + i] + histogram.bins()[half - 1 - i];
        const double reach = quantile(magnitudes, 0, histogram.binWidth(), inside);
        return {static_cast<float>(-reach), static_cast<float>(reach)};
    }
    const auto at = [&](double share) {
        return static_cast<float>(quantile(histogram.bins(), histogram.binStart(0), histogram.binWidth(), share));
    };
    if (histogram.min() >= 0)
        return {0, at(inside)};
    return {at((1 - inside) / 2), at((1 + inside) / 2)};
}

/// Ends are lowered by this part in the coarse scan, down to this part of the whole.
constexpr double kCoarse = 0.9, kSmallest = 1e-3;
/// An error so many times the least one found means that only clipping is left to grow.
constexpr double kHopeless = 4;
constexpr double kWorthwhile = 1e-3;
constexpr int kMaxTurns = 4;

struct End {
    double value, error;
};

/// The part of `whole` (0 to 1, 1 at best) at which `error` is least.
template <class Error> End leastError(double whole, const Error& error) {
    End best{whole, error(whole)};
    const auto consider = [&](double value) {
        const double found = error(value);
        if (found < best.error)
            best = {value, found};
        return found;
    };
    for (double part = kCoarse; part > kSmallest; part *= kCoarse)
        if (consider(part * whole) > kHopeless * best.error)
            break;
    constexpr int steps = 8;
    double width = 1 - kCoarse;
    for (int level = 0; level < 2; ++level, width /= steps) {
        const double centre = best.value;
        for (int step = -steps; step <= steps; ++step)
            if (const double value = centre * (1 + width * step / steps);
                step != 0 && std::abs(value) <= std::abs(whole))
                consider(value);
    }
    return best;
}

ValueRange mseRange(const RangeHistogram& histogram, bool symmetric) {
    const HistogramNoise noise(histogram);
    const double min = std::min(0.0, static_cast<double>(histogram.min()));
    const double max = std::max(0.0, static_cast<double>(histogram.max()));
    const auto error = [&](double lo, double hi) {
        return noise(activationParams(static_cast<float>(lo), static_cast<float>(hi), !symmetric));
    };
    if (symmetric && min < 0) {
        const double reach = leastError(std::max(-min, max), [&](double end) { return error(-end, end); }).value;
        return {static_cast<float>(-reach), static_cast<float>(reach)};
    }
    double lo = min, hi = max, before = std::numeric_limits<double>::infinity();
    for (int turn = 0; turn < kMaxTurns; ++turn) {
        End end{hi, before};
        if (max > 0) {
            end = leastError(max, [&](double value) { return error(lo, value); });
            hi = end.value;
        }
        if (min < 0) {
            end = leastError(min, [&](double value) { return error(value, hi); });
            lo = end.value;
        }
        if (min == 0 || max == 0 || end.error > (1 - kWorthwhile) * before)
            break;
        before = end.error;
    }
    return {static_cast<float>(lo), static_cast<float>(hi)};
}

ValueRange rangeBy(const RangeEvidence& evidence, RangeMethod method, bool symmetric, double percentile) {
    switch (method) {
    case RangeMethod::MinMax: break;
    case RangeMethod::MeanMinMax: return evidence.meanRange;
    case RangeMethod::Percentile: return percentileRange(evidence.histogram, symmetric, percentile);
    case RangeMethod::Mse: return mseRange(evidence.histogram, symmetric);
    case RangeMethod::Entropy: {
        const float reach = entropyThreshold(evidence.histogram);
        return {-reach, reach};
    }
    }
    return {evidence.histogram.min(), evidence.histogram.max()};
}

} // namespace

RangeEvidence::RangeEvidence(const TensorStatistics& tensor)
    : histogram(tensor.histogram()), meanRange(tensor.meanRange()) {}

void RangeEvidence::join(const RangeEvidence& other) {
    if (other.histogram.count() == 0)
        return;
    const bool first = histogram.count() == 0;
    meanRange.lo = first ? other.meanRange.lo : std::min(meanRange.lo, other.meanRange.lo);
    meanRange.hi = first ? other.meanRange.hi : std::max(meanRange.hi, other.meanRange.hi);
    histogram.join(other.histogram);
}

ValueRange searchRange(const RangeEvidence& evidence, RangeMethod method, Scheme scheme, double percentile) {
    const RangeHistogram& histogram = evidence.histogram;
    if (histogram.count() == 0)
        return {};
    const bool symmetric = scheme == Scheme::Symmetric && histogram.min() < 0;
    const ValueRange range = rangeBy(evidence, method, symmetric, percentile);
    return {std::clamp(range.lo, std::min(histogram.min(), 0.0F), std::max(histogram.max(), 0.0F)),
            std::clamp(range.hi, std::min(histogram.min(), 0.0F), std::max(histogram.max(), 0.0F))};
}

} // namespace halftone
