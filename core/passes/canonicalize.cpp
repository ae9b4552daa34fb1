// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/canonicalize.h"

#include "core/passes/passes.h"

#include <algorithm>
#include <span>

namespace halftone {

namespace {

/// An average over the whole extent, however the file says it, is a global one.
void canonicalizeAverage(Rewriter& rewriter, NodeId id) {
    const Node& node = rewriter.graph().node(id);
    const auto* pool = std::get_if<Pool>(&node.op);
    const auto isAll = [](const auto& numbers, int64_t wanted) {
        return std::ranges::all_of(numbers, [&](int64_t number) { return number == wanted; });
    };
    if (!pool || pool->global || pool->kind == PoolKind::Max || !isAll(pool->pads, 0) || !isAll(pool->dilations, 1))
        return;
    const Shape& in = rewriter.graph().value(node.inputs.front()).shape;
    if (!std::ranges::equal(pool->kernel, std::span(in).subspan(2)))
        return;
    Pool global;
    global.kind = pool->kind;
    global.global = true;
    rewriter.edit().node(id).op = global;
}

} // namespace

Graph canonicalize(Graph graph) {
    Rewriter rewriter(std::move(graph));
    for (NodeId id = 0; id < rewriter.nodeCount(); ++id) {
        const Node& node = rewriter.graph().node(id);
        if (std::holds_alternative<Opaque>(node.op) || node.outputs.size() != 1)
            continue; // all patterns end in operators with one result
        canonicalizeMatrixProduct(rewriter, id);
        canonicalizeShapeChange(rewriter, id);
        canonicalizeActivation(rewriter, id);
        if (!rewriter.isRemoved(id))
            canonicalizeAverage(rewriter, id);
        if (!rewriter.isRemoved(id))
            canonicalizeWrittenOut(rewriter, id);
        if (!rewriter.isRemoved(id))
            canonicalizeGelu(rewriter, id);
        if (!rewriter.isRemoved(id))
            canonicalizePRelu(rewriter, id);
        if (!rewriter.isRemoved(id))
            canonicalizeSoftmax(rewriter, id);
        if (!rewriter.isRemoved(id))
            canonicalizeMoves(rewriter, id);
    }
    return std::move(rewriter).finish();
}

} // namespace halftone
