// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/tensor_statistics.h"

#include "core/quantize/batch_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace halftone {

namespace {

/// Steps of the range that are smaller than this part of it are not remembered one by one, which bounds their number.
constexpr double kSmallestStep = 1e-4;
constexpr double kStable = 0.99;

double width(ValueRange range) {
    return static_cast<double>(range.hi) - static_cast<double>(range.lo);
}

/// 1, 2, 5, 10, 20, 50, ...
bool isMilestone(int64_t samples) {
    while (samples % 10 == 0)
        samples /= 10;
    return samples == 1 || samples == 2 || samples == 5;
}

/// Which values of a large sample are counted: runs of neighbours, one of each stretch. Each run is moved within its
/// stretch by the golden ratio, on from sample to sample, so that no period of the data, such as its channels, falls
/// into step with them and other places are seen in each sample.
class Sieve {
public:
    Sieve(size_t values, size_t counted)
        : m_stretch(values / counted < 2 ? 1 : values / counted * kRun), m_values(values) {}

    /// How many values are counted of each sample.
    size_t size() const { return m_stretch == 1 ? m_values : m_values / m_stretch * kRun; }
    /// Copies those that are counted among `count` values from `first` on, which starts a stretch, of the sample with
    /// this number.
    void copy(std::span<const float> sample, size_t number, size_t first, size_t count, std::span<float> chosen) const {
        if (m_stretch == 1) {
            std::ranges::copy(sample.subspan(first, count), chosen.begin() + static_cast<ptrdiff_t>(first));
            return;
        }
        const size_t end = std::min((first + count) / m_stretch, chosen.size() / kRun);
        for (size_t run = first / m_stretch; run < end; ++run) {
            const uint32_t turn =
                static_cast<uint32_t>(number * (size() / kRun) + run) * 0x9E3779B9U; // as a part of 2^32
            const size_t within = static_cast<size_t>(uint64_t{turn} * (m_stretch / kRun) >> 32);
            std::memcpy(&chosen[run * kRun], &sample[run * m_stretch + within * kRun], kRun * sizeof(float));
        }
    }
    /// Values of a part that is worth a thread of its own.
    size_t part() const { return (kWorthSharing + m_stretch - 1) / m_stretch * m_stretch; }

private:
    static constexpr size_t kRun = 16;
    size_t m_stretch, m_values; // one value stands for a stretch where all are counted
};

} // namespace

void TensorStatistics::add(std::span<const float> elements, size_t batch, std::span<const int64_t> samples) {
    look(elements, batch, samples);
    count();
}

void TensorStatistics::count() {
    size_t first = 0;
    for (const Uncounted& part : m_uncounted) {
        m_histogram.add(std::span(m_values).subspan(first, part.values), part.each, part.ends);
        first += part.values;
    }
    m_uncounted.clear();
    m_waiting = 0;
}

void TensorStatistics::look(std::span<const float> elements, size_t batch, std::span<const int64_t> samples) {
    const size_t each = sampleSize(elements, batch);
    elements = firstSamples(elements, batch, samples.size());
    if (elements.empty())
        return;
    const Sieve sieve(each, m_counted);
    const size_t count = elements.size() / each;
    if (m_values.size() < m_waiting + count * sieve.size())
        m_values.resize(m_waiting + count * sieve.size());
    const auto chosen = std::span(m_values).subspan(m_waiting, count * sieve.size());
    const size_t part = sieve.part(), parts = (each + part - 1) / part;
    std::vector<Extent> extents(count * parts);
    const auto seen = static_cast<size_t>(m_samples);
#pragma omp parallel for if (elements.size() > kWorthSharing)
    for (size_t i = 0; i < extents.size(); ++i) {
        const auto sample = elements.subspan(i / parts * each, each);
        const size_t first = i % parts * part, some = std::min(part, each - first);
        extents[i] = extentOf(sample.subspan(first, some));
        sieve.copy(sample, seen + i / parts, first, some, chosen.subspan(i / parts * sieve.size(), sieve.size()));
    }
    for (size_t i = 0; i < count; ++i) {
        Extent extent = extents[i * parts];
        for (size_t k = 1; k < parts; ++k)
            extent = extent | extents[i * parts + k];
        note(extent, samples[i]);
        extents[i] = extent; // of the whole sample, from here on
    }
    m_allValues += static_cast<int64_t>(elements.size());
    waitFor(chosen, sieve.size(), std::span(extents).first(count));
}

/// The chosen values, `each` of every sample, are to be counted. Where some are not finite, the others move together,
/// and every sample stands for itself, so that sums are taken in the same order whatever the batch was.
void TensorStatistics::waitFor(std::span<float> chosen, size_t each, std::span<const Extent> extents) {
    if (std::ranges::all_of(extents, [](const Extent& extent) { return extent.notFinite == 0; })) {
        Extent all = extents.front();
        for (const Extent& extent : extents)
            all = all | extent;
        m_uncounted.push_back({chosen.size(), each, all.range});
        m_waiting += chosen.size();
        return;
    }
    size_t kept = 0;
    for (size_t i = 0; i < extents.size(); ++i) {
        const size_t before = kept;
        for (const float value : chosen.subspan(i * each, each))
            if (std::isfinite(value))
                chosen[kept++] = value;
        if (kept > before)
            m_uncounted.push_back({kept - before, kept - before, extents[i].range});
    }
    m_waiting += kept;
}

void TensorStatistics::note(const Extent& extent, int64_t sample) {
    ++m_samples;
    m_notFinite += extent.notFinite;
    const ValueRange& range = extent.range;
    if (extent.hasFinite()) {
        const bool first = m_finiteSamples++ == 0;
        if (first || range.lo < m_range.lo) {
            m_range.lo = range.lo;
            m_minSample = sample;
        }
        if (first || range.hi > m_range.hi) {
            m_range.hi = range.hi;
            m_maxSample = sample;
        }
        m_sumOfMinima += static_cast<double>(range.lo);
        m_sumOfMaxima += static_cast<double>(range.hi);
    }
    if (m_finiteSamples == 0)
        return;
    if (isMilestone(m_samples))
        m_growth.push_back({m_samples, m_range});
    if (m_last.empty() || width(m_range) > (1 + kSmallestStep) * width(m_last.back().range))
        m_last.push_back({m_samples, m_range});
    std::erase_if(m_last, [&](const ObservedRange& step) { return width(step.range) < kStable * width(m_range); });
}

ValueRange TensorStatistics::meanRange() const {
    const double count = static_cast<double>(std::max<int64_t>(m_finiteSamples, 1));
    return {static_cast<float>(m_sumOfMinima / count), static_cast<float>(m_sumOfMaxima / count)};
}

std::vector<ObservedRange> TensorStatistics::growth() const {
    std::vector<ObservedRange> growth = m_growth;
    if (m_finiteSamples > 0 && (growth.empty() || growth.back().samples != m_samples))
        growth.push_back({m_samples, m_range});
    return growth;
}

std::optional<int64_t> TensorStatistics::stableAfter() const {
    if (m_last.empty() || m_last.front().samples == m_samples)
        return std::nullopt;
    return m_last.front().samples;
}

} // namespace halftone
