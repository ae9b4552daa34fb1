// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/passes.h"
#include "core/passes/rewriter.h"

#include <algorithm>

namespace halftone {

namespace {

/// The Conv that can add the other operand of `add` to its result, if input `side` comes from one.
NodeId convBehind(Rewriter& rewriter, NodeId add, size_t side) {
    const ValueId value = rewriter.graph().node(add).inputs[side];
    const NodeId producer = rewriter.producer(value);
    if (producer == kNoNode || rewriter.soleReader(value) != add)
        return kNoNode;
    const auto* conv = std::get_if<Conv>(&rewriter.graph().node(producer).op);
    return conv && conv->postOps.empty() ? producer : kNoNode;
}

bool isResidualAdd(const Graph& graph, const Node& node) {
    const auto* binary = std::get_if<Binary>(&node.op);
    if (!binary || binary->kind != BinaryKind::Add || node.inputs.size() != 2)
        return false;
    const auto fits = [&](ValueId input) {
        return !graph.isConstant(input) && graph.value(input).shape == graph.value(node.output()).shape;
    };
    return fits(node.inputs[0]) && fits(node.inputs[1]);
}

} // namespace

Graph fuseResidualAdd(Graph graph) {
    Rewriter rewriter(std::move(graph));
    for (NodeId id = 0; id < rewriter.nodeCount(); ++id) {
        const Node add = rewriter.graph().node(id);
        if (!isResidualAdd(rewriter.graph(), add))
            continue;
        const NodeId first = convBehind(rewriter, id, 0), second = convBehind(rewriter, id, 1);
        const NodeId conv = std::max(first, second); // node numbers are the order of execution
        if (conv == kNoNode)
            continue;
        const ValueId other = add.inputs[conv == first ? 1 : 0];
        // Only the Add reads the Conv, so the other operand does not depend on it; where that one is made
        // later, finish() moves the Conv behind it.
        const size_t operand = std::max<size_t>(rewriter.graph().node(conv).inputs.size(), 3);
        rewriter.setInput(conv, operand, other);
        PostOps& postOps = std::get<Conv>(rewriter.edit().node(conv).op).postOps;
        postOps = std::get<Binary>(add.op).postOps;
        postOps.insert(postOps.begin(), AddInput{static_cast<int>(operand)});
        rewriter.absorbReader(conv, id);
    }
    return std::move(rewriter).finish();
}

} // namespace halftone
