// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/checked.h"
#include "core/passes/canonicalize.h"

#include <algorithm>
#include <numeric>

namespace halftone {

namespace {

bool coversSpatialDimensions(const Reduce& op, size_t rank) {
    std::vector<int64_t> axes = op.axes;
    for (int64_t& axis : axes)
        axis += axis < 0 ? static_cast<int64_t>(rank) : 0;
    std::sort(axes.begin(), axes.end());
    std::vector<int64_t> spatial(rank < 2 ? 0 : rank - 2);
    std::iota(spatial.begin(), spatial.end(), 2);
    return !axes.empty() && axes == spatial;
}

/// Without keepDims, the pool makes a value of its own and a Reshape drops its spatial dimensions.
void toGlobalPool(Rewriter& rewriter, NodeId id, bool keepDims) {
    Graph& graph = rewriter.edit();
    const Pool pool{PoolKind::AverageExcludePad, true, {}, {}, {}, {}, false};
    if (keepDims) {
        graph.node(id).op = pool;
        return;
    }
    const Node reduce = graph.node(id);
    const ValueId x = reduce.inputs.front();
    graph.node(id).op = Reshape{graph.value(reduce.outputs.front()).shape};
    graph.node(id).name = graph.uniqueNodeName(reduce.name + "_reshape");
    Value pooled;
    pooled.name = graph.uniqueValueName(reduce.name + "_pooled");
    pooled.type = graph.value(x).type;
    pooled.shape = graph.value(x).shape;
    std::fill(pooled.shape.begin() + 2, pooled.shape.end(), 1);
    const ValueId pooledId = graph.addValue(std::move(pooled));
    rewriter.addNode({reduce.name, pool, {x}, {pooledId}, reduce.origins});
    rewriter.setInput(id, 0, pooledId);
}

} // namespace

void canonicalizeShapeChange(Rewriter& rewriter, NodeId id) {
    const Node& node = rewriter.graph().node(id);
    const Value& x = rewriter.graph().value(node.inputs.front());
    const Value& y = rewriter.graph().value(node.outputs.front());
    if (elementCount(x.shape) == 0) // no later pass computes one
        return;
    if (std::holds_alternative<Flatten>(node.op) || std::holds_alternative<Squeeze>(node.op))
        rewriter.edit().node(id).op = Reshape{y.shape};
    else if (const auto* reduce = std::get_if<Reduce>(&node.op))
        if (reduce->kind == ReduceKind::Mean && x.type == ElementType::F32 && x.shape.size() <= 5 &&
            coversSpatialDimensions(*reduce, x.shape.size()))
            toGlobalPool(rewriter, id, reduce->keepDims);
}

} // namespace halftone
