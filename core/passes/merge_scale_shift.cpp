// SPDX-License-Identifier: GPL-3.0-or-later
// Normalizations (and other scales and shifts of channels) that exporters write out as arithmetic with constants.
#include "core/passes/linear_layer.h"
#include "core/passes/passes.h"

#include <algorithm>
#include <cmath>

namespace halftone {

namespace {

/// x * scale + shift, one of each for every channel.
struct ScaleShift {
    std::vector<double> scale, shift;
    bool byChannel = false; // not one number for all
    bool scales = false;
};

bool isFinite(const ScaleShift& affine) {
    const auto finite = [](double x) { return std::isfinite(static_cast<float>(x)); };
    return std::ranges::all_of(affine.scale, finite) && std::ranges::all_of(affine.shift, finite);
}

/// The operand that is no constant, and what becomes of it. A constant on a grid belongs to int8 arithmetic.
std::optional<ScaleShift> ofBinary(const Graph& graph, const Node& node, ValueId& x) {
    const auto* binary = std::get_if<Binary>(&node.op);
    if (!binary || !binary->postOps.empty())
        return std::nullopt;
    const size_t side = graph.isConstant(node.inputs[0]) ? 0 : 1;
    const Value& operand = graph.value(node.inputs[side]);
    x = node.inputs[1 - side];
    const Shape& shape = graph.value(x).shape;
    if (!operand.constant || graph.isConstant(x) || operand.type != ElementType::F32 || operand.quant ||
        graph.value(x).type != ElementType::F32 || shape.size() <= kChannel)
        return std::nullopt;
    const auto numbers = perChannel(*operand.constant, shape, kChannel);
    if (!numbers)
        return std::nullopt;
    const size_t channels = numbers->size();
    ScaleShift result{std::vector<double>(channels, 1), std::vector<double>(channels, 0),
                      operand.constant->elements() > 1, false};
    const bool constantFirst = side == 0;
    switch (binary->kind) {
    case BinaryKind::Add: result.shift = *numbers; break;
    case BinaryKind::Sub: // c - x is -1 * x + c
        result.shift = *numbers;
        if (constantFirst)
            std::ranges::fill(result.scale, -1.0);
        else
            std::ranges::transform(*numbers, result.shift.begin(), std::negate<>());
        result.scales = constantFirst;
        break;
    case BinaryKind::Mul:
        result.scale = *numbers;
        result.scales = true;
        break;
    case BinaryKind::Div:
        if (constantFirst)
            return std::nullopt;
        std::ranges::transform(*numbers, result.scale.begin(), [](double number) { return 1 / number; });
        result.scales = true;
        break;
    default: return std::nullopt;
    }
    return result;
}

std::optional<ScaleShift> ofBatchNorm(const Graph& graph, const Node& node, ValueId& x) {
    const auto* norm = std::get_if<BatchNorm>(&node.op);
    if (!norm || !norm->postOps.empty())
        return std::nullopt;
    for (size_t i = 1; i < 5; ++i)
        if (!graph.isConstant(node.inputs[i]))
            return std::nullopt;
    x = node.inputs[0];
    const auto values = [&](size_t input) { return graph.value(node.inputs[input]).constant->toDoubles(); };
    const std::vector<double> gamma = values(1), beta = values(2), mean = values(3), variance = values(4);
    ScaleShift result{{}, {}, true, true};
    for (size_t c = 0; c < gamma.size(); ++c) {
        result.scale.push_back(gamma[c] / std::sqrt(variance[c] + norm->epsilon));
        result.shift.push_back(beta[c] - mean[c] * result.scale.back());
    }
    return result;
}

std::optional<ScaleShift> scaleShiftOf(const Graph& graph, NodeId id, ValueId& x) {
    if (id == kNoNode)
        return std::nullopt;
    auto result = ofBinary(graph, graph.node(id), x);
    if (!result)
        result = ofBatchNorm(graph, graph.node(id), x);
    return result && isFinite(*result) ? result : std::nullopt;
}

/// `second` after `first`.
ScaleShift inTurn(ScaleShift first, const ScaleShift& second) {
    for (size_t c = 0; c < first.scale.size(); ++c) {
        first.scale[c] *= second.scale[c];
        first.shift[c] = first.shift[c] * second.scale[c] + second.shift[c];
    }
    first.byChannel |= second.byChannel;
    first.scales |= second.scales;
    return first;
}

void becomeBatchNorm(Rewriter& rewriter, NodeId id, ValueId x, const ScaleShift& affine) {
    const size_t channels = affine.scale.size();
    const std::vector<double> zeros(channels, 0), ones(channels, 1);
    rewriter.edit().node(id).op = BatchNorm{0, {}};
    rewriter.setInputs(id, {x});
    const std::string name = rewriter.graph().node(id).name;
    const auto parameter = [&](size_t input, const std::vector<double>& values, const char* suffix) {
        const std::vector<float> rounded(values.begin(), values.end());
        rewriter.setConstant(id, input, Tensor::fromFloats({static_cast<int64_t>(channels)}, rounded), name + suffix);
    };
    parameter(1, affine.scale, "_scale");
    parameter(2, affine.shift, "_shift");
    parameter(3, zeros, "_mean");
    parameter(4, ones, "_variance");
}

/// A single number stays arithmetic unless the layer before can take it in.
bool isNormalization(Rewriter& rewriter, NodeId id, ValueId x, const ScaleShift& affine) {
    const Graph& graph = rewriter.graph();
    const NodeId before = rewriter.producer(x);
    if (!affine.scales)
        return false; // a bias
    if (isFoldableLinear(graph, before) && rewriter.soleReader(x) == id && channelDimension(graph, before) == kChannel)
        return true;
    return affine.byChannel && graph.value(x).shape.size() > kChannel + 1;
}

} // namespace

Graph mergeScaleShift(Graph graph) {
    Rewriter rewriter(std::move(graph));
    for (NodeId id = 0; id < rewriter.nodeCount(); ++id) {
        ValueId x = kNoValue, source = kNoValue;
        const auto own = scaleShiftOf(rewriter.graph(), id, x);
        if (!own)
            continue;
        const NodeId before = rewriter.producer(x);
        const auto first = scaleShiftOf(rewriter.graph(), before, source);
        if (first && rewriter.soleReader(x) == id) {
            const ScaleShift both = inTurn(*first, *own);
            if (isFinite(both) && both.scales) {
                becomeBatchNorm(rewriter, before, source, both);
                rewriter.absorbReader(before, id);
                continue;
            }
        }
        if (std::holds_alternative<Binary>(rewriter.graph().node(id).op) && isNormalization(rewriter, id, x, *own))
            becomeBatchNorm(rewriter, id, x, *own);
    }
    return std::move(rewriter).finish();
}

} // namespace halftone
