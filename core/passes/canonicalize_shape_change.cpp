// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/checked.h"
#include "core/passes/canonicalize.h"

#include <algorithm>
#include <numeric>

namespace halftone {

namespace {

// The targets below name no batch size (0 copies a dimension, -1 is what remains), so that the network can
// still be bound to another one.

Reshape asReshape(const Flatten& op, const Shape& x) {
    const auto rank = static_cast<int64_t>(x.size());
    const int64_t axis = op.axis < 0 ? op.axis + rank : op.axis;
    if (axis == 0)
        return Reshape{{1, -1}};
    if (axis == 1)
        return Reshape{{0, -1}};
    return Reshape{{-1, elementCount(std::span(x).subspan(static_cast<size_t>(axis)))}};
}

Reshape asReshape(const Squeeze& op, const Shape& x, const Shape& y) {
    const auto rank = static_cast<int64_t>(op.insert ? y.size() : x.size());
    const auto named = [&](int64_t dimension) {
        return std::any_of(op.axes.begin(), op.axes.end(),
                           [&](int64_t axis) { return (axis < 0 ? axis + rank : axis) == dimension; });
    };
    Reshape reshape;
    int64_t from = 0; // dimension of x
    for (int64_t i = 0; i < rank; ++i) {
        if (op.insert && named(i)) {
            reshape.target.push_back(1);
            continue;
        }
        const int64_t size = x[static_cast<size_t>(from)];
        const auto to = static_cast<int64_t>(reshape.target.size());
        if (op.insert || !(op.axes.empty() ? size == 1 : named(i)))
            reshape.target.push_back(to == from ? 0 : from == 0 ? -1 : size);
        ++from;
    }
    return reshape;
}

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
    graph.node(id).op = Reshape{{0, 0}};
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
    if (elementCount(x.shape) == 0) // a 0 in a target would mean "copy"
        return;
    if (const auto* flatten = std::get_if<Flatten>(&node.op))
        rewriter.edit().node(id).op = asReshape(*flatten, x.shape);
    else if (const auto* squeeze = std::get_if<Squeeze>(&node.op))
        rewriter.edit().node(id).op = asReshape(*squeeze, x.shape, y.shape);
    else if (const auto* reduce = std::get_if<Reduce>(&node.op))
        if (reduce->kind == ReduceKind::Mean && x.type == ElementType::F32 && x.shape.size() <= 5 &&
            coversSpatialDimensions(*reduce, x.shape.size()))
            toGlobalPool(rewriter, id, reduce->keepDims);
}

} // namespace halftone
