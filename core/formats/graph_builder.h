// SPDX-License-Identifier: GPL-3.0-or-later
// Builds the graph while layers are read in the order of execution, and keeps what their readers must know
// about the values read so far: which ones are constant, and which shapes are certain. Where the file leaves the batch
// open, both are followed for two batch sizes: what is the same for both does not depend on it.
#pragma once

#include "core/formats/input_shapes.h"
#include "core/graph/graph.h"
#include "core/graph/shape_rules.h"

#include <array>
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
    /// `shapes` replace those that the file gives for its inputs.
    explicit GraphBuilder(std::string graphName, InputShapes shapes = {}) : m_givenShapes(std::move(shapes)) {
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
    /// The tensor, if it depends neither on the network's inputs nor on the batch size; small results of layers are
    /// computed for this.
    const Tensor* constant(const std::string& name) const;
    const Tensor* constant(ValueId id) const;
    /// The same for two batch sizes, null where it depends on the network's inputs: for settings in which the batch can
    /// be said otherwise (batch_setting.h).
    std::array<const Tensor*, 2> constantForBatches(const std::string& name) const;
    /// The shape for batch 1, where it is known.
    const Shape* shape(const std::string& name) const;
    const Shape* shape(ValueId id) const;
    /// As far as it is known, else f32.
    ElementType type(ValueId id) const;
    std::array<const Shape*, 2> shapeForBatches(ValueId id) const;

    /// The grid that a constant or a value lies on, or null.
    const QuantParams* grid(const std::string& name) const;

    /// Appends a node whose outputs get these names of the file; node.outputs is filled here. `grid` is that of the
    /// first output.
    void addNode(Node node, const std::vector<std::string>& outputs, const std::optional<QuantParams>& grid = {});

    /// A step inside a layer of the file, for layers that are several operators of the graph. The result is called
    /// after layer and operator unless nameValue() gives it a name of the file.
    ValueId addStep(const std::string& layer, Op op, std::vector<ValueId> inputs,
                    const std::optional<QuantParams>& grid = {});
    /// A constant that the file does not have.
    ValueId addOperand(const std::string& layer, Tensor tensor);
    /// The result of a step, made by `layer`, is this value of the file. Where it is a value of the file already, an
    /// Identity makes the new one.
    void nameValue(ValueId id, const std::string& layer, const std::string& name,
                   const std::optional<QuantParams>& grid = {});
    size_t nodeCount() const { return m_graph.nodes().size(); }
    const Node& node(size_t index) const { return m_graph.nodes()[index]; }

    /// Notes that in the file this tensor is codes on this grid; the graph has the real numbers that they mean.
    void markCodes(const std::string& name, const QuantParams& grid) { m_codes.emplace(name, grid); }
    /// The grid of a tensor that is codes in the file, and null for one that is not.
    const QuantParams* codes(const std::string& name) const;

    /// The graph with these outputs; those marked as codes are given as codes. Shapes are as in the file: of inputs and
    /// constants only. Throws Error{Usage} for a
    /// given shape whose input does not exist.
    Graph finish(const std::vector<std::string>& outputs);

private:
    /// What follows from the inputs for one batch size.
    struct Reading {
        std::deque<std::optional<TensorType>> types; // by ValueId; references stay valid
        std::unordered_map<ValueId, Tensor> folded;  // small results that follow from weights and shapes alone
    };

    ValueId addValue(const std::string& valueName, ElementType type);
    void addToGraph(Node node);
    ValueId asCodes(ValueId value, const QuantParams& grid);
    const Tensor* constant(ValueId id, size_t reading) const;
    void infer(const Node& node, Reading& reading);
    void fold(const Node& node, size_t reading);
    const Shape* givenShape(const std::string& name) const;
    void checkGivenShapes() const;

    Graph m_graph;
    InputShapes m_givenShapes;
    std::vector<std::string> m_inputNames; // of the file
    std::vector<Shape> m_inputShapes;      // as in the file, or as given
    std::unordered_map<std::string, ValueId> m_values;
    std::unordered_set<ValueId> m_named;                 // those of m_values
    std::unordered_map<std::string, Tensor> m_constants; // weights
    std::unordered_map<std::string, QuantParams> m_constantGrids, m_codes;
    std::array<Reading, 2> m_readings;
};

} // namespace halftone
