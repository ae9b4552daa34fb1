#include "core/quantize/range_histogram.h"

#include "core/base/error.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

namespace halftone {

namespace {

/// Small enough for any network; its reciprocal times the number of bins is still a float.
constexpr double kSmallestLimit = 0x1p-60;

} // namespace

void RangeHistogram::growTo(float magnitude) {
    if (m_bins.empty()) {
        m_bins.assign(binCount, 0);
        m_limit = kSmallestLimit;
    }
    while (static_cast<double>(magnitude) >= m_limit) {
        // A bin twice as wide takes two old ones; the old range fills the middle half of the new one.
        std::vector<int64_t> wider(binCount, 0);
        for (int bin = 0; bin < binCount; ++bin)
            wider[static_cast<size_t>(binCount / 4 + bin / 2)] += m_bins[static_cast<size_t>(bin)];
        m_bins = std::move(wider);
        m_limit *= 2;
    }
}

void RangeHistogram::add(std::span<const float> values) {
    if (values.empty())
        return;
    float lo = FLT_MAX, hi = -FLT_MAX;
    double squares = 0;
    int64_t zeros = 0, notFinite = 0;
#pragma omp simd reduction(min : lo) reduction(max : hi) reduction(+ : squares, zeros, notFinite)
    for (size_t i = 0; i < values.size(); ++i) {
        const float x = values[i];
        lo = x < lo ? x : lo;
        hi = x > hi ? x : hi;
        squares += static_cast<double>(x) * static_cast<double>(x);
        zeros += x == 0.0F;
        notFinite += !(std::abs(x) <= FLT_MAX);
    }
    if (notFinite > 0)
        throw Error(ErrorCode::BadInput, "The tensor has values that are not finite.");
    growTo(std::max(std::abs(lo), std::abs(hi)));
    m_min = m_count ? std::min(m_min, lo) : lo;
    m_max = m_count ? std::max(m_max, hi) : hi;
    m_count += static_cast<int64_t>(values.size());
    m_zeros += zeros;
    m_sumOfSquares += squares;
    const float scale = static_cast<float>(binCount / (2 * m_limit));
    for (const float x : values) {
        const float position = x * scale; // exact: the scale is a power of two
        const int towardsZero = static_cast<int>(position);
        const int floor = towardsZero - (position < static_cast<float>(towardsZero));
        ++m_bins[static_cast<size_t>(floor + binCount / 2)];
    }
}

} // namespace halftone
