// SPDX-License-Identifier: GPL-3.0-or-later
// Samples inside the tensors of a batch: the batch is the outermost dimension of every layout.
#pragma once

#include "core/graph/graph.h"

#include <algorithm>
#include <span>

namespace halftone {

/// Samples in an input of this shape: its first dimension, 1 where it has none.
inline size_t samplesIn(const Shape& input) {
    return input.empty() ? 1 : static_cast<size_t>(input.front());
}

/// How many samples `graph` is bound to: those in its first input.
inline size_t batchOf(const Graph& graph) {
    return graph.inputs.empty() ? 1 : samplesIn(graph.value(graph.inputs.front()).shape);
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
