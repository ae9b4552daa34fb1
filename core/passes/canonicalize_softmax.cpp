// SPDX-License-Identifier: GPL-3.0-or-later
// Softmax, which exporters write out.
#include "core/passes/canonicalize.h"

#include <algorithm>

namespace halftone {

namespace {

const Binary* binaryOf(const Graph& graph, NodeId node, BinaryKind kind) {
    const auto* binary = node == kNoNode ? nullptr : std::get_if<Binary>(&graph.node(node).op);
    return binary && binary->kind == kind && binary->postOps.empty() ? binary : nullptr;
}

/// The one dimension that a reduction of `x`, which keeps it, is taken along.
std::optional<int64_t> reducedAxis(const Graph& graph, NodeId node, ReduceKind kind, ValueId x) {
    const auto* reduce = node == kNoNode ? nullptr : std::get_if<Reduce>(&graph.node(node).op);
    if (!reduce || reduce->kind != kind || !reduce->keepDims || reduce->axes.size() != 1 ||
        graph.node(node).inputs.front() != x)
        return std::nullopt;
    const auto rank = static_cast<int64_t>(graph.value(x).shape.size());
    return reduce->axes[0] < 0 ? reduce->axes[0] + rank : reduce->axes[0];
}

bool isReadBy(Rewriter& rewriter, ValueId value, std::vector<NodeId> readers) {
    std::ranges::sort(readers);
    return !rewriter.isOutput(value) && !rewriter.graph().value(value).quant && rewriter.readers(value) == readers;
}

} // namespace

/// Exp(x - Max(x)) / Sum(Exp(x - Max(x))), with or without the maximum, which changes nothing but the largest numbers.
void canonicalizeSoftmax(Rewriter& rewriter, NodeId id) {
    const Graph& graph = rewriter.graph();
    if (!binaryOf(graph, id, BinaryKind::Div))
        return;
    const ValueId e = graph.node(id).inputs[0], total = graph.node(id).inputs[1];
    const NodeId exp = rewriter.producer(e), sum = rewriter.producer(total);
    const std::optional<int64_t> axis = reducedAxis(graph, sum, ReduceKind::Sum, e);
    const auto* unary = exp == kNoNode ? nullptr : std::get_if<Unary>(&graph.node(exp).op);
    if (!axis || !unary || unary->kind != UnaryKind::Exp || !isReadBy(rewriter, e, {sum, id}) ||
        rewriter.soleReader(total) != id)
        return;
    std::vector<NodeId> parts{exp, sum, id};
    ValueId x = graph.node(exp).inputs.front();
    if (const NodeId less = rewriter.producer(x);
        binaryOf(graph, less, BinaryKind::Sub) && rewriter.soleReader(x) == exp) {
        const ValueId all = graph.node(less).inputs[0], largest = graph.node(less).inputs[1];
        const NodeId max = rewriter.producer(largest);
        if (reducedAxis(graph, max, ReduceKind::Max, all) == axis && rewriter.soleReader(largest) == less) {
            parts.insert(parts.begin(), {max, less});
            x = all;
        }
    }
    std::vector<std::string> origins = graph.node(id).origins; // the first one names it
    for (const NodeId part : parts)
        for (const std::string& origin : graph.node(part).origins)
            if (std::ranges::find(origins, origin) == origins.end())
                origins.push_back(origin);
    rewriter.edit().node(id).op = Softmax{*axis, false, false};
    rewriter.edit().node(id).origins = origins;
    rewriter.setInputs(id, {x});
    for (const NodeId part : parts)
        if (part != id)
            rewriter.remove(part);
}

} // namespace halftone
