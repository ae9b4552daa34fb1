#include "core/passes/passes.h"
#include "core/passes/rewriter.h"

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
    case UnaryKind::Mish:
        return true;
    default:
        return false;
    }
}

bool hasConstantParameters(const Graph& graph, const Node& node) {
    return std::all_of(node.inputs.begin() + 1, node.inputs.end(),
                       [&](ValueId input) { return graph.isConstant(input); });
}

PostOps* postOpsOf(Rewriter& rewriter, NodeId node) {
    Op& op = rewriter.edit().node(node).op;
    if (auto* conv = std::get_if<Conv>(&op))
        return &conv->postOps;
    if (auto* fullyConnected = std::get_if<FullyConnected>(&op))
        return &fullyConnected->postOps;
    if (auto* transposed = std::get_if<ConvTranspose>(&op))
        return hasConstantParameters(rewriter.graph(), rewriter.graph().node(node)) ? &transposed->postOps : nullptr;
    if (auto* norm = std::get_if<BatchNorm>(&op))
        return hasConstantParameters(rewriter.graph(), rewriter.graph().node(node)) ? &norm->postOps : nullptr;
    auto* binary = std::get_if<Binary>(&op);
    return binary && (binary->kind == BinaryKind::Add || binary->kind == BinaryKind::Mul) ? &binary->postOps
                                                                                          : nullptr;
}

} // namespace

Graph fuseActivation(Graph graph) {
    Rewriter rewriter(std::move(graph));
    for (NodeId id = 0; id < rewriter.nodeCount(); ++id) {
        const Node& node = rewriter.graph().node(id);
        const auto* unary = std::get_if<Unary>(&node.op);
        if (!unary || !isPostOp(unary->kind))
            continue;
        const ValueId x = node.inputs.front();
        const NodeId before = rewriter.producer(x);
        if (before == kNoNode || rewriter.soleReader(x) != id ||
            rewriter.graph().value(x).type != ElementType::F32)
            continue;
        PostOps* postOps = postOpsOf(rewriter, before);
        if (postOps && postOps->size() < mostPostOps) {
            postOps->push_back(*unary);
            rewriter.absorbReader(before, id);
        }
    }
    return std::move(rewriter).finish();
}

} // namespace halftone
