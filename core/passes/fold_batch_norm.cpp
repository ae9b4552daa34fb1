// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/linear_layer.h"
#include "core/passes/passes.h"

#include <cmath>

namespace halftone {

namespace {

struct ScaleAndShift {
    std::vector<double> scale, shift; // one for each channel
};

/// Nothing when a parameter is not constant, or is such that the result would not be finite.
std::optional<ScaleAndShift> scaleAndShiftOf(const Graph& graph, const Node& node) {
    for (size_t i = 1; i < 5; ++i)
        if (!graph.isConstant(node.inputs[i]))
            return std::nullopt;
    const auto values = [&](size_t input) { return graph.value(node.inputs[input]).constant->toDoubles(); };
    const std::vector<double> gamma = values(1), beta = values(2), mean = values(3), variance = values(4);
    ScaleAndShift result;
    for (size_t c = 0; c < gamma.size(); ++c) {
        const double scale = gamma[c] / std::sqrt(variance[c] + std::get<BatchNorm>(node.op).epsilon);
        const double shift = beta[c] - mean[c] * scale;
        if (!std::isfinite(scale) || !std::isfinite(shift))
            return std::nullopt;
        result.scale.push_back(scale);
        result.shift.push_back(shift);
    }
    return result;
}

} // namespace

Graph foldBatchNorm(Graph graph) {
    Rewriter rewriter(std::move(graph));
    for (NodeId id = 0; id < rewriter.nodeCount(); ++id) {
        const Node& node = rewriter.graph().node(id);
        if (!std::holds_alternative<BatchNorm>(node.op))
            continue;
        const ValueId x = node.inputs.front();
        const NodeId linear = rewriter.producer(x);
        if (!isFoldableLinear(rewriter.graph(), linear) || rewriter.soleReader(x) != id ||
            channelDimension(rewriter.graph(), linear) != 1)
            continue;
        const std::optional<ScaleAndShift> affine = scaleAndShiftOf(rewriter.graph(), node);
        if (!affine)
            continue;
        scaleAndShift(rewriter, linear, affine->scale, affine->shift);
        rewriter.absorbReader(linear, id);
    }
    return std::move(rewriter).finish();
}

} // namespace halftone
