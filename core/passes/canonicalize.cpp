#include "core/passes/canonicalize.h"

#include "core/passes/passes.h"

namespace halftone {

Graph canonicalize(Graph graph) {
    Rewriter rewriter(std::move(graph));
    for (NodeId id = 0; id < rewriter.nodeCount(); ++id) {
        if (std::holds_alternative<Opaque>(rewriter.graph().node(id).op))
            continue;
        canonicalizeMatrixProduct(rewriter, id);
        canonicalizeShapeChange(rewriter, id);
        canonicalizeActivation(rewriter, id);
        if (!rewriter.isRemoved(id))
            canonicalizeWrittenOut(rewriter, id);
    }
    return std::move(rewriter).finish();
}

} // namespace halftone
