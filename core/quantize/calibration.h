// Statistics of all activations of a network while it runs over the calibration data.
#pragma once

#include "core/graph/graph.h"
#include "core/quantize/tensor_statistics.h"

#include <map>

namespace halftone {

/// Memory does not grow with the number of samples. Feed it from Plan::runObserved.
class Calibration {
public:
    /// `graph` must live as long; its batch is the first dimension of its first input.
    explicit Calibration(const Graph& graph);

    /// A tensor of one batch, the samples one behind the other, of which the first `samples` count (0: all). Throws
    /// Error{BadInput} naming the tensor for values that are not finite.
    void observe(ValueId value, std::span<const float> elements, int64_t samples = 0);

    const std::map<ValueId, TensorStatistics>& tensors() const { return m_tensors; }

private:
    const Graph& m_graph;
    int64_t m_batch;
    std::map<ValueId, TensorStatistics> m_tensors;
};

} // namespace halftone
