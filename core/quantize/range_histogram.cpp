#include "core/quantize/range_histogram.h"

#include "core/base/error.h"
#include "core/base/vectors.h"

#include <algorithm>
#include <bit>
#include <cfloat>
#include <cmath>
#include <functional>

namespace halftone {

namespace {

/// Small enough for any network; its reciprocal times the number of bins is still a float.
constexpr double kSmallestLimit = 0x1p-60;

/// Bins behind the real ones, in turn for exact zeros: a count that was just written is slow to read, and rectified
/// tensors are half zeros.
constexpr size_t kZeroBins = 8;
constexpr size_t kAllBins = RangeHistogram::binCount + kZeroBins;

constexpr size_t kLanes = 16; // enough to keep the vector units of any x86 CPU busy

HALFTONE_VECTORS Extent extentOf(const float* values, size_t count) {
    constexpr int32_t infinity = 0x7F800000; // as bits; those of NaN are larger
    float lo[kLanes], hi[kLanes];
    int32_t largest[kLanes] = {}; // magnitudes, as bits
    std::fill_n(lo, kLanes, FLT_MAX);
    std::fill_n(hi, kLanes, -FLT_MAX);
    const auto look = [&](size_t lane, float x) {
        const int32_t magnitude = std::bit_cast<int32_t>(x) & INT32_MAX;
        lo[lane] = x < lo[lane] ? x : lo[lane];
        hi[lane] = x > hi[lane] ? x : hi[lane];
        largest[lane] = magnitude > largest[lane] ? magnitude : largest[lane];
    };
    size_t i = 0;
    for (; i + kLanes <= count; i += kLanes)
#pragma omp simd
        for (size_t lane = 0; lane < kLanes; ++lane)
            look(lane, values[i + lane]);
    for (; i < count; ++i)
        look(0, values[i]);
    return {{*std::min_element(lo, lo + kLanes), *std::max_element(hi, hi + kLanes)},
            *std::max_element(largest, largest + kLanes) < infinity};
}

struct Sums {
    double squares = 0;
    int64_t zeros = 0;
};

constexpr size_t kBlock = 256;

/// Finds the bins of at most kBlock values; the squares are those of the values times the scale, which keeps them small
/// enough for float.
HALFTONE_VECTORS Sums findBins(const float* values, size_t count, float scale, int32_t* bins) {
    float squares = 0;
    int32_t zeros = 0;
#pragma omp simd reduction(+ : squares, zeros)
    for (size_t i = 0; i < count; ++i) {
        const float position = values[i] * scale; // exact: the scale is a power of two
        const int32_t towardsZero = static_cast<int32_t>(position);
        const int32_t bin = towardsZero - (position < static_cast<float>(towardsZero)) + RangeHistogram::binCount / 2;
        const int32_t ifZero = -static_cast<int32_t>(values[i] == 0); // a mask: no branch
        const int32_t zeroBin = RangeHistogram::binCount + static_cast<int32_t>(i % kZeroBins);
        bins[i] = (zeroBin & ifZero) | (bin & ~ifZero);
        squares += position * position;
        zeros -= ifZero;
    }
    return {static_cast<double>(squares), zeros};
}

Sums countInto(std::vector<int64_t>& counts, std::span<const float> values, float scale) {
    Sums sums;
    int32_t bins[kBlock];
    for (size_t first = 0; first < values.size(); first += kBlock) {
        const size_t count = std::min(kBlock, values.size() - first);
        const Sums some = findBins(values.data() + first, count, scale, bins);
        for (size_t i = 0; i < count; ++i)
            ++counts[static_cast<size_t>(bins[i])];
        sums.squares += some.squares;
        sums.zeros += some.zeros;
    }
    sums.squares /= static_cast<double>(scale) * static_cast<double>(scale);
    return sums;
}

} // namespace

Extent extentOf(std::span<const float> values) {
    return extentOf(values.data(), values.size());
}

Extent operator|(const Extent& a, const Extent& b) {
    return {{std::min(a.range.lo, b.range.lo), std::max(a.range.hi, b.range.hi)}, a.finite && b.finite};
}

void RangeHistogram::growTo(float magnitude) {
    if (m_bins.empty()) {
        m_bins.assign(kAllBins, 0);
        m_limit = kSmallestLimit;
    }
    int doublings = 0;
    for (; static_cast<double>(magnitude) >= m_limit; ++doublings)
        m_limit *= 2;
    if (doublings == 0 || m_count == 0)
        return;
    // A bin so much wider takes that many old ones; those on each side of 0 stay on their side.
    std::vector<int64_t> wider(kAllBins, 0);
    for (int bin = 0; bin < binCount; ++bin) {
        const int fromZero = bin - binCount / 2;
        wider[static_cast<size_t>((fromZero >> std::min(doublings, 30)) + binCount / 2)] +=
            m_bins[static_cast<size_t>(bin)];
    }
    m_bins = std::move(wider);
}

void RangeHistogram::add(std::span<const float> values) {
    if (values.empty())
        return;
    const Extent extent = extentOf(values);
    if (!extent.finite)
        throw Error(ErrorCode::BadInput, "The tensor has values that are not finite.");
    add(values, kWorthSharing, extent.range);
}

void RangeHistogram::add(std::span<const float> values, size_t piece, ValueRange ends) {
    growTo(std::max(std::abs(ends.lo), std::abs(ends.hi)));
    const float scale = static_cast<float>(binCount / (2 * m_limit));
    const size_t pieces = (values.size() + piece - 1) / piece;
    std::vector<Sums> sums(pieces);
    if (values.size() <= kWorthSharing)
        for (size_t i = 0; i < pieces; ++i)
            sums[i] = countInto(m_bins, values.subspan(i * piece, std::min(piece, values.size() - i * piece)), scale);
    else
#pragma omp parallel
    {
        std::vector<int64_t> counts(kAllBins, 0);
#pragma omp for nowait
        for (size_t i = 0; i < pieces; ++i)
            sums[i] = countInto(counts, values.subspan(i * piece, std::min(piece, values.size() - i * piece)), scale);
#pragma omp critical
        std::ranges::transform(m_bins, counts, m_bins.begin(), std::plus<>());
    }
    std::fill(m_bins.begin() + binCount, m_bins.end(), 0);
    for (const Sums& part : sums) { // in order: the same with any number of threads
        m_sumOfSquares += part.squares;
        m_zeros += part.zeros;
        m_bins[binCount / 2] += part.zeros;
    }
    m_min = m_count ? std::min(m_min, ends.lo) : ends.lo;
    m_max = m_count ? std::max(m_max, ends.hi) : ends.hi;
    m_count += static_cast<int64_t>(values.size());
}

void RangeHistogram::join(const RangeHistogram& other) {
    if (other.m_count == 0)
        return;
    RangeHistogram wide = other;
    growTo(std::nextafter(static_cast<float>(other.m_limit), 0.0F));
    wide.growTo(std::nextafter(static_cast<float>(m_limit), 0.0F));
    std::ranges::transform(m_bins, wide.m_bins, m_bins.begin(), std::plus<>());
    m_min = m_count ? std::min(m_min, other.m_min) : other.m_min;
    m_max = m_count ? std::max(m_max, other.m_max) : other.m_max;
    m_count += other.m_count;
    m_zeros += other.m_zeros;
    m_sumOfSquares += other.m_sumOfSquares;
}

} // namespace halftone
