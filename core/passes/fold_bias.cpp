// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/linear_layer.h"
#include "core/passes/passes.h"

namespace halftone {

namespace {

bool isSum(const Node& node) {
    const auto* binary = std::get_if<Binary>(&node.op);
    return binary && binary->kind == BinaryKind::Add && binary->postOps.empty();
}

/// The layer that may take a shift of `sum`, which `reader` alone reads: its maker, or, where that adds two tensors,
/// the maker of one of these.
NodeId layerThatShifts(Rewriter& rewriter, ValueId sum, NodeId reader) {
    const Graph& graph = rewriter.graph();
    const NodeId maker = rewriter.producer(sum);
    if (maker == kNoNode || rewriter.soleReader(sum) != reader)
        return kNoNode;
    if (takesBias(graph, maker))
        return maker;
    if (isSum(graph.node(maker)))
        for (const ValueId operand : graph.node(maker).inputs)
            if (const NodeId linear = rewriter.producer(operand); takesBias(graph, linear) &&
                                                                  rewriter.soleReader(operand) == maker &&
                                                                  graph.value(operand).shape == graph.value(sum).shape)
                return linear;
    return kNoNode;
}

} // namespace

Graph foldBias(Graph graph) {
    Rewriter rewriter(std::move(graph));
    for (NodeId id = 0; id < rewriter.nodeCount(); ++id) {
        const Node node = rewriter.graph().node(id);
        if (!isSum(node))
            continue;
        for (const size_t side : {0, 1}) {
            const ValueId sum = node.inputs[side], constant = node.inputs[1 - side];
            if (!rewriter.graph().isConstant(constant))
                continue;
            const NodeId linear = layerThatShifts(rewriter, sum, id);
            if (linear == kNoNode)
                continue;
            const auto shift = perChannel(*rewriter.graph().value(constant).constant, rewriter.graph().value(sum).shape,
                                          channelDimension(rewriter.graph(), linear));
            if (!shift)
                continue;
            scaleAndShift(rewriter, linear, {}, *shift);
            rewriter.absorbReader(rewriter.producer(sum), id);
            break;
        }
    }
    return std::move(rewriter).finish();
}

} // namespace halftone
