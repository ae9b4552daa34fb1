// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/calibration.h"

#include "core/quantize/batch_rows.h"

#include <numeric>
#include <vector>

namespace halftone {

Calibration::Calibration(const Graph& graph, int64_t samples)
    : m_graph(graph), m_batch(batchOf(graph)), m_counted(static_cast<size_t>(valuesPerSample(samples))) {}

void Calibration::observe(ValueId value, std::span<const float> elements, std::span<const int64_t> samples) {
    TensorStatistics& tensor = m_tensors.try_emplace(value, m_counted).first->second;
    std::vector<int64_t> numbers;
    if (samples.empty()) {
        numbers.resize(m_batch);
        std::iota(numbers.begin(), numbers.end(), tensor.samples());
        samples = numbers;
    }
    tensor.look(elements, m_batch, samples);
    m_uncounted.insert(&tensor);
}

void Calibration::endBatch() {
    const std::vector<TensorStatistics*> uncounted(m_uncounted.begin(), m_uncounted.end());
#pragma omp parallel for schedule(dynamic)
    for (TensorStatistics* tensor : uncounted)
        tensor->count();
    m_uncounted.clear();
}

} // namespace halftone
