// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/passes.h"
#include "core/passes/rewriter.h"

#include <algorithm>
#include <optional>

namespace halftone {

namespace {

using Strides = std::vector<int64_t>;

/// The positions of its input that `node` looks at, when it looks at single positions only and skips some.
Strides stepsOver(const Graph& graph, const Node& node) {
    if (const auto* conv = std::get_if<Conv>(&node.op)) {
        const Shape& weights = graph.value(node.inputs[1]).shape;
        const bool single = std::all_of(weights.begin() + 2, weights.end(), [](int64_t size) { return size == 1; });
        return single && allAre(conv->pads, 0) && !allAre(conv->strides, 1) ? conv->strides : Strides{};
    }
    const auto* pool = std::get_if<Pool>(&node.op);
    const bool single = pool && !pool->global && !pool->ceilMode && allAre(pool->kernel, 1) && allAre(pool->pads, 0);
    return single && !allAre(pool->strides, 1) ? pool->strides : Strides{};
}

/// The steps that all readers of `value` agree on; none when one of them reads more.
Strides commonSteps(Rewriter& rewriter, ValueId value) {
    const Graph& graph = rewriter.graph();
    Strides common;
    for (const NodeId reader : rewriter.readers(value)) {
        const Node& node = graph.node(reader);
        const Strides steps = stepsOver(graph, node);
        const bool onlyAsInput =
            std::count(node.inputs.begin(), node.inputs.end(), value) == 1 && node.inputs.front() == value;
        const bool mustStay = std::holds_alternative<Pool>(node.op) && rewriter.isOutput(node.output());
        if (steps.empty() || !onlyAsInput || mustStay || (!common.empty() && steps != common))
            return {};
        common = steps;
    }
    return common;
}

void takeAllPositions(Rewriter& rewriter, NodeId reader) {
    if (auto* conv = std::get_if<Conv>(&rewriter.edit().node(reader).op))
        std::fill(conv->strides.begin(), conv->strides.end(), 1);
    else
        rewriter.bypass(reader);
}

/// Gives `conv` every so many positions of the operand that it adds.
void thinOut(Rewriter& rewriter, NodeId conv, size_t operand, const Strides& steps) {
    Graph& graph = rewriter.edit();
    const ValueId from = graph.node(conv).inputs[operand];
    const std::string name = graph.uniqueNodeName(graph.node(conv).name + "_subsample");
    Value thinned;
    thinned.name = graph.uniqueValueName(name);
    thinned.type = graph.value(from).type;
    thinned.shape = graph.value(from).shape;
    thinned.quant = graph.value(from).quant;
    const ValueId to = graph.addValue(std::move(thinned));
    Pool pool;
    pool.kernel.assign(steps.size(), 1);
    pool.strides = steps;
    pool.dilations.assign(steps.size(), 1);
    pool.pads.assign(2 * steps.size(), 0);
    rewriter.addNode({name, pool, {from}, {to}, {}});
    rewriter.setInput(conv, operand, to);
}

} // namespace

Graph moveStrides(Graph graph) {
    Rewriter rewriter(std::move(graph));
    // From the end, so that a stride moves through a chain in one walk.
    for (NodeId id = rewriter.nodeCount() - 1; id >= 0; --id) {
        if (rewriter.isRemoved(id) || !std::holds_alternative<Conv>(rewriter.graph().node(id).op))
            continue;
        const ValueId result = rewriter.graph().node(id).output();
        const Strides steps = rewriter.isOutput(result) ? Strides{} : commonSteps(rewriter, result);
        if (steps.empty())
            continue;
        for (const NodeId reader : rewriter.readers(result))
            takeAllPositions(rewriter, reader);
        auto& conv = std::get<Conv>(rewriter.edit().node(id).op);
        std::transform(conv.strides.begin(), conv.strides.end(), steps.begin(), conv.strides.begin(),
                       std::multiplies<>());
        const PostOps postOps = conv.postOps; // adding nodes moves the operator
        for (const PostOp& postOp : postOps)
            if (const auto* add = std::get_if<AddInput>(&postOp))
                thinOut(rewriter, id, static_cast<size_t>(add->input), steps);
    }
    return std::move(rewriter).finish();
}

} // namespace halftone
