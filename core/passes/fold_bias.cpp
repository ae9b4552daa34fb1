#include "core/passes/linear_layer.h"
#include "core/passes/passes.h"

namespace halftone {

Graph foldBias(Graph graph) {
    Rewriter rewriter(std::move(graph));
    for (NodeId id = 0; id < rewriter.nodeCount(); ++id) {
        const Node node = rewriter.graph().node(id);
        const auto* binary = std::get_if<Binary>(&node.op);
        if (!binary || binary->kind != BinaryKind::Add || !binary->postOps.empty())
            continue;
        for (const size_t side : {0, 1}) {
            const ValueId sum = node.inputs[side], constant = node.inputs[1 - side];
            const NodeId linear = rewriter.producer(sum);
            if (!rewriter.graph().isConstant(constant) || !takesBias(rewriter.graph(), linear) ||
                rewriter.soleReader(sum) != id)
                continue;
            const auto shift =
                perChannel(*rewriter.graph().value(constant).constant, rewriter.graph().value(sum).shape,
                           channelDimension(rewriter.graph(), linear));
            if (!shift)
                continue;
            scaleAndShift(rewriter, linear, {}, *shift);
            rewriter.absorbReader(linear, id);
            break;
        }
    }
    return std::move(rewriter).finish();
}

} // namespace halftone
