// SPDX-License-Identifier: GPL-3.0-or-later
// How much of other samples the chosen grids would clip.
#pragma once

#include "core/graph/graph.h"

#include <map>
#include <span>

namespace halftone {

/// Counts every value of every activation that has a grid in `quantized`. Feed it from Plan::runObserved of the fp32
/// plan.
class ClippedCounts {
public:
    /// `quantized` must live as long.
    explicit ClippedCounts(const Graph& quantized) : m_graph(quantized) {}

    /// A tensor of one batch, of which the first `samples` count. Values that are not finite count as clipped.
    void observe(ValueId value, std::span<const float> elements, int64_t samples);

    /// Of the observed values more than half a step outside the grid, by tensor: nearer ones are rounded to its ends.
    std::map<ValueId, double> shares() const;

private:
    struct Count {
        int64_t all = 0, clipped = 0;
    };
    const Graph& m_graph;
    std::map<ValueId, Count> m_counts;
};

} // namespace halftone
