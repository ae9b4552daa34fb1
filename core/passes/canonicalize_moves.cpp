// SPDX-License-Identifier: GPL-3.0-or-later
// Layers that only move values, where a row of them is one simpler move.
#include "core/base/checked.h"
#include "core/graph/evaluate.h"
#include "core/passes/canonicalize.h"

#include <algorithm>
#include <numeric>

namespace halftone {

namespace {

constexpr size_t kLongestRow = 8;
constexpr int64_t kMostElements = int64_t{1} << 22; // of a tensor that is followed value by value

bool movesByItsSettings(const Graph& graph, const Node& node) {
    if (std::holds_alternative<Gather>(node.op))
        return graph.isConstant(node.inputs[1]);
    return std::holds_alternative<Reshape>(node.op) || std::holds_alternative<Transpose>(node.op) ||
           std::holds_alternative<Slice>(node.op);
}

/// Pictures of one size.
bool haveOneSize(const Shape& a, const Shape& b) {
    return a.size() == 4 && b.size() == 4 && a[0] == b[0] && a[2] == b[2] && a[3] == b[3];
}

/// The channels of `source` that the result of these nodes, the first one of which reads it, consists of; empty where
/// it is no selection of channels.
std::vector<int64_t> selectedChannels(const Graph& graph, ValueId source, const std::vector<NodeId>& row) {
    const Shape& shape = graph.value(source).shape;
    std::vector<int64_t> numbers(static_cast<size_t>(elementCount(shape)));
    std::iota(numbers.begin(), numbers.end(), int64_t{0});
    Tensor moved = Tensor::fromInt64s(shape, numbers);
    for (const NodeId id : row) {
        const Node& node = graph.node(id);
        std::vector<std::optional<Tensor>> operands{std::move(moved)};
        for (size_t i = 1; i < node.inputs.size(); ++i)
            operands.push_back(graph.value(node.inputs[i]).constant);
        moved = evaluate(graph, node, operands).at(0);
    }
    const int64_t batch = shape[0], area = shape[2] * shape[3], channels = moved.shape[1];
    const std::vector<int64_t> found = moved.toInt64s();
    std::vector<int64_t> selected;
    for (int64_t c = 0; c < channels; ++c)
        selected.push_back(found[static_cast<size_t>(c * area)] / area);
    for (int64_t n = 0; n < batch; ++n)
        for (int64_t c = 0; c < channels; ++c)
            for (int64_t i = 0; i < area; ++i)
                if (found[static_cast<size_t>((n * channels + c) * area + i)] !=
                    (n * shape[1] + selected[static_cast<size_t>(c)]) * area + i)
                    return {};
    return selected;
}

/// A channel shuffle, or a part of one, is a choice of channels.
///
///   Reshape [N,2,C/2,H,W] -> Transpose -> Reshape [N,C,H,W]     =>     Gather of channels 0, C/2, 1, C/2+1 ...
void mergeChannelMoves(Rewriter& rewriter, NodeId id) {
    const Graph& graph = rewriter.graph();
    const ValueId result = graph.node(id).output();
    if (graph.value(result).shape.size() != 4 || graph.value(result).type != ElementType::F32)
        return;
    std::vector<NodeId> row; // back from this node
    size_t length = 0;       // as far as a tensor of the same size
    for (NodeId at = id; at != kNoNode && row.size() < kLongestRow && movesByItsSettings(graph, graph.node(at));) {
        const ValueId x = graph.node(at).inputs.front();
        if (graph.value(x).quant != graph.value(result).quant || elementCount(graph.value(x).shape) > kMostElements)
            break;
        row.push_back(at);
        if (haveOneSize(graph.value(x).shape, graph.value(result).shape))
            length = row.size();
        at = rewriter.producer(x);
    }
    row.resize(length);
    const bool rearranges = std::ranges::any_of(row, [&](NodeId at) {
        return std::holds_alternative<Transpose>(graph.node(at).op) ||
               std::holds_alternative<Gather>(graph.node(at).op);
    });
    if (length < 2 || !rearranges)
        return;
    std::ranges::reverse(row);
    const ValueId source = graph.node(row.front()).inputs.front();
    const std::vector<int64_t> channels = selectedChannels(graph, source, row);
    if (channels.empty())
        return;
    std::vector<std::string> origins = graph.node(id).origins; // the first one names it
    for (const NodeId at : row)
        for (const std::string& origin : graph.node(at).origins)
            if (std::ranges::find(origins, origin) == origins.end())
                origins.push_back(origin);
    const auto count = static_cast<int64_t>(channels.size());
    rewriter.edit().node(id).op = Gather{1};
    rewriter.edit().node(id).origins = origins;
    rewriter.setInputs(id, {source});
    rewriter.setConstant(id, 1, Tensor::fromInt64s({count}, channels), graph.node(id).name + "_channels");
}

bool isZero(const Value& value) {
    if (!value.constant || value.type != ElementType::F32)
        return false;
    return std::ranges::all_of(value.constant->toFloats(), [](float x) { return x == 0; });
}

/// Zeros joined to one tensor are padding.
void zerosToPad(Rewriter& rewriter, NodeId id) {
    const Graph& graph = rewriter.graph();
    const Node& node = graph.node(id);
    const auto* concat = std::get_if<Concat>(&node.op);
    if (!concat || node.inputs.size() < 2)
        return;
    const auto x = std::ranges::find_if(node.inputs, [&](ValueId input) { return !graph.isConstant(input); });
    if (x == node.inputs.end())
        return;
    const ValueId source = *x;
    const size_t rank = graph.value(source).shape.size();
    const auto axis = static_cast<size_t>(concat->axis < 0 ? concat->axis + static_cast<int64_t>(rank) : concat->axis);
    Pad pad{std::vector<int64_t>(2 * rank, 0), 0, PadMode::Constant};
    for (auto input = node.inputs.begin(); input != node.inputs.end(); ++input) {
        if (input == x)
            continue;
        if (!isZero(graph.value(*input)))
            return;
        pad.pads[input < x ? axis : rank + axis] += graph.value(*input).shape[axis];
    }
    if (axis == 0 || graph.value(source).type != ElementType::F32)
        return;
    rewriter.edit().node(id).op = pad;
    rewriter.setInputs(id, {source});
}

} // namespace

void canonicalizeMoves(Rewriter& rewriter, NodeId id) {
    mergeChannelMoves(rewriter, id);
    zerosToPad(rewriter, id);
}

} // namespace halftone
