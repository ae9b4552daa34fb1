// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/passes.h"
#include "core/passes/rewriter.h"

#include <algorithm>
#include <limits>

namespace halftone {

namespace {

/// The padding of the spatial dimensions, when that is all that the node does.
std::optional<Pads> spatialPads(const Pad& op) {
    const size_t rank = op.pads.size() / 2;
    if (op.mode != PadMode::Constant || rank < 3)
        return std::nullopt;
    Pads spatial;
    for (size_t i = 0; i < op.pads.size(); ++i) {
        if (op.pads[i] < 0 || (i % rank < 2 && op.pads[i] != 0))
            return std::nullopt;
        if (i % rank >= 2)
            spatial.push_back(op.pads[i]);
    }
    return spatial;
}

Pads sum(Pads a, const Pads& b) {
    std::transform(a.begin(), a.end(), b.begin(), a.begin(), std::plus<>());
    return a;
}

/// `reader` with the padding in it, or nothing if that would compute something else.
std::optional<Op> padded(const Op& reader, const Pads& pads, float value) {
    if (const auto* conv = std::get_if<Conv>(&reader)) {
        if (value != 0)
            return std::nullopt;
        Conv result = *conv;
        result.pads = sum(conv->pads, pads);
        return result;
    }
    const auto* pool = std::get_if<Pool>(&reader);
    if (!pool || pool->global || pool->ceilMode)
        return std::nullopt;
    Pool result = *pool;
    result.pads = sum(pool->pads, pads);
    // A window that lies in the padding alone is not defined.
    for (size_t i = 0; i < result.pads.size(); ++i)
        if (result.pads[i] >= pool->kernel[i % pool->kernel.size()])
            return std::nullopt;
    if (pool->kind == PoolKind::Max)
        return value == -std::numeric_limits<float>::infinity() ? std::optional<Op>(result) : std::nullopt;
    // Zeros from outside count. A pool without padding of its own may start to count it.
    const bool countsPadding = pool->kind == PoolKind::AverageIncludePad ||
                               std::all_of(pool->pads.begin(), pool->pads.end(), [](int64_t p) { return p == 0; });
    if (value != 0 || !countsPadding)
        return std::nullopt;
    result.kind = PoolKind::AverageIncludePad;
    return result;
}

} // namespace

Graph foldPad(Graph graph) {
    Rewriter rewriter(std::move(graph));
    for (NodeId id = rewriter.nodeCount() - 1; id >= 0; --id) { // of two paddings in a row, the last one first
        const Node pad = rewriter.graph().node(id);
        const auto* op = std::get_if<Pad>(&pad.op);
        const NodeId reader = op ? rewriter.soleReader(pad.output()) : kNoNode;
        const std::optional<Pads> pads = op ? spatialPads(*op) : std::nullopt;
        if (reader == kNoNode || !pads || rewriter.graph().node(reader).inputs.front() != pad.output())
            continue;
        const std::optional<Op> merged = padded(rewriter.graph().node(reader).op, *pads, op->value);
        if (!merged)
            continue;
        rewriter.setInput(reader, 0, pad.inputs.front());
        rewriter.remove(id);
        Node& fused = rewriter.edit().node(reader);
        fused.op = *merged;
        // In the order of the file: the padding comes before whatever was fused behind the reader.
        const auto behindAnchor = fused.origins.begin() + (fused.origins.empty() ? 0 : 1);
        fused.origins.insert(behindAnchor, pad.origins.begin(), pad.origins.end());
    }
    return std::move(rewriter).finish();
}

} // namespace halftone
