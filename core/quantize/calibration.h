// SPDX-License-Identifier: GPL-3.0-or-later
// Statistics of all activations of a network while it runs over the calibration data.
#pragma once

#include "core/graph/graph.h"
#include "core/quantize/sample_share.h"
#include "core/quantize/tensor_statistics.h"

#include <map>
#include <set>

namespace halftone {

/// Memory does not grow with the number of samples. Feed it from Plan::runObserved.
class Calibration {
public:
    /// `graph` must live as long. The more samples are to come, the less of each is counted (sample_share.h).
    explicit Calibration(const Graph& graph, int64_t samples = kFullyCountedSamples);

    /// A tensor of one batch: the numbers of the samples that its first rows hold (empty: the whole batch, numbered
    /// on).
    void observe(ValueId value, std::span<const float> elements, std::span<const int64_t> samples = {});
    /// After the last tensor of a batch: counts what was observed, all tensors side by side.
    void endBatch();

    const std::map<ValueId, TensorStatistics>& tensors() const { return m_tensors; }

private:
    const Graph& m_graph;
    size_t m_batch, m_counted;
    std::map<ValueId, TensorStatistics> m_tensors;
    std::set<TensorStatistics*> m_uncounted;
};

} // namespace halftone
