// Builds the graph while layers are read in the order of execution, and keeps what their readers must know
// about the values read so far: which ones are constant, and which shapes are certain.
#pragma once

#include "core/graph/graph.h"

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace halftone {

class GraphBuilder {
public:
    explicit GraphBuilder(std::string graphName) { m_graph.name = std::move(graphName); }

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
    /// The tensor, if it does not depend on the network's inputs; small results of layers are computed for
    /// this.
    const Tensor* constant(const std::string& name) const;
    /// The shape for batch 1, where it is known.
    const Shape* shape(const std::string& name) const;

    /// The grid that a constant or a value lies on, or null.
    const QuantParams* grid(const std::string& name) const;

    /// Appends a node whose outputs get these names of the file; node.outputs is filled here. `grid` is that of the
    /// first output.
    void addNode(Node node, const std::vector<std::string>& outputs, const std::optional<QuantParams>& grid = {});

    /// Notes that in the file this tensor is codes on this grid; the graph has the real numbers that they mean.
    void markCodes(const std::string& name, const QuantParams& grid) { m_codes.emplace(name, grid); }
    /// The grid of a tensor that is codes in the file, and null for one that is not.
    const QuantParams* codes(const std::string& name) const;

    /// The graph with these outputs. Shapes are as in the file: of inputs and constants only.
    Graph finish(const std::vector<std::string>& outputs);

private:
    ValueId addValue(const std::string& name, ElementType type, Shape shape);
    const Tensor* constant(ValueId id) const;
    void inferShapes(const Node& node);
    void fold(const Node& node);

    Graph m_graph;
    std::vector<Shape> m_inputShapes; // as in the file
    std::unordered_map<std::string, ValueId> m_values;
    std::unordered_map<std::string, Tensor> m_constants; // weights
    std::unordered_map<std::string, QuantParams> m_constantGrids, m_codes;
    std::unordered_map<ValueId, Tensor> m_folded; // small results that follow from weights alone
    std::unordered_set<ValueId> m_shapeKnown;
};

} // namespace halftone
