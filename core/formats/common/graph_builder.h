// SPDX-License-Identifier: GPL-3.0-or-later
// Builds the graph while layers are read in the order of execution, and keeps what their readers must know
// about the values read so far: which ones are constant, and their shapes. All sizes are numbers here, so that
// arithmetic on shapes gives constants.
#pragma once

#include "core/formats/common/batch_change.h"
#include "core/graph/graph.h"
#include "core/graph/shape_rules.h"

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace halftone {

class GraphBuilder {
public:
    explicit GraphBuilder(std::string graphName, BatchChange batch = {}) : m_batch(batch) {
        m_graph.name = std::move(graphName);
    }

    /// Values are known by the names of the file, which are unique; the graph gets displayable ones.
    /// `grid`: the network is fed numbers on this grid.
    void addInput(const std::string& name, ElementType type, const Shape& shape,
                  const std::optional<QuantParams>& grid = {});
    /// A weight, on its grid where it was quantized. It becomes part of the graph only when a layer takes it as an
    /// operand.
    void addConstant(const std::string& name, Tensor tensor, const std::optional<QuantParams>& grid = {});
    bool isConstant(const std::string& name) const { return m_constants.contains(name); }

    /// The value of this name as an operand. It must be an input, a constant or an output of an earlier node.
    ValueId use(const std::string& name);
    /// The tensor, if it does not depend on the network's inputs but for their shapes; small results of layers are
    /// computed for this.
    const Tensor* constant(const std::string& name) const;
    const Tensor* constant(ValueId id) const;
    /// The shape, where it is known: it is not behind an Opaque node.
    const Shape* shape(const std::string& name) const;
    const Shape* shape(ValueId id) const;
    /// As far as it is known, else f32.
    ElementType type(ValueId id) const;

    /// The grid that a constant or a value lies on, or null.
    const QuantParams* grid(const std::string& name) const;

    /// Appends a node whose outputs are called so; node.outputs is filled here. `grid` is that of the first output.
    /// Targets of a Reshape and sizes of a Resize are as in the file, and become numbers here. Layers are written by a
    /// LayerWriter, which knows how nodes and values are called.
    std::vector<ValueId> addNode(Node node, const std::vector<std::string>& outputs,
                                 const std::optional<QuantParams>& grid = {});
    /// Throws Error{BadInput} where this node cannot have a shape; addNode() leaves that to infer().
    void requireShapes(Node node) const;
    /// From now on this value is known, and called, by this name of the file. False where it cannot be: it has a name
    /// of the file already, or is a constant.
    bool nameValue(ValueId id, const std::string& name);
    void setGrid(ValueId id, const std::optional<QuantParams>& grid);
    size_t nodeCount() const { return m_graph.nodes().size(); }
    const Node& node(size_t index) const { return m_graph.nodes()[index]; }

    /// Notes that in the file this tensor is codes on this grid; the graph has the real numbers that they mean.
    void markCodes(const std::string& name, const QuantParams& grid) { m_codes.emplace(name, grid); }
    /// The grid of a tensor that is codes in the file, and null for one that is not.
    const QuantParams* codes(const std::string& name) const;

    /// A value of the file that is a list of tensors. Its elements and their number are known: no layer is needed to
    /// make it.
    void addList(const std::string& name, std::vector<ValueId> elements) { m_lists[name] = std::move(elements); }
    /// A value of the file that is there in name only: an optional without an element.
    void addMissing(const std::string& name) { m_missing.insert(name); }
    bool isMissing(const std::string& name) const { return m_missing.contains(name); }
    /// Its elements, and null for a tensor.
    const std::vector<ValueId>* list(const std::string& name) const;

    /// The graph with these outputs; those marked as codes are given as codes. Only inputs and constants have shapes:
    /// infer() gives the others theirs, or says why a layer cannot have one.
    Graph finish(const std::vector<std::string>& outputs);

private:
    ValueId addValue(const std::string& valueName, ElementType type);
    ValueId addOperand(const std::string& valueName, Tensor tensor);
    void addToGraph(Node node);
    void inNumbers(Node& node) const;
    ValueId asCodes(ValueId value, const QuantParams& grid);
    std::optional<Results> resultsOf(const Node& node) const;
    void infer(const Node& node);
    void fold(const Node& node);

    Graph m_graph;
    BatchChange m_batch;
    std::unordered_map<std::string, ValueId> m_values;
    std::unordered_set<ValueId> m_named;                 // those of m_values
    std::unordered_map<std::string, Tensor> m_constants; // weights
    std::unordered_map<std::string, QuantParams> m_constantGrids, m_codes;
    std::unordered_map<std::string, std::vector<ValueId>> m_lists;
    std::unordered_set<std::string> m_missing;
    std::deque<std::optional<TensorType>> m_types; // by ValueId; references stay valid
    std::unordered_map<ValueId, Tensor> m_folded;  // small results that follow from weights and shapes alone
};

} // namespace halftone
