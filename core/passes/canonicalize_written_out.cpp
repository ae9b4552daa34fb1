// Activations that exporters write out as several operators.
#include "core/passes/canonicalize.h"

#include <cmath>
#include <numbers>

namespace halftone {

namespace {

bool isProduct(const Node& node) {
    const auto* binary = std::get_if<Binary>(&node.op);
    return binary && binary->kind == BinaryKind::Mul && binary->postOps.empty();
}

/// `value` is the single number `number`.
bool isNumber(const Graph& graph, ValueId value, double number) {
    return graph.isConstant(value) && graph.value(value).constant->elements() == 1 &&
           std::abs(graph.value(value).constant->toDoubles().front() - number) < 1e-6 * number;
}

/// The node of this kind that makes `value` for `reader` alone.
NodeId unaryBehind(Rewriter& rewriter, ValueId value, UnaryKind kind, NodeId reader) {
    const NodeId node = rewriter.producer(value);
    const auto* unary = node == kNoNode ? nullptr : std::get_if<Unary>(&rewriter.graph().node(node).op);
    return unary && unary->kind == kind && rewriter.soleReader(value) == reader ? node : kNoNode;
}

/// The node that makes `value` for `reader` alone by combining something with one number, and that something.
struct WithNumber {
    NodeId node = kNoNode;
    ValueId operand = kNoValue;
};

WithNumber withNumber(Rewriter& rewriter, ValueId value, BinaryKind kind, double number, NodeId reader) {
    const Graph& graph = rewriter.graph();
    const NodeId id = rewriter.producer(value);
    const auto* binary = id == kNoNode ? nullptr : std::get_if<Binary>(&graph.node(id).op);
    if (!binary || binary->kind != kind || !binary->postOps.empty() || rewriter.soleReader(value) != reader)
        return {};
    // A constant operand was put second when this node's turn came.
    const ValueId operand = graph.node(id).inputs[0];
    const bool fits = isNumber(graph, graph.node(id).inputs[1], number) &&
                      graph.value(operand).shape == graph.value(value).shape;
    return fits ? WithNumber{id, operand} : WithNumber{};
}

/// x * Tanh(Softplus(x)).
void mergeMish(Rewriter& rewriter, NodeId id) {
    const Node product = rewriter.graph().node(id);
    for (const size_t side : {0, 1}) {
        const NodeId tanh = unaryBehind(rewriter, product.inputs[side], UnaryKind::Tanh, id);
        if (tanh == kNoNode)
            continue;
        const NodeId softplus =
            unaryBehind(rewriter, rewriter.graph().node(tanh).inputs.front(), UnaryKind::Softplus, tanh);
        if (softplus == kNoNode || rewriter.graph().node(softplus).inputs.front() != product.inputs[1 - side])
            continue;
        rewriter.edit().node(softplus).op = Unary{UnaryKind::Mish};
        rewriter.absorbReader(softplus, tanh);
        rewriter.absorbReader(softplus, id);
        return;
    }
}

/// 1 + Erf(x / sqrt(2)).
struct ErfTerm {
    NodeId scale = kNoNode, erf = kNoNode, sum = kNoNode;
    ValueId x = kNoValue;
};

std::optional<ErfTerm> erfTerm(Rewriter& rewriter, ValueId value, NodeId reader) {
    const WithNumber sum = withNumber(rewriter, value, BinaryKind::Add, 1, reader);
    const NodeId erf =
        sum.node == kNoNode ? kNoNode : unaryBehind(rewriter, sum.operand, UnaryKind::Erf, sum.node);
    if (erf == kNoNode)
        return std::nullopt;
    const ValueId scaled = rewriter.graph().node(erf).inputs.front();
    WithNumber scale = withNumber(rewriter, scaled, BinaryKind::Div, std::numbers::sqrt2, erf);
    if (scale.node == kNoNode)
        scale = withNumber(rewriter, scaled, BinaryKind::Mul, 1 / std::numbers::sqrt2, erf);
    if (scale.node == kNoNode)
        return std::nullopt;
    return ErfTerm{scale.node, erf, sum.node, scale.operand};
}

/// The first node of the term computes Gelu, and takes in the next two.
void becomeGelu(Rewriter& rewriter, const ErfTerm& term) {
    rewriter.edit().node(term.scale).op = Unary{UnaryKind::Gelu};
    rewriter.setInputs(term.scale, {term.x});
    rewriter.absorbReader(term.scale, term.erf);
    rewriter.absorbReader(term.scale, term.sum);
}

/// (x * 0.5) * (1 + Erf(x / sqrt(2))).
void mergeGeluHalvedFirst(Rewriter& rewriter, NodeId id) {
    const Node product = rewriter.graph().node(id);
    for (const size_t side : {0, 1}) {
        const WithNumber halved = withNumber(rewriter, product.inputs[1 - side], BinaryKind::Mul, 0.5, id);
        const auto term = erfTerm(rewriter, product.inputs[side], id);
        if (!term || halved.node == kNoNode || halved.operand != term->x)
            continue;
        becomeGelu(rewriter, *term);
        const std::vector<std::string> origins = rewriter.graph().node(halved.node).origins;
        rewriter.absorbReader(term->scale, id);
        rewriter.remove(halved.node);
        auto& all = rewriter.edit().node(term->scale).origins;
        all.insert(all.end(), origins.begin(), origins.end());
        return;
    }
}

/// (x * (1 + Erf(x / sqrt(2)))) * 0.5.
void mergeGeluHalvedLast(Rewriter& rewriter, NodeId id) {
    const Node product = rewriter.graph().node(id);
    const NodeId inner = rewriter.producer(product.inputs[0]);
    if (inner == kNoNode || !isProduct(rewriter.graph().node(inner)) ||
        rewriter.soleReader(product.inputs[0]) != id || !isNumber(rewriter.graph(), product.inputs[1], 0.5))
        return;
    const std::vector<ValueId> factors = rewriter.graph().node(inner).inputs;
    for (const size_t side : {0, 1}) {
        const auto term = erfTerm(rewriter, factors[side], inner);
        if (!term || term->x != factors[1 - side])
            continue;
        becomeGelu(rewriter, *term);
        rewriter.absorbReader(term->scale, inner);
        rewriter.absorbReader(term->scale, id);
        return;
    }
}

} // namespace

void canonicalizeWrittenOut(Rewriter& rewriter, NodeId id) {
    using Merge = void (*)(Rewriter&, NodeId);
    for (const Merge merge : {mergeMish, mergeGeluHalvedFirst, mergeGeluHalvedLast})
        if (!rewriter.isRemoved(id) && isProduct(rewriter.graph().node(id)) &&
            rewriter.graph().value(rewriter.graph().node(id).outputs.front()).type == ElementType::F32)
            merge(rewriter, id);
}

} // namespace halftone
