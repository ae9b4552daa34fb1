// Statistics of all activations of a network while it runs over the calibration data.
#pragma once

#include "core/graph/graph.h"
#include "core/quantize/range_histogram.h"

#include <map>

namespace halftone {

/// Memory does not grow with the number of samples. Feed it from Plan::runObserved.
class Calibration {
public:
    explicit Calibration(const Graph& graph) : m_graph(graph) {}

    /// Throws Error{BadInput} naming the tensor for values that are not finite.
    void observe(ValueId value, std::span<const float> elements);

    const std::map<ValueId, RangeHistogram>& tensors() const { return m_tensors; }

private:
    const Graph& m_graph;
    std::map<ValueId, RangeHistogram> m_tensors;
};

} // namespace halftone
