// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/op_traits.h"
#include "core/passes/linear_layer.h"
#include "core/passes/passes.h"

#include <algorithm>

namespace halftone {

namespace {

/// oneDNN takes 32; no network needs more than a few.
constexpr size_t mostPostOps = 8;

/// Those that oneDNN computes as an eltwise post-op, and that networks have behind a layer.
bool isPostOp(UnaryKind kind) {
    switch (kind) {
    case UnaryKind::Relu:
    case UnaryKind::LeakyRelu:
    case UnaryKind::Clip:
    case UnaryKind::Sigmoid:
    case UnaryKind::Tanh:
    case UnaryKind::Elu:
    case UnaryKind::HardSigmoid:
    case UnaryKind::HardSwish:
    case UnaryKind::Swish:
    case UnaryKind::Gelu:
    case UnaryKind::GeluTanh:
    case UnaryKind::Mish: return true;
    default: return false;
    }
}

bool hasConstantParameters(const Graph& graph, const Node& node) {
    return std::all_of(node.inputs.begin() + 1, node.inputs.end(),
                       [&](ValueId input) { return input == kNoValue || graph.isConstant(input); });
}

/// Where one more can be added; null where the layer takes none.
PostOps* openPostOps(Rewriter& rewriter, NodeId node) {
    Op& op = rewriter.edit().node(node).op;
    const auto* binary = std::get_if<Binary>(&op);
    const bool needsConstants = std::holds_alternative<ConvTranspose>(op) || std::holds_alternative<BatchNorm>(op);
    if ((binary && binary->kind != BinaryKind::Add && binary->kind != BinaryKind::Mul) ||
        (needsConstants && !hasConstantParameters(rewriter.graph(), rewriter.graph().node(node))))
        return nullptr;
    return postOpsOf(op);
}

/// The layer before `id` that may take `id` in as a post-op.
NodeId layerBefore(Rewriter& rewriter, NodeId id) {
    const ValueId x = rewriter.graph().node(id).inputs.front();
    return rewriter.graph().value(x).type == ElementType::F32 && rewriter.soleReader(x) == id ? rewriter.producer(x)
                                                                                              : kNoNode;
}

/// One slope for each channel becomes an operand of the convolution.
void fusePRelu(Rewriter& rewriter, NodeId id) {
    const Graph& graph = rewriter.graph();
    const Node node = graph.node(id);
    const ValueId x = node.inputs[0], slopes = node.inputs[1];
    const NodeId before = layerBefore(rewriter, id);
    if (before == kNoNode || !graph.isConstant(slopes) || graph.value(slopes).type != ElementType::F32 ||
        !perChannel(*graph.value(slopes).constant, graph.value(x).shape, 1) ||
        graph.value(slopes).constant->elements() != graph.value(x).shape[1] ||
        !hasConstantParameters(graph, graph.node(before)))
        return;
    const Op& op = graph.node(before).op;
    if (!std::holds_alternative<Conv>(op) && !std::holds_alternative<ConvTranspose>(op))
        return;
    PostOps& postOps = *openPostOps(rewriter, before);
    if (postOps.size() >= mostPostOps)
        return;
    const size_t operand = std::max<size_t>(graph.node(before).inputs.size(), 3);
    postOps.push_back(PReluInput{static_cast<int>(operand)});
    rewriter.setInput(before, operand, slopes);
    rewriter.absorbReader(before, id);
}

} // namespace

Graph fuseActivation(Graph graph) {
    Rewriter rewriter(std::move(graph));
    for (NodeId id = 0; id < rewriter.nodeCount(); ++id) {
        const Node& node = rewriter.graph().node(id);
        if (const auto* binary = std::get_if<Binary>(&node.op);
            binary && binary->kind == BinaryKind::PRelu && binary->postOps.empty()) {
            fusePRelu(rewriter, id);
            continue;
        }
        const auto* unary = std::get_if<Unary>(&node.op);
        if (!unary || !isPostOp(unary->kind))
            continue;
        const NodeId before = layerBefore(rewriter, id);
        if (before == kNoNode)
            continue;
        PostOps* postOps = openPostOps(rewriter, before);
        if (postOps && postOps->size() < mostPostOps) {
            postOps->push_back(*unary);
            rewriter.absorbReader(before, id);
        }
    }
    return std::move(rewriter).finish();
}

} // namespace halftone
