// SPDX-License-Identifier: GPL-3.0-or-later
// Maximum flow and minimum cut of a network (Dinic 1970), in whole numbers, so that it always ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace halftone {

class MaxFlow {
public:
    explicit MaxFlow(int nodes) : m_arcsOf(static_cast<size_t>(nodes)) {}

    int addNode();
    /// Capacities are at least 0; several arcs between two nodes add up.
    void addArc(int from, int to, int64_t capacity);
    /// The largest flow, which is the capacity of the smallest cut. Called once.
    int64_t run(int source, int sink);
    /// After run(), by node: the source's side of the smallest cut, of several the one with the most nodes.
    std::vector<bool> sourceSide(int sink) const;

private:
    struct Arc {
        int to;
        int64_t
            left; // capacity that is not used; the arc back stands beside it, at the index with the last bit flipped
    };
    bool findLevels(int source, int sink);
    int64_t push(int node, int sink, int64_t most);

    std::vector<Arc> m_arcs;
    std::vector<std::vector<int>> m_arcsOf; // by node: indices into m_arcs
    std::vector<int> m_levels;
    std::vector<size_t> m_tried; // by node: arcs that are of no more use in this phase
};

} // namespace halftone
