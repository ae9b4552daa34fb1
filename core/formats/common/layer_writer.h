// SPDX-License-Identifier: GPL-3.0-or-later
// Writes the nodes of every format. A layer of the file may need several: the writer gives names to nodes and to values
// between them that clash with none of the file, and every node the layer as its origin.
#pragma once

#include "core/formats/common/graph_builder.h"
#include "core/graph/name_index.h"

#include <optional>
#include <string>
#include <vector>

namespace halftone {

class LayerWriter {
public:
    explicit LayerWriter(GraphBuilder& builder);

    GraphBuilder& builder() { return m_builder; }
    const GraphBuilder& builder() const { return m_builder; }

    /// Names of the file, all of them before the first layer. Values are known to the builder by these names.
    void reserveValue(const std::string& name) { m_valueNames.add(name); }
    void reserveLayer(const std::string& name) { m_layerNames.add(name); }

    /// What is added from now on computes this layer of the file, and others that it takes in.
    void startLayer(const std::string& name, std::vector<std::string> earlier = {},
                    const std::vector<std::string>& later = {});
    const std::string& layer() const { return m_layer; }

    /// `base`, or one like it that is no name of a value yet.
    std::string unusedValue(const std::string& base);

    /// The same of a layer.
    std::string unusedLayer(const std::string& base) { return unusedNode(base); }

    /// A node of the current layer; the first one gets its name.
    ValueId add(Op op, std::vector<ValueId> inputs, const std::optional<QuantParams>& grid = {});
    /// The same for an operator with so many results.
    std::vector<ValueId> addSeveral(Op op, std::vector<ValueId> inputs, size_t results);
    /// Operators that each read the result of the one before.
    ValueId addInRow(std::vector<Op> ops, ValueId x);
    /// The layer's node whose results are these values of the file; `grid` is that of the first one.
    void addNamed(Op op, std::vector<ValueId> inputs, const std::vector<std::string>& outputs,
                  const std::optional<QuantParams>& grid = {});
    /// What an operand needs done to it before the layer's own nodes; `suffix` makes the node's name.
    ValueId addBefore(Op op, std::vector<ValueId> inputs);
    void addNamedBefore(Op op, std::vector<ValueId> inputs, const std::string& output, const std::string& suffix);
    /// A constant that the file does not have in this form, named after `base`.
    ValueId constant(const std::string& base, Tensor tensor, const std::optional<QuantParams>& grid = {});

    /// The result of a node is this value of the file. Where it is a value of the file already, an Identity makes the
    /// new one.
    void nameValue(ValueId id, const std::string& name, const std::optional<QuantParams>& grid = {});

private:
    std::string ownName(const Op& op);
    std::string unusedNode(const std::string& base);
    std::vector<ValueId> addNode(std::string name, Op op, std::vector<ValueId> inputs,
                                 const std::vector<std::string>& outputs, const std::optional<QuantParams>& grid);

    GraphBuilder& m_builder;
    NameIndex m_valueNames, m_layerNames;
    std::string m_layer;
    std::vector<std::string> m_origins;
    bool m_layerNamed = false; // a node has the name of the current layer
};

} // namespace halftone
