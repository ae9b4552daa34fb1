// SPDX-License-Identifier: GPL-3.0-or-later
// The graph while it is built from a file whose feature maps are NHWC: Halftone's own are NCHW. A tensor is turned only
// where the meaning of a layer demands it, and constants are turned (and computed) at once.
#pragma once

#include "core/formats/common/graph_builder.h"
#include "core/formats/tensorflow/operand.h"
#include "core/formats/tensorflow/tensors.h"
#include "core/graph/name_index.h"

#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace halftone::tensorflow_format {

/// Dimension of an NCHW tensor that is dimension `axis` of the file's NHWC tensor.
size_t channelsFirstAxis(size_t axis);

class Network {
public:
    Network(std::string graphName, int64_t maxConstantBytes, BatchChange batch)
        : m_builder(std::move(graphName), batch), m_tensors(maxConstantBytes) {
        m_names.start();
    }

    TensorReader& tensors() { return m_tensors; }
    /// The name of a layer of the file; all of them before the first layer.
    void reserveLayer(const std::string& name) { m_names.add(name); }

    Operand addInput(const std::string& name, ElementType type, const Shape& shape);
    Operand addConstant(const std::string& name, Tensor tensor, const std::optional<QuantParams>& grid = {});

    /// Shape as the file has it, where it is known.
    std::optional<Shape> shape(const Operand& operand) const;
    std::optional<size_t> rank(const Operand& operand) const;

    /// The tensor with the layout of the file, and as NCHW of a tensor of 4 dimensions, for layer `layer`.
    Operand asInFile(const Operand& operand, const std::string& layer);
    Operand channelsFirst(const Operand& operand, const std::string& layer);

    /// Says that the file's feature maps are NHWC, so that pictures are turned before anything else is done to them.
    void setChannelsLast(bool channelsLast) { m_channelsLast = channelsLast; }
    /// The tensor as feature maps of this file are best kept.
    Operand asFeatureMap(const Operand& operand, const std::string& layer) {
        const bool turns = m_channelsLast && !operand.constant && !operand.deferred && rank(operand) == 4U;
        return turns ? channelsFirst(operand, layer) : operand;
    }

    /// Appends a node of layer `layer`; `role` tells further nodes of the same layer apart. Where all operands are
    /// known, the result is computed instead. The result has the layout of the operands. The node also computes
    /// `earlierLayers` of the file.
    Operand emit(const std::string& layer, const std::string& role, Op op, const std::vector<Operand>& inputs,
                 const std::optional<QuantParams>& grid = {}, const std::vector<std::string>& earlierLayers = {});
    /// The operand with its dimensions in another order, grid included.
    Operand permuted(const std::string& layer, const Operand& operand, const std::vector<int64_t>& perm);
    /// A node that is refused later.
    Operand emitOpaque(const std::string& layer, const std::string& reason, const std::vector<Operand>& inputs);

    /// Counts constants that the file has as codes, to be computed with as real numbers.
    void noteCompressedWeights(int64_t elements) { m_compressedWeights += elements; }
    int64_t compressedWeights() const { return m_compressedWeights; }

    /// The graph with these outputs, in the layout of the file and under these names.
    Graph finish(const std::vector<std::pair<std::string, Operand>>& outputs);

private:
    std::string newName(const std::string& layer, const std::string& role);
    std::string use(const Operand& operand);
    Operand fold(const std::string& layer, const std::string& name, Op op, const std::vector<Operand>& inputs);
    Operand turned(const Operand& operand, const std::string& layer, bool toChannelsFirst);

    GraphBuilder m_builder;
    TensorReader m_tensors;
    int64_t m_compressedWeights = 0;
    bool m_channelsLast = false;
    NameIndex m_names;                       // of layers and values
    std::unordered_set<std::string> m_given; // names of layers that a value has
    std::map<const Known*, std::pair<std::shared_ptr<const Known>, std::string>> m_used; // constants of the graph
    std::map<std::pair<std::string, bool>, Operand> m_turned;
};

} // namespace halftone::tensorflow_format
