// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/linear_layer.h"

#include "core/base/block_bytes.h"
#include "core/graph/op_traits.h"

namespace halftone {

namespace {

constexpr size_t weightsInput = 1, biasInput = 2;

bool isPlainFloatConstant(const Graph& graph, ValueId id) {
    return graph.isConstant(id) && graph.value(id).type == ElementType::F32 && !graph.value(id).quant;
}

/// Weights in runs of values that belong to one output channel.
struct WeightRuns {
    size_t count = 0;
    size_t perGroup = 0; // runs of a group: an input channel has one for each output channel of its group
    size_t outputsInGroup = 0;

    size_t channel(size_t run) const { return run / perGroup * outputsInGroup + run % outputsInGroup; }
};

WeightRuns weightRuns(const Node& node, const Shape& weights) {
    const auto dim = [&](size_t i) { return static_cast<size_t>(weights[i]); };
    const auto* transposed = std::get_if<ConvTranspose>(&node.op);
    if (!transposed)
        return {dim(0), dim(0), dim(0)};
    return {dim(0) * dim(1), dim(0) * dim(1) / static_cast<size_t>(transposed->groups), dim(1)};
}

} // namespace

bool takesBias(const Graph& graph, NodeId id) {
    if (id == kNoNode)
        return false;
    const Node& node = graph.node(id);
    const PostOps* postOps = postOpsOf(node.op);
    if (!traitsOf(node.op).bias || !postOps || !postOps->empty())
        return false;
    return !graph.value(node.output()).quant && (!hasBias(node) || isPlainFloatConstant(graph, node.inputs[biasInput]));
}

bool isFoldableLinear(const Graph& graph, NodeId id) {
    return takesBias(graph, id) && isPlainFloatConstant(graph, graph.node(id).inputs[weightsInput]);
}

size_t channelDimension(const Graph& graph, NodeId id) {
    const Node& node = graph.node(id);
    return std::holds_alternative<FullyConnected>(node.op) ? graph.value(node.output()).shape.size() - 1 : 1;
}

std::optional<std::vector<double>> perChannel(const Tensor& constant, const Shape& shape, size_t channel) {
    if (constant.shape.size() > shape.size())
        return std::nullopt;
    const size_t missing = shape.size() - constant.shape.size();
    for (size_t i = 0; i < constant.shape.size(); ++i)
        if (constant.shape[i] != 1 && (i + missing != channel || constant.shape[i] != shape[channel]))
            return std::nullopt;
    std::vector<double> values = constant.toDoubles();
    if (values.size() == 1)
        values.resize(static_cast<size_t>(shape[channel]), values.front());
    return values;
}

void scaleAndShift(Rewriter& rewriter, NodeId id, std::span<const double> scale, std::span<const double> shift) {
    const Graph& graph = rewriter.graph();
    const std::vector<ValueId> inputs = graph.node(id).inputs;
    if (!scale.empty()) {
        const Value& weights = graph.value(inputs[weightsInput]);
        const std::span<const float> old = weights.constant->floats();
        BlockBytes bytes(old.size_bytes());
        auto* scaled = reinterpret_cast<float*>(bytes.data());
        const WeightRuns runs = weightRuns(graph.node(id), weights.shape);
        const size_t length = old.size() / runs.count;
#pragma omp parallel for
        for (size_t run = 0; run < runs.count; ++run)
            for (size_t i = run * length; i < (run + 1) * length; ++i)
                scaled[i] = static_cast<float>(old[i] * scale[runs.channel(run)]);
        rewriter.setConstant(id, weightsInput,
                             Tensor::fromBytes(ElementType::F32, Shape(weights.shape), std::move(bytes)), weights.name);
    }
    std::vector<float> bias(shift.size(), 0.0F);
    std::string biasName = graph.node(id).name + "_bias";
    if (inputs.size() > biasInput && inputs[biasInput] != kNoValue) {
        const Value& old = graph.value(inputs[biasInput]);
        bias = old.constant->toFloats();
        biasName = old.name;
    }
    for (size_t i = 0; i < bias.size(); ++i)
        bias[i] = static_cast<float>(bias[i] * (scale.empty() ? 1.0 : scale[i]) + shift[i]);
    const Shape shape{static_cast<int64_t>(bias.size())};
    rewriter.setConstant(id, biasInput, Tensor::fromFloats(shape, bias), biasName);
}

} // namespace halftone
