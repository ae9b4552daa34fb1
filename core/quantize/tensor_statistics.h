// SPDX-License-Identifier: GPL-3.0-or-later
// What calibration remembers of one activation.
#pragma once

#include "core/quantize/range_histogram.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace halftone {

/// The observed range after so many samples.
struct ObservedRange {
    int64_t samples = 0;
    ValueRange range;
    bool operator==(const ObservedRange&) const = default;
};

/// The distribution of the values, and how the range came about sample by sample, in memory that does not grow with the
/// number of samples. The same for any way of cutting the samples into batches. Ends are those of all values; of a
/// large sample the histogram counts a part, spread evenly over it: watching the network must not take much longer than
/// running it.
class TensorStatistics {
public:
    /// Of a sample with at least twice as many values, `counted` to twice as many are counted.
    explicit TensorStatistics(size_t counted = 4096) : m_counted(counted) {}

    /// `elements` hold `batch` samples, of which the first ones have these numbers and count. Values that are not
    /// finite are counted apart and are in nothing else.
    void add(std::span<const float> elements, size_t batch, std::span<const int64_t> samples);
    /// The first part of it, and a copy of the values to be counted; count() does the rest. So the values are looked at
    /// while they are in the caches, and the tensors of a network are counted side by side.
    void look(std::span<const float> elements, size_t batch, std::span<const int64_t> samples);
    void count();

    const RangeHistogram& histogram() const { return m_histogram; }
    int64_t samples() const { return m_samples; }
    /// Of all values: how many were looked at, and how many of these were NaN or infinite.
    int64_t values() const { return m_allValues; }
    int64_t notFinite() const { return m_notFinite; }

    /// The mean of the samples' smallest values, and of their largest.
    ValueRange meanRange() const;
    /// After 1, 2, 5, 10, 20, 50, ... samples and after all.
    std::vector<ObservedRange> growth() const;
    /// After how many samples the range had more than 99 % of its final width; absent when that took all of them.
    std::optional<int64_t> stableAfter() const;
    /// The numbers of the samples that set the ends; the first one where several did.
    int64_t minSample() const { return m_minSample; }
    int64_t maxSample() const { return m_maxSample; }

private:
    /// So many values of samples of which so many each are counted, with the ends of all their values.
    struct Uncounted {
        size_t values = 0, each = 0;
        ValueRange ends;
    };
    void waitFor(std::span<float> chosen, size_t each, std::span<const Extent> extents);
    void note(const Extent& extent, int64_t sample);

    size_t m_counted;
    RangeHistogram m_histogram;
    std::vector<Uncounted> m_uncounted;
    std::vector<float> m_values; // the first m_waiting of them are to be counted
    size_t m_waiting = 0;
    int64_t m_samples = 0, m_finiteSamples = 0; // those that had any finite value
    int64_t m_allValues = 0, m_notFinite = 0;
    ValueRange m_range;
    double m_sumOfMinima = 0, m_sumOfMaxima = 0;
    std::vector<ObservedRange> m_growth;
    std::vector<ObservedRange> m_last; // the steps by which the range grew over its last percent
    int64_t m_minSample = 0, m_maxSample = 0;
};

} // namespace halftone
