#include "core/quantize/tensor_statistics.h"

#include "core/quantize/batch_rows.h"

#include <algorithm>
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

/// Which values of a large sample are counted: runs of neighbours at regular distances. Each run is moved within its
/// stretch by the golden ratio, so that no period of the data, such as its channels, falls into step with them.
class Sieve {
public:
    explicit Sieve(size_t values) : m_values(values), m_stretch(values / kCounted) {}

    bool takesAll() const { return m_stretch < 2; }
    size_t size() const { return takesAll() ? m_values : m_values / (m_stretch * kRun) * kRun; }
    void copy(std::span<const float> sample, std::span<float> chosen) const {
        uint32_t turn = 0; // as a part of 2^32
        for (size_t run = 0; run * kRun < chosen.size(); ++run, turn += 0x9E3779B9U) {
            const size_t within = static_cast<size_t>(uint64_t{turn} * m_stretch >> 32);
            std::memcpy(&chosen[run * kRun], &sample[(run * m_stretch + within) * kRun], kRun * sizeof(float));
        }
    }

private:
    static constexpr size_t kCounted = 4096, kRun = 16;
    size_t m_values, m_stretch;
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
    m_values.clear();
}

void TensorStatistics::look(std::span<const float> elements, size_t batch, std::span<const int64_t> samples) {
    const size_t each = sampleSize(elements, batch);
    elements = firstSamples(elements, batch, samples.size());
    if (elements.empty())
        return;
    const std::vector<ValueRange> ranges = rangesOf(elements, each);
    const Sieve sieve(each);
    const size_t before = m_values.size();
    if (sieve.takesAll())
        m_values.insert(m_values.end(), elements.begin(), elements.end());
    else {
        m_values.resize(before + ranges.size() * sieve.size());
        for (size_t i = 0; i < ranges.size(); ++i)
            sieve.copy(elements.subspan(i * each, each),
                       std::span(m_values).subspan(before + i * sieve.size(), sieve.size()));
    }
    m_uncounted.push_back({m_values.size() - before, sieve.size(), outerRange(ranges)});
    for (size_t i = 0; i < ranges.size(); ++i)
        note(ranges[i], samples[i]);
}

void TensorStatistics::note(ValueRange range, int64_t sample) {
    const bool first = m_samples++ == 0;
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
    if (isMilestone(m_samples))
        m_growth.push_back({m_samples, m_range});
    if (m_last.empty() || width(m_range) > (1 + kSmallestStep) * width(m_last.back().range))
        m_last.push_back({m_samples, m_range});
    std::erase_if(m_last, [&](const ObservedRange& step) { return width(step.range) < kStable * width(m_range); });
}

ValueRange TensorStatistics::meanRange() const {
    const double count = static_cast<double>(std::max<int64_t>(m_samples, 1));
    return {static_cast<float>(m_sumOfMinima / count), static_cast<float>(m_sumOfMaxima / count)};
}

std::vector<ObservedRange> TensorStatistics::growth() const {
    std::vector<ObservedRange> growth = m_growth;
    if (m_samples > 0 && growth.back().samples != m_samples)
        growth.push_back({m_samples, m_range});
    return growth;
}

std::optional<int64_t> TensorStatistics::stableAfter() const {
    if (m_last.empty() || m_last.front().samples == m_samples)
        return std::nullopt;
    return m_last.front().samples;
}

} // namespace halftone
