// Samples inside the tensors of a batch: the batch is the outermost dimension of every layout.
#pragma once

#include "core/graph/graph.h"

#include <algorithm>
#include <span>

namespace halftone {

/// How many samples `graph` is bound to: the first dimension of its first input.
inline size_t batchOf(const Graph& graph) {
    if (graph.inputs.empty() || graph.value(graph.inputs.front()).shape.empty())
        return 1;
    return static_cast<size_t>(graph.value(graph.inputs.front()).shape.front());
}

/// Elements of one sample. A tensor whose size is no multiple of the batch has no batch dimension and counts as one
/// sample.
inline size_t sampleSize(std::span<const float> elements, size_t batch) {
    return elements.size() % batch == 0 ? elements.size() / batch : elements.size();
}

/// The elements of the first `samples` samples; the rest of the last batch only fills it up.
inline std::span<const float> firstSamples(std::span<const float> elements, size_t batch, size_t samples) {
    return elements.first(std::min(elements.size(), samples * sampleSize(elements, batch)));
}

} // namespace halftone
