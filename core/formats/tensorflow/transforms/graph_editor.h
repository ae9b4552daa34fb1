// SPDX-License-Identifier: GPL-3.0-or-later
// Finds and changes nodes of a GraphDef by name.
#pragma once

#include "core/formats/tensorflow/messages.h"
#include "core/formats/tensorflow/outline.h"
#include "core/graph/tensor.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace halftone::tensorflow_format {

const graphdef::AttrValue* attributeOf(const graphdef::NodeDef& node, std::string_view key);
/// The attribute, added where it is missing.
graphdef::AttrValue& attributeFor(graphdef::NodeDef& node, std::string_view key);

/// A Const node with this tensor.
graphdef::NodeDef constantNode(const std::string& name, const Tensor& tensor, graphdef::DataType type);
/// Its tensor; throws as TensorReader::read().
Tensor constantOf(const graphdef::NodeDef& node);

/// The inputs of a node that are data, without ports. A name may repeat.
std::vector<std::string> dataInputs(const graphdef::NodeDef& node);

/// A look at a graph that is valid until nodes are added or removed.
class GraphIndex {
public:
    explicit GraphIndex(graphdef::GraphDef& graph);

    /// Null when there is none.
    graphdef::NodeDef* find(std::string_view name) const;
    /// How many inputs refer to a node, control inputs included.
    int readers(std::string_view name) const;
    /// Whether one of them refers to another result of it than the first.
    bool hasFurtherResultsRead(std::string_view name) const { return m_furtherRead.contains(std::string(name)); }
    /// The node behind data input `index`, whose result 0 it must be; null otherwise.
    graphdef::NodeDef* input(const graphdef::NodeDef& node, int index) const;
    /// The same, when it is a Const of floats that nobody else reads.
    graphdef::NodeDef* ownWeights(const graphdef::NodeDef& node, int index) const;

private:
    std::unordered_map<std::string, graphdef::NodeDef*> m_nodes;
    std::unordered_map<std::string, int> m_readers;
    std::unordered_set<std::string> m_furtherRead;
};

/// Removes the nodes of these names.
void removeNamed(graphdef::GraphDef& graph, const std::unordered_set<std::string>& names);

/// Names of all nodes that `outputs` need, control dependencies included, stopping at `inputs`. Throws Error{Usage} for
/// an output that the graph does not have.
std::unordered_set<std::string> neededBy(const graphdef::GraphDef& graph, const std::vector<std::string>& outputs,
                                         const std::vector<std::string>& inputs);

} // namespace halftone::tensorflow_format
