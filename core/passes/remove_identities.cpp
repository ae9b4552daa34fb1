// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/passes.h"
#include "core/passes/rewriter.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace halftone {

namespace {

/// Whether the output of `op` equals its input `x`, given the value `y` that it makes.
struct HasNoEffect {
    const Value& x;
    const Value& y;

    bool operator()(const Identity&) const { return true; }
    bool operator()(const Cast&) const { return x.type == y.type; }
    bool operator()(const Pad& op) const { return allAre(op.pads, 0); }
    bool operator()(const Reshape&) const { return x.shape == y.shape; }
    bool operator()(const Flatten&) const { return x.shape == y.shape; }
    bool operator()(const Squeeze&) const { return x.shape == y.shape; }
    bool operator()(const Transpose& op) const {
        return op.perm.empty() ? x.shape.size() < 2 : std::is_sorted(op.perm.begin(), op.perm.end());
    }
    /// Nothing is cut off, so without going backwards nothing moves.
    bool operator()(const Slice& op) const {
        return x.shape == y.shape && std::all_of(op.steps.begin(), op.steps.end(), [](int64_t s) { return s > 0; });
    }
    bool operator()(const Pool& op) const {
        if (op.global)
            return x.shape == y.shape;
        return allAre(op.kernel, 1) && allAre(op.strides, 1) && allAre(op.pads, 0);
    }
    bool operator()(const auto&) const { return false; }
};

/// Without the operands that have no elements, where something else is joined.
void dropEmptyOperands(Rewriter& rewriter, NodeId id) {
    const Node& node = rewriter.graph().node(id);
    if (!std::holds_alternative<Concat>(node.op))
        return;
    std::vector<ValueId> joined;
    std::ranges::copy_if(node.inputs, std::back_inserter(joined),
                         [&](ValueId input) { return !isEmpty(rewriter.graph().value(input)); });
    if (!joined.empty() && joined.size() < node.inputs.size())
        rewriter.setInputs(id, std::move(joined));
}

} // namespace

Graph removeIdentities(Graph graph) {
    Rewriter rewriter(std::move(graph));
    for (NodeId id = 0; id < rewriter.nodeCount(); ++id) {
        dropEmptyOperands(rewriter, id);
        const Node& node = rewriter.graph().node(id);
        if (std::holds_alternative<Opaque>(node.op))
            continue;
        const bool single = std::holds_alternative<Concat>(node.op) && node.inputs.size() == 1;
        const HasNoEffect hasNoEffect{rewriter.graph().value(node.inputs.front()),
                                      rewriter.graph().value(node.outputs.front())};
        if (single || std::visit(hasNoEffect, node.op))
            rewriter.bypass(id);
    }
    return std::move(rewriter).finish();
}

} // namespace halftone
