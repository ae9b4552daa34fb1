// SPDX-License-Identifier: GPL-3.0-or-later
// The distribution of one tensor over any number of samples, in constant memory.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace halftone {

struct ValueRange {
    float lo = 0, hi = 0;
    bool operator==(const ValueRange&) const = default;
};

/// The smallest and the largest of those among some values that are finite (lo > hi where none is), and how many are
/// not.
struct Extent {
    ValueRange range;
    int64_t notFinite = 0;
    bool hasFinite() const { return range.lo <= range.hi; }
};
Extent extentOf(std::span<const float> values);
/// Of both.
Extent operator|(const Extent& a, const Extent& b);

/// Values that one thread looks at in one go; fewer are not worth waking another.
constexpr size_t kWorthSharing = 1 << 13;

/// Counts of equal bins over [-limit, limit). The limit is a power of two that doubles when a value falls outside;
/// pairs of bins are then joined, so no sample has to be seen twice and the bins do not depend on how the data was cut
/// into batches.
class RangeHistogram {
public:
    static constexpr int binCount = 4096;

    /// A value that is met exactly, over and over.
    struct Atom {
        double value = 0;
        int64_t count = 0;
    };

    /// Throws Error{BadInput} for values that are not finite; the message does not name the tensor.
    void add(std::span<const float> values);
    /// Counts some values of a tensor that has these ends, piece by piece; the result does not depend on how many
    /// pieces are given at once.
    void add(std::span<const float> values, size_t piece, ValueRange ends);
    /// Adds all that the other one counted.
    void join(const RangeHistogram& other);

    int64_t count() const { return m_count; }
    int64_t zeros() const { return m_zeros; } // exact zeros, as ReLU makes them
    /// 0 while nothing was added.
    float min() const { return m_count ? m_min : 0; }
    float max() const { return m_count ? m_max : 0; }
    double sumOfSquares() const { return m_sumOfSquares; }

    /// Exact zeros, as ReLU makes them, and values exactly at the ends, as clipping and many activations make them:
    /// each value once, of those that were counted.
    std::vector<Atom> atoms() const;
    /// The bins without these: values that are taken to lie evenly inside each bin, between the ends.
    std::vector<int64_t> evenBins() const;

    double limit() const { return m_limit; }
    double binWidth() const { return 2 * m_limit / binCount; }
    double binStart(int bin) const { return -m_limit + bin * binWidth(); }
    std::span<const int64_t> bins() const { return std::span(m_bins).first(m_bins.empty() ? 0 : binCount); }

    bool operator==(const RangeHistogram&) const = default;

private:
    void growTo(float magnitude);
    void moveEnds(ValueRange ends);
    size_t binOf(double value) const;

    std::vector<int64_t> m_bins; // and some more, which are zero but while values are counted
    double m_limit = 0;
    float m_min = 0, m_max = 0;
    int64_t m_count = 0, m_zeros = 0, m_atMin = 0, m_atMax = 0; // the last two: values equal to the ends
    double m_sumOfSquares = 0;
};

} // namespace halftone
