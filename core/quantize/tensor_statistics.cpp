#include "core/quantize/tensor_statistics.h"

#include <algorithm>

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

} // namespace

void TensorStatistics::add(std::span<const float> elements, int64_t rows, int64_t samples) {
    if (elements.empty())
        return;
    const auto parts = static_cast<size_t>(rows);
    if (elements.size() % parts != 0) {
        note(m_histogram.add(elements));
        return;
    }
    const size_t each = elements.size() / parts;
    for (int64_t i = 0; i < samples; ++i)
        note(m_histogram.add(elements.subspan(static_cast<size_t>(i) * each, each)));
}

void TensorStatistics::note(ValueRange sample) {
    const int64_t index = m_samples++;
    if (index == 0 || sample.lo < m_range.lo) {
        m_range.lo = sample.lo;
        m_minSample = index;
    }
    if (index == 0 || sample.hi > m_range.hi) {
        m_range.hi = sample.hi;
        m_maxSample = index;
    }
    m_sumOfMinima += static_cast<double>(sample.lo);
    m_sumOfMaxima += static_cast<double>(sample.hi);
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
