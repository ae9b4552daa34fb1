// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/equalization.h"

#include "core/graph/op_traits.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace halftone {

namespace {

constexpr int kMaxRounds = 20;
constexpr double kSettled = 1.01; // largest factor of a round after which no other follows

/// Weights of a layer, to be changed in place: [outputs, inputs of a group, taps].
struct Weights {
    std::vector<float> values;
    size_t outputs = 0, inputs = 0, taps = 1;
    size_t groups = 1;
    std::vector<float> bias; // empty without

    /// Weights that read input channel i, one after the other.
    template <class Visit> void readers(size_t channel, const Visit& visit) {
        const size_t group = channel / inputs, ofGroup = outputs / groups;
        for (size_t output = group * ofGroup; output < (group + 1) * ofGroup; ++output)
            for (size_t tap = 0; tap < taps; ++tap)
                visit(values[(output * inputs + channel % inputs) * taps + tap]);
    }
    /// Weights that make output channel i.
    template <class Visit> void writers(size_t channel, const Visit& visit) {
        for (size_t i = 0; i < inputs * taps; ++i)
            visit(values[channel * inputs * taps + i]);
    }
};

bool isHomogeneous(const PostOps& postOps) {
    return std::ranges::all_of(postOps, [](const PostOp& postOp) {
        const auto* unary = std::get_if<Unary>(&postOp);
        return unary && (unary->kind == UnaryKind::Relu || unary->kind == UnaryKind::LeakyRelu);
    });
}

/// Weights of one tensor whose rows are the output channels.
bool hasRows(const Op& op) {
    const auto weights = weightOperands(op);
    return weights.size() == 1 && weights.front().outputDimension == 0;
}

/// Weights and bias are constants of this layer alone.
bool isOwn(const Graph& graph, const std::vector<std::vector<NodeId>>& consumers, const Node& node) {
    for (const size_t operand : parameterOperands(node.op)) {
        const ValueId value = operand < node.inputs.size() ? node.inputs[operand] : kNoValue;
        if (value != kNoValue && (!graph.isConstant(value) || consumers[static_cast<size_t>(value)].size() > 1))
            return false;
    }
    return true;
}

Weights weightsOf(const Graph& graph, const Node& node) {
    const Tensor& tensor = *graph.value(node.inputs[1]).constant;
    Weights weights;
    weights.values = tensor.toFloats();
    weights.outputs = static_cast<size_t>(tensor.shape[0]);
    weights.inputs = static_cast<size_t>(tensor.shape[1]);
    weights.taps = weights.values.size() / (weights.outputs * weights.inputs);
    if (const auto* conv = std::get_if<Conv>(&node.op))
        weights.groups = static_cast<size_t>(conv->groups);
    if (hasBias(node))
        weights.bias = graph.value(node.inputs[2]).constant->toFloats();
    return weights;
}

struct Pair {
    NodeId first, second;
};

std::vector<Pair> pairsOf(const Graph& graph) {
    const auto consumers = graph.consumers();
    std::vector<Pair> pairs;
    for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id) {
        const Node& node = graph.node(id);
        if (!hasRows(node.op) || !isOwn(graph, consumers, node) || !isHomogeneous(*postOpsOf(node.op)))
            continue;
        const ValueId result = node.output();
        const auto& readers = consumers[static_cast<size_t>(result)];
        if (readers.size() != 1 || graph.isOutput(result))
            continue;
        const Node& reader = graph.node(readers.front());
        // A fully connected layer over more than rows has its channels elsewhere.
        const bool channelsMatch = reader.op.index() == node.op.index() &&
                                   (std::holds_alternative<Conv>(node.op) || graph.value(result).shape.size() == 2);
        if (channelsMatch && reader.inputs[0] == result && isOwn(graph, consumers, reader))
            pairs.push_back({id, readers.front()});
    }
    return pairs;
}

/// The largest factor that a channel changed by.
double equalizePair(Weights& first, Weights& second) {
    double largest = 1;
    for (size_t channel = 0; channel < first.outputs; ++channel) {
        double before = 0, after = 0;
        first.writers(channel, [&](float weight) { before = std::max(before, std::abs(static_cast<double>(weight))); });
        second.readers(channel, [&](float weight) { after = std::max(after, std::abs(static_cast<double>(weight))); });
        const double factor = std::sqrt(before / after);
        if (!(factor > 0) || !std::isfinite(factor)) // a channel of zeros
            continue;
        const auto divide = [&](float& weight) { weight = static_cast<float>(static_cast<double>(weight) / factor); };
        first.writers(channel, divide);
        if (!first.bias.empty())
            divide(first.bias[channel]);
        second.readers(channel,
                       [&](float& weight) { weight = static_cast<float>(static_cast<double>(weight) * factor); });
        largest = std::max({largest, factor, 1 / factor});
    }
    return largest;
}

} // namespace

Graph equalize(Graph graph) {
    const std::vector<Pair> pairs = pairsOf(graph);
    std::map<NodeId, Weights> weights;
    for (const Pair& pair : pairs)
        for (const NodeId id : {pair.first, pair.second})
            if (!weights.contains(id))
                weights.emplace(id, weightsOf(graph, graph.node(id)));
    for (int round = 0; round < kMaxRounds; ++round) {
        double largest = 1;
        for (const Pair& pair : pairs)
            largest = std::max(largest, equalizePair(weights.at(pair.first), weights.at(pair.second)));
        if (largest < kSettled)
            break;
    }
    for (const auto& [id, changed] : weights) {
        const std::vector<ValueId>& inputs = graph.node(id).inputs;
        const auto store = [&](ValueId value, const std::vector<float>& values) {
            Value& constant = graph.value(value);
            constant.constant = Tensor::fromFloats(constant.shape, values);
            constant.type = ElementType::F32;
        };
        store(inputs[1], changed.values);
        if (!changed.bias.empty())
            store(inputs[2], changed.bias);
    }
    return graph;
}

} // namespace halftone
