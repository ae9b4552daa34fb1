// SPDX-License-Identifier: GPL-3.0-or-later
// The network as a value: nodes in topological order, joined by values. Cheap to copy, because constants are
// shared. Passes take a graph and return one.
#pragma once

#include "core/graph/ids.h"
#include "core/graph/name_index.h"
#include "core/graph/op.h"
#include "core/graph/quant_params.h"
#include "core/graph/tensor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace halftone {

/// A tensor that flows between nodes, or a constant.
struct Value {
    std::string name; // unique in the graph
    ElementType type = ElementType::F32;
    Shape shape; // filled by infer()
    /// This tensor lives on this 8-bit grid. Filled by calibration (or by a reader of a quantized model); the
    /// engine alone decides which steps then run in int8. On a constant: the grid to quantize it to. A grid at run time
    /// is for heavy layers that read the tensor; others compute on real numbers.
    std::optional<QuantParams> quant;
    std::optional<Tensor> constant;
    bool operator==(const Value&) const = default;
};

struct Node {
    std::string name; // unique in the graph
    Op op;
    std::vector<ValueId> inputs, outputs;
    /// Layers of the file that this node computes, first the one that gives it its name. Passes join them.
    std::vector<std::string> origins;
    bool keptInFp32 = false; // whatever the grids of its tensors; of layers that are in int8 or not by themselves

    /// The result of a node that has one. Throws Error{Internal} naming a node that has none or several.
    ValueId output() const;
    bool operator==(const Node&) const = default;
};

class Graph {
public:
    std::string name;
    std::vector<ValueId> inputs, outputs; // of the network; inputs exclude constants
    /// The grids of activations are what the network means (a model that was quantized before), not an offer to the
    /// engine: each such tensor is rounded, even where no int8 layer reads it.
    bool gridsAreMeant = false;

    ValueId addValue(Value value);
    /// Adds a constant under this name (made unique if taken).
    ValueId addConstant(std::string name, Tensor tensor);
    /// Appends a node; its inputs must exist. Nodes are kept in the order of insertion.
    NodeId addNode(Node node);

    const std::vector<Value>& values() const { return m_values; }
    const std::vector<Node>& nodes() const { return m_nodes; }
    Value& value(ValueId id) {
        m_valueNames.touch(id);
        return m_values[static_cast<size_t>(id)];
    }
    const Value& value(ValueId id) const { return m_values[static_cast<size_t>(id)]; }
    Node& node(NodeId id) {
        m_nodeNames.touch(id);
        return m_nodes[static_cast<size_t>(id)];
    }
    const Node& node(NodeId id) const { return m_nodes[static_cast<size_t>(id)]; }

    bool isConstant(ValueId id) const { return id != kNoValue && value(id).constant.has_value(); }
    /// The node that makes each value (kNoNode for inputs and constants), indexed by ValueId.
    std::vector<NodeId> producers() const;
    /// The nodes that read each value, in order, once per use. Uses as graph output are not listed.
    std::vector<std::vector<NodeId>> consumers() const;
    bool isOutput(ValueId id) const;

    /// Lets every reader of `from`, graph outputs included, read `to`.
    void replaceUses(ValueId from, ValueId to);
    /// The same for many values at once, at the cost of one: every reader of value i reads replacement[i],
    /// and what that one is replaced by in turn; kNoValue keeps i. For passes that may remove a large part of
    /// the graph.
    void replaceUses(const std::vector<ValueId>& replacement);
    /// Removes the marked nodes (indexed by NodeId); their values stay until compact().
    void removeNodes(const std::vector<bool>& remove);
    /// Drops nodes whose outputs nobody needs and values that nothing refers to; renumbers. Inputs stay.
    void compact();
    /// Sorts the nodes so that producers come before consumers, keeping the order otherwise. Throws
    /// Error{BadInput} naming the nodes of a cycle.
    void sortTopologically();

    /// `base`, or base_2, base_3 ... if a value (node) of this name exists.
    std::string uniqueValueName(const std::string& base) const;
    std::string uniqueNodeName(const std::string& base) const;

    bool operator==(const Graph&) const = default;

private:
    std::vector<Value> m_values;
    std::vector<Node> m_nodes;
    mutable NameIndex m_valueNames, m_nodeNames;
};

} // namespace halftone
