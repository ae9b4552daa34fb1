#include "core/quantize/range_histogram.h"

#include "core/base/error.h"

#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>

namespace halftone {

namespace {

/// Small enough for any network; its reciprocal times the number of bins is still a float.
constexpr double kSmallestLimit = 0x1p-60;

/// Values that one thread looks at in one go; fewer are not worth waking another.
constexpr size_t kWorthSharing = 1 << 16;

/// Bins behind the real ones, in turn for exact zeros: a count that was just written is slow to read, and rectified
/// tensors are half zeros.
constexpr size_t kZeroBins = 8;
using Counts = std::array<uint32_t, RangeHistogram::binCount + kZeroBins>;

struct Extent {
    ValueRange range;
    bool finite;
};

Extent extentOf(std::span<const float> values) {
    float lo = FLT_MAX, hi = -FLT_MAX, poison = 0;
#pragma omp simd reduction(min : lo) reduction(max : hi) reduction(+ : poison)
    for (size_t i = 0; i < values.size(); ++i) {
        const float x = values[i];
        lo = x < lo ? x : lo;
        hi = x > hi ? x : hi;
        poison += x * 0.0F; // NaN for what is not finite
    }
    return {{lo, hi}, poison == 0};
}

struct Sums {
    double squares = 0;
    int64_t zeros = 0;
};

Sums countInto(Counts& counts, std::span<const float> values, float scale) {
    Sums sums;
    constexpr size_t block = 256;
    int32_t bins[block];
    for (size_t first = 0; first < values.size(); first += block) {
        const auto some = values.subspan(first, std::min(block, values.size() - first));
        double squares = 0;
        int32_t zeros = 0;
#pragma omp simd reduction(+ : squares, zeros)
        for (size_t i = 0; i < some.size(); ++i) {
            squares += static_cast<double>(some[i]) * static_cast<double>(some[i]);
            zeros += some[i] == 0;
        }
#pragma omp simd
        for (size_t i = 0; i < some.size(); ++i) {
            const float position = some[i] * scale; // exact: the scale is a power of two
            const int32_t towardsZero = static_cast<int32_t>(position);
            const int32_t bin =
                towardsZero - (position < static_cast<float>(towardsZero)) + RangeHistogram::binCount / 2;
            const int32_t ifZero = -static_cast<int32_t>(some[i] == 0); // a mask: no branch
            const int32_t zeroBin = RangeHistogram::binCount + static_cast<int32_t>(i % kZeroBins);
            bins[i] = (zeroBin & ifZero) | (bin & ~ifZero);
        }
        for (size_t i = 0; i < some.size(); ++i)
            ++counts[static_cast<size_t>(bins[i])];
        sums.squares += squares;
        sums.zeros += zeros;
    }
    return sums;
}

} // namespace

std::vector<ValueRange> rangesOf(std::span<const float> values, size_t piece) {
    if (values.empty())
        return {};
    const size_t pieces = (values.size() + piece - 1) / piece;
    // Large pieces are cut, so that few of them keep all threads busy.
    const size_t cuts = (piece + kWorthSharing - 1) / kWorthSharing, part = (piece + cuts - 1) / cuts;
    std::vector<Extent> extents(pieces * cuts, {{FLT_MAX, -FLT_MAX}, true});
#pragma omp parallel for if (values.size() > kWorthSharing)
    for (size_t i = 0; i < extents.size(); ++i) {
        const size_t first = i / cuts * piece + i % cuts * part;
        const size_t end = std::min({first + part, (i / cuts + 1) * piece, values.size()});
        if (first < end)
            extents[i] = extentOf(values.subspan(first, end - first));
    }
    std::vector<ValueRange> ranges(pieces, {FLT_MAX, -FLT_MAX});
    for (size_t i = 0; i < extents.size(); ++i) {
        if (!extents[i].finite)
            throw Error(ErrorCode::BadInput, "The tensor has values that are not finite.");
        ValueRange& range = ranges[i / cuts];
        range = {std::min(range.lo, extents[i].range.lo), std::max(range.hi, extents[i].range.hi)};
    }
    return ranges;
}

ValueRange outerRange(std::span<const ValueRange> ranges) {
    ValueRange outer = ranges.front();
    for (const ValueRange& range : ranges)
        outer = {std::min(outer.lo, range.lo), std::max(outer.hi, range.hi)};
    return outer;
}

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
    if (!values.empty())
        add(values, kWorthSharing, outerRange(rangesOf(values, kWorthSharing)));
}

void RangeHistogram::add(std::span<const float> values, size_t piece, ValueRange ends) {
    growTo(std::max(std::abs(ends.lo), std::abs(ends.hi)));
    const float scale = static_cast<float>(binCount / (2 * m_limit));
    const size_t pieces = (values.size() + piece - 1) / piece;
    std::vector<Sums> sums(pieces);
#pragma omp parallel if (values.size() > kWorthSharing)
    {
        Counts counts{};
#pragma omp for nowait
        for (size_t i = 0; i < pieces; ++i)
            sums[i] = countInto(counts, values.subspan(i * piece, std::min(piece, values.size() - i * piece)), scale);
#pragma omp critical
        for (size_t i = 0; i < m_bins.size(); ++i)
            m_bins[i] += counts[i];
    }
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
    for (size_t bin = 0; bin < m_bins.size(); ++bin)
        m_bins[bin] += wide.m_bins[bin];
    m_min = m_count ? std::min(m_min, other.m_min) : other.m_min;
    m_max = m_count ? std::max(m_max, other.m_max) : other.m_max;
    m_count += other.m_count;
    m_zeros += other.m_zeros;
    m_sumOfSquares += other.m_sumOfSquares;
}

} // namespace halftone
