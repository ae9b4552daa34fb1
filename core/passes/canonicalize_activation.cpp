// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/canonicalize.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace halftone {

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// Relu and Clip as bounds.
struct Bounds {
    float lo, hi;
};

std::optional<Bounds> boundsOf(const Op& op) {
    const auto* unary = std::get_if<Unary>(&op);
    if (unary && unary->kind == UnaryKind::Relu)
        return Bounds{0, infinity};
    if (unary && unary->kind == UnaryKind::Clip && unary->alpha <= unary->beta)
        return Bounds{unary->alpha, unary->beta};
    return std::nullopt;
}

Unary bounded(Bounds bounds) {
    if (bounds.lo == 0 && bounds.hi >= std::numeric_limits<float>::max())
        return {UnaryKind::Relu};
    return {UnaryKind::Clip, bounds.lo, bounds.hi};
}

/// The bounds that Min or Max with a single number sets.
std::optional<Bounds> boundsOf(const Graph& graph, const Node& node) {
    const auto* binary = std::get_if<Binary>(&node.op);
    if (!binary || !binary->postOps.empty() || !graph.isConstant(node.inputs[1]))
        return std::nullopt;
    const Tensor& bound = *graph.value(node.inputs[1]).constant;
    if (bound.elements() != 1 || graph.value(node.inputs[0]).shape != graph.value(node.output()).shape)
        return std::nullopt;
    const float value = bound.toFloats().front();
    if (binary->kind == BinaryKind::Max && !std::isnan(value))
        return Bounds{value, infinity};
    if (binary->kind == BinaryKind::Min && !std::isnan(value))
        return Bounds{-infinity, value};
    return std::nullopt;
}

void putConstantSecond(Rewriter& rewriter, NodeId id) {
    const Graph& graph = rewriter.graph();
    const Node& node = graph.node(id);
    const auto* binary = std::get_if<Binary>(&node.op);
    if (!binary || !graph.isConstant(node.inputs[0]) || graph.isConstant(node.inputs[1]))
        return;
    switch (binary->kind) {
    case BinaryKind::Add:
    case BinaryKind::Mul:
    case BinaryKind::Min:
    case BinaryKind::Max: {
        std::vector<ValueId>& inputs = rewriter.edit().node(id).inputs;
        std::swap(inputs[0], inputs[1]);
        break;
    }
    default: break;
    }
}

/// A chain of bounds is one: what lies between the first ones is moved between the second ones.
void mergeBounds(Rewriter& rewriter, NodeId id) {
    Graph& graph = rewriter.edit();
    const std::optional<Bounds> second = boundsOf(graph.node(id).op);
    if (!second)
        return;
    graph.node(id).op = bounded(*second);
    const ValueId between = graph.node(id).inputs.front();
    const NodeId before = rewriter.producer(between);
    const std::optional<Bounds> first = before == kNoNode ? std::nullopt : boundsOf(graph.node(before).op);
    if (!first || rewriter.soleReader(between) != id)
        return;
    graph.node(before).op =
        bounded({std::clamp(first->lo, second->lo, second->hi), std::clamp(first->hi, second->lo, second->hi)});
    rewriter.absorbReader(before, id);
}

/// x * Sigmoid(x), x * HardSigmoid(x).
void mergeGate(Rewriter& rewriter, NodeId id) {
    Graph& graph = rewriter.edit();
    const Node product = graph.node(id);
    const auto* binary = std::get_if<Binary>(&product.op);
    if (!binary || binary->kind != BinaryKind::Mul || !binary->postOps.empty())
        return;
    for (const size_t side : {0, 1}) {
        const ValueId gateOutput = product.inputs[side], x = product.inputs[1 - side];
        const NodeId gate = rewriter.producer(gateOutput);
        if (gate == kNoNode || rewriter.soleReader(gateOutput) != id || graph.node(gate).inputs.front() != x)
            continue;
        const auto* unary = std::get_if<Unary>(&graph.node(gate).op);
        if (!unary || (unary->kind != UnaryKind::Sigmoid && unary->kind != UnaryKind::HardSigmoid))
            continue;
        graph.node(gate).op = unary->kind == UnaryKind::Sigmoid
                                  ? Unary{UnaryKind::Swish, 1}
                                  : Unary{UnaryKind::HardSwish, unary->alpha, unary->beta};
        rewriter.absorbReader(gate, id);
        return;
    }
}

} // namespace

void canonicalizeActivation(Rewriter& rewriter, NodeId id) {
    const Graph& graph = rewriter.graph();
    if (graph.value(graph.node(id).output()).type != ElementType::F32)
        return;
    putConstantSecond(rewriter, id);
    if (const std::optional<Bounds> bounds = boundsOf(graph, graph.node(id))) {
        rewriter.edit().node(id).op = bounded(*bounds);
        rewriter.setInputs(id, {graph.node(id).inputs.front()});
    }
    mergeBounds(rewriter, id);
    if (!rewriter.isRemoved(id))
        mergeGate(rewriter, id);
}

} // namespace halftone
