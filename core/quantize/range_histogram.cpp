#include "core/quantize/range_histogram.h"

#include "core/base/error.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

namespace halftone {

namespace {

/// Small enough for any network; its reciprocal times the number of bins is still a float.
constexpr double kSmallestLimit = 0x1p-60;

/// Values that one thread looks at in one go; fewer are not worth waking another.
constexpr size_t kPiece = 1 << 16;

struct Extent {
    float lo = FLT_MAX, hi = -FLT_MAX;
    double squares = 0;
    int64_t zeros = 0;
    bool finite = true;

    void add(const Extent& other) {
        lo = std::min(lo, other.lo);
        hi = std::max(hi, other.hi);
        squares += other.squares;
        zeros += other.zeros;
        finite = finite && other.finite;
    }
};

Extent extentOf(std::span<const float> values) {
    float lo = FLT_MAX, hi = -FLT_MAX;
    double squares = 0;
    int32_t zeros = 0, notFinite = 0;
#pragma omp simd reduction(min : lo) reduction(max : hi) reduction(+ : squares, zeros, notFinite)
    for (size_t i = 0; i < values.size(); ++i) {
        const float x = values[i];
        lo = x < lo ? x : lo;
        hi = x > hi ? x : hi;
        squares += static_cast<double>(x) * static_cast<double>(x);
        zeros += x == 0.0F;
        notFinite += !(std::abs(x) <= FLT_MAX);
    }
    return {lo, hi, squares, zeros, notFinite == 0};
}

/// Uses one or several sets of bins in turn: neighbours often fall into the same bin, and a count that was just written
/// is slow to read.
void countInto(std::vector<uint32_t>& counts, std::span<const float> values, float scale) {
    const size_t mask = counts.size() - 1; // the number of sets and of bins are powers of two
    constexpr size_t block = 256;
    int32_t bins[block];
    for (size_t first = 0; first < values.size(); first += block) {
        const size_t size = std::min(block, values.size() - first);
        for (size_t i = 0; i < size; ++i) {
            const float position = values[first + i] * scale; // exact: the scale is a power of two
            const int32_t towardsZero = static_cast<int32_t>(position);
            bins[i] = towardsZero - (position < static_cast<float>(towardsZero)) + RangeHistogram::binCount / 2;
        }
        for (size_t i = 0; i < size; ++i)
            ++counts[(i * RangeHistogram::binCount & mask) + static_cast<size_t>(bins[i])];
    }
}

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

ValueRange RangeHistogram::add(std::span<const float> values) {
    if (values.empty())
        return {};
    // Pieces of a fixed size, their sums added in order: the same result with any number of threads.
    const size_t pieces = (values.size() + kPiece - 1) / kPiece;
    const auto piece = [&](size_t index) {
        return values.subspan(index * kPiece, std::min(kPiece, values.size() - index * kPiece));
    };
    std::vector<Extent> extents(pieces);
    Extent all;
    float scale = 0;
#pragma omp parallel if (pieces > 1)
    {
#pragma omp for
        for (size_t i = 0; i < pieces; ++i)
            extents[i] = extentOf(piece(i));
#pragma omp single
        {
            for (const Extent& extent : extents)
                all.add(extent);
            if (all.finite)
                growTo(std::max(std::abs(all.lo), std::abs(all.hi)));
            scale = static_cast<float>(binCount / (2 * m_limit));
        }
        if (all.finite) {
            const size_t sets = pieces > 1 ? 4 : 1;
            std::vector<uint32_t> counts(sets * binCount);
#pragma omp for nowait
            for (size_t i = 0; i < pieces; ++i)
                countInto(counts, piece(i), scale);
#pragma omp critical
            for (size_t i = 0; i < counts.size(); ++i)
                m_bins[i % binCount] += counts[i];
        }
    }
    if (!all.finite)
        throw Error(ErrorCode::BadInput, "The tensor has values that are not finite.");
    m_min = m_count ? std::min(m_min, all.lo) : all.lo;
    m_max = m_count ? std::max(m_max, all.hi) : all.hi;
    m_count += static_cast<int64_t>(values.size());
    m_zeros += all.zeros;
    m_sumOfSquares += all.squares;
    return {all.lo, all.hi};
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
