// SPDX-License-Identifier: GPL-3.0-or-later
// A graph while a pass changes it: knows at any moment who makes and who reads each value, so that a pass is
// one walk over the nodes. NodeIds and ValueIds stay valid until finish().
#pragma once

#include "core/graph/graph.h"

#include <algorithm>

namespace halftone {

/// A tensor without elements.
inline bool isEmpty(const Value& value) {
    return std::ranges::find(value.shape, 0) != value.shape.end();
}

inline bool allAre(const std::vector<int64_t>& values, int64_t wanted) {
    return std::ranges::all_of(values, [&](int64_t value) { return value == wanted; });
}

class Rewriter {
public:
    explicit Rewriter(Graph graph);

    const Graph& graph() const { return m_graph; }
    /// For changes to names, operators and origins. Inputs and outputs change through the functions below.
    Graph& edit() { return m_graph; }
    NodeId nodeCount() const { return static_cast<NodeId>(m_graph.nodes().size()); }
    bool isRemoved(NodeId node) const { return m_removed[static_cast<size_t>(node)]; }

    NodeId producer(ValueId value) const;
    /// The node that alone needs `value`, which may then vanish inside a fused node. kNoNode when there are
    /// more uses, when it is an output of the network, or when it lies on an 8-bit grid (which fusing would
    /// skip).
    NodeId soleReader(ValueId value);
    /// The nodes that read `value`, each once.
    std::vector<NodeId> readers(ValueId value);
    bool isOutput(ValueId value) const { return m_isOutput[static_cast<size_t>(value)]; }

    void setInput(NodeId node, size_t index, ValueId value);
    void setInputs(NodeId node, std::vector<ValueId> inputs);
    /// Gives `node` its own constant as input `index` (appended, or with omitted inputs before it, when it
    /// has fewer inputs). The name of a constant that nobody else reads is kept, `newName` is for the other
    /// cases.
    void setConstant(NodeId node, size_t index, Tensor tensor, const std::string& newName);
    NodeId addNode(Node node);

    /// `node` now makes what `reader` made, and is known to compute the layers of both. Removes `reader`.
    void absorbReader(NodeId node, NodeId reader);
    /// Everything that read the output of `node` reads its first input; the name of an output of the network
    /// stays. False, and nothing done, where the node is needed to carry that name or to change the 8-bit
    /// grid.
    bool bypass(NodeId node);
    /// `node` is known to compute the layers of `other` too, which nobody needs any more and which is removed.
    void takeLayersOf(NodeId node, NodeId other);
    void remove(NodeId node);

    /// The graph in topological order, without what nobody needs, inferred.
    Graph finish() &&;

private:
    bool reads(NodeId node, ValueId value) const;
    void addUse(ValueId value, NodeId reader);
    void moveReaders(ValueId from, ValueId to);
    void grow();

    Graph m_graph;
    std::vector<NodeId> m_producers;
    // Entries of nodes that no longer read the value stay behind until they are in the way: taking each out
    // at once would cost a walk over all readers of a value that many nodes read.
    std::vector<std::vector<NodeId>> m_readers;
    std::vector<size_t> m_useCount;
    std::vector<bool> m_isOutput, m_removed;
};

} // namespace halftone
