// Statistics of all activations of a network while it runs over the calibration data.
#pragma once

#include "core/graph/graph.h"
#include "core/quantize/tensor_statistics.h"

#include <map>

namespace halftone {

/// Memory does not grow with the number of samples. Feed it from Plan::runObserved.
class Calibration {
public:
    /// `graph` must live as long.
    explicit Calibration(const Graph& graph);

    /// A tensor of one batch: the numbers of the samples that its first rows hold (empty: the whole batch, numbered
    /// on). Throws Error{BadInput} naming the tensor for values that are not finite.
    void observe(ValueId value, std::span<const float> elements, std::span<const int64_t> samples = {});

    const std::map<ValueId, TensorStatistics>& tensors() const { return m_tensors; }

private:
    const Graph& m_graph;
    size_t m_batch;
    std::map<ValueId, TensorStatistics> m_tensors;
};

} // namespace halftone
