// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/range_histogram.h"

#include "core/base/error.h"
#include "core/base/vectors.h"

#include <algorithm>
#include <bit>
#include <cfloat>
#include <cmath>
#include <functional>
#include <optional>

namespace halftone {

namespace {

/// Small enough for any network; its reciprocal times the number of bins is still a float.
constexpr double kSmallestLimit = 0x1p-60;

/// Bins behind the real ones, in turn for exact zeros: a count that was just written is slow to read, and rectified
/// tensors are half zeros.
constexpr size_t kZeroBins = 8;
constexpr size_t kAllBins = RangeHistogram::binCount + kZeroBins;

constexpr size_t kLanes = 16; // enough to keep the vector units of any x86 CPU busy

/// Of all values, where all are finite; absent where one is not.
HALFTONE_VECTORS std::optional<ValueRange> finiteRange(const float* values, size_t count) {
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
    if (*std::max_element(largest, largest + kLanes) >= infinity)
        return std::nullopt;
    return ValueRange{*std::min_element(lo, lo + kLanes), *std::max_element(hi, hi + kLanes)};
}

struct Sums {
    double squares = 0;
    int64_t zeros = 0, atMin = 0, atMax = 0;
};

constexpr size_t kBlock = 256;

/// Finds the bins of at most kBlock values; the squares are those of the values times the scale, which keeps them small
/// enough for float.
HALFTONE_VECTORS Sums findBins(const float* values, size_t count, float scale, ValueRange ends, int32_t* bins) {
    float squares = 0;
    int32_t zeros = 0, atMin = 0, atMax = 0;
#pragma omp simd reduction(+ : squares, zeros, atMin, atMax)
    for (size_t i = 0; i < count; ++i) {
        const float position = values[i] * scale; // exact: the scale is a power of two
        const int32_t towardsZero = static_cast<int32_t>(position);
        const int32_t bin = towardsZero - (position < static_cast<float>(towardsZero)) + RangeHistogram::binCount / 2;
        const int32_t ifZero = -static_cast<int32_t>(values[i] == 0); // a mask: no branch
        const int32_t zeroBin = RangeHistogram::binCount + static_cast<int32_t>(i % kZeroBins);
        bins[i] = (zeroBin & ifZero) | (bin & ~ifZero);
        squares += position * position;
        zeros -= ifZero;
        atMin += static_cast<int32_t>(values[i] == ends.lo);
        atMax += static_cast<int32_t>(values[i] == ends.hi);
    }
    return {static_cast<double>(squares), zeros, atMin, atMax};
}

Sums countInto(std::vector<int64_t>& counts, std::span<const float> values, float scale, ValueRange ends) {
    Sums sums;
    int32_t bins[kBlock];
    for (size_t first = 0; first < values.size(); first += kBlock) {
        const size_t count = std::min(kBlock, values.size() - first);
        const Sums some = findBins(values.data() + first, count, scale, ends, bins);
        for (size_t i = 0; i < count; ++i)
            ++counts[static_cast<size_t>(bins[i])];
        sums.squares += some.squares;
        sums.zeros += some.zeros;
        sums.atMin += some.atMin;
        sums.atMax += some.atMax;
    }
    sums.squares /= static_cast<double>(scale) * static_cast<double>(scale);
    return sums;
}

} // namespace

Extent extentOf(std::span<const float> values) {
    if (const auto range = finiteRange(values.data(), values.size()))
        return {*range};
    Extent extent{{FLT_MAX, -FLT_MAX}};
    for (const float value : values) {
        if (!std::isfinite(value)) {
            ++extent.notFinite;
            continue;
        }
        extent.range.lo = std::min(extent.range.lo, value);
        extent.range.hi = std::max(extent.range.hi, value);
    }
    return extent;
}

Extent operator|(const Extent& a, const Extent& b) {
    return {{std::min(a.range.lo, b.range.lo), std::max(a.range.hi, b.range.hi)}, a.notFinite + b.notFinite};
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

/// Values at an end that moves on are ordinary ones from now on.
void RangeHistogram::moveEnds(ValueRange ends) {
    if (m_count == 0 || ends.lo < m_min) {
        m_min = ends.lo;
        m_atMin = 0;
    }
    if (m_count == 0 || ends.hi > m_max) {
        m_max = ends.hi;
        m_atMax = 0;
    }
}

size_t RangeHistogram::binOf(double value) const {
    return static_cast<size_t>(static_cast<int>(std::floor(value / binWidth())) + binCount / 2);
}

std::vector<RangeHistogram::Atom> RangeHistogram::atoms() const {
    std::vector<Atom> atoms;
    const auto add = [&](float value, int64_t count) {
        const auto isKnown = [&](const Atom& atom) { return atom.value == static_cast<double>(value); };
        if (count > 0 && std::ranges::none_of(atoms, isKnown))
            atoms.push_back({static_cast<double>(value), count});
    };
    add(0, m_zeros);
    add(m_min, m_atMin);
    add(m_max, m_atMax);
    return atoms;
}

std::vector<int64_t> RangeHistogram::evenBins() const {
    std::vector<int64_t> even(bins().begin(), bins().end());
    for (const Atom& atom : atoms())
        even[binOf(atom.value)] -= atom.count;
    return even;
}

void RangeHistogram::add(std::span<const float> values) {
    if (values.empty())
        return;
    const Extent extent = extentOf(values);
    if (extent.notFinite > 0)
        throw Error(ErrorCode::BadInput, "The tensor has values that are not finite.");
    add(values, kWorthSharing, extent.range);
}

void RangeHistogram::add(std::span<const float> values, size_t piece, ValueRange ends) {
    growTo(std::max(std::abs(ends.lo), std::abs(ends.hi)));
    moveEnds(ends);
    ends = {m_min, m_max};
    const float scale = static_cast<float>(binCount / (2 * m_limit));
    const size_t pieces = (values.size() + piece - 1) / piece;
    std::vector<Sums> sums(pieces);
    if (values.size() <= kWorthSharing)
        for (size_t i = 0; i < pieces; ++i)
            sums[i] =
                countInto(m_bins, values.subspan(i * piece, std::min(piece, values.size() - i * piece)), scale, ends);
    else
#pragma omp parallel
    {
        std::vector<int64_t> counts(kAllBins, 0);
#pragma omp for nowait
        for (size_t i = 0; i < pieces; ++i)
            sums[i] =
                countInto(counts, values.subspan(i * piece, std::min(piece, values.size() - i * piece)), scale, ends);
#pragma omp critical
        std::ranges::transform(m_bins, counts, m_bins.begin(), std::plus<>());
    }
    std::fill(m_bins.begin() + binCount, m_bins.end(), 0);
    for (const Sums& part : sums) { // in order: the same with any number of threads
        m_sumOfSquares += part.squares;
        m_zeros += part.zeros;
        m_bins[binCount / 2] += part.zeros;
        m_atMin += part.atMin;
        m_atMax += part.atMax;
    }
    m_count += static_cast<int64_t>(values.size());
}

void RangeHistogram::join(const RangeHistogram& other) {
    if (other.m_count == 0)
        return;
    RangeHistogram wide = other;
    growTo(std::nextafter(static_cast<float>(other.m_limit), 0.0F));
    wide.growTo(std::nextafter(static_cast<float>(m_limit), 0.0F));
    std::ranges::transform(m_bins, wide.m_bins, m_bins.begin(), std::plus<>());
    moveEnds({other.m_min, other.m_max});
    m_atMin += other.m_min == m_min ? other.m_atMin : 0;
    m_atMax += other.m_max == m_max ? other.m_atMax : 0;
    m_count += other.m_count;
    m_zeros += other.m_zeros;
    m_sumOfSquares += other.m_sumOfSquares;
}

} // namespace halftone
