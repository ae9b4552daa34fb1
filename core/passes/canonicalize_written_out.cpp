// SPDX-License-Identifier: GPL-3.0-or-later
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
    const bool fits =
        isNumber(graph, graph.node(id).inputs[1], number) && graph.value(operand).shape == graph.value(value).shape;
    return fits ? WithNumber{id, operand} : WithNumber{};
}

/// max(0, min(x + summand, top)), each of its nodes read by the next one alone.
struct BoundedSum {
    NodeId sum = kNoNode, clip = kNoNode;
    ValueId x = kNoValue;
    double summand = 0, top = 0;
};

std::optional<BoundedSum> boundedSum(Rewriter& rewriter, ValueId value, NodeId reader) {
    const Graph& graph = rewriter.graph();
    const NodeId clip = unaryBehind(rewriter, value, UnaryKind::Clip, reader);
    if (clip == kNoNode || std::get<Unary>(graph.node(clip).op).alpha != 0)
        return std::nullopt;
    const ValueId bounded = graph.node(clip).inputs.front();
    const NodeId sum = rewriter.producer(bounded);
    const auto* binary = sum == kNoNode ? nullptr : std::get_if<Binary>(&graph.node(sum).op);
    if (!binary || binary->kind != BinaryKind::Add || !binary->postOps.empty() || rewriter.soleReader(bounded) != clip)
        return std::nullopt;
    const ValueId x = graph.node(sum).inputs[0], summand = graph.node(sum).inputs[1];
    if (!graph.isConstant(summand) || graph.value(summand).constant->elements() != 1 ||
        graph.value(x).shape != graph.value(bounded).shape)
        return std::nullopt;
    return BoundedSum{sum, clip, x, graph.value(summand).constant->toDoubles().front(),
                      std::get<Unary>(graph.node(clip).op).beta};
}

/// What a Mul or Div with a number multiplies by.
std::optional<double> factorOf(const Graph& graph, const Node& node) {
    const auto* binary = std::get_if<Binary>(&node.op);
    if (!binary || !binary->postOps.empty() || !graph.isConstant(node.inputs[1]) ||
        graph.value(node.inputs[1]).constant->elements() != 1)
        return std::nullopt;
    const double number = graph.value(node.inputs[1]).constant->toDoubles().front();
    if (binary->kind == BinaryKind::Mul)
        return number;
    return binary->kind == BinaryKind::Div && number != 0 ? std::optional(1 / number) : std::nullopt;
}

/// Whether the bounded sum times `factor` ends at 1.
bool reachesOne(const std::optional<BoundedSum>& gate, double factor) {
    return gate && std::abs(gate->top * factor - 1) < 1e-6;
}

/// The sum of the gate computes `kind`, and takes in what followed it.
void becomeGate(Rewriter& rewriter, UnaryKind kind, const BoundedSum& gate, double factor,
                const std::vector<NodeId>& followers) {
    rewriter.edit().node(gate.sum).op =
        Unary{kind, static_cast<float>(factor), static_cast<float>(gate.summand * factor)};
    rewriter.setInputs(gate.sum, {gate.x});
    rewriter.absorbReader(gate.sum, gate.clip);
    for (const NodeId follower : followers)
        rewriter.absorbReader(gate.sum, follower);
}

/// `node` takes the layers of `other`, which nobody needs any more.
void takeLayersOf(Rewriter& rewriter, NodeId node, NodeId other) {
    const std::vector<std::string> origins = rewriter.graph().node(other).origins;
    rewriter.remove(other);
    auto& all = rewriter.edit().node(node).origins;
    all.insert(all.end(), origins.begin(), origins.end());
}

/// Clip(x + 3, 0, 6) / 6 is a HardSigmoid, and x * Clip(x + 3, 0, 6) / 6 a HardSwish.
void mergeHardGate(Rewriter& rewriter, NodeId id) {
    const Graph& graph = rewriter.graph();
    const std::optional<double> factor = factorOf(graph, graph.node(id));
    const ValueId scaled = graph.node(id).inputs[0];
    if (!factor || graph.value(scaled).shape != graph.value(graph.node(id).output()).shape)
        return;
    if (const auto gate = boundedSum(rewriter, scaled, id); reachesOne(gate, *factor))
        return becomeGate(rewriter, UnaryKind::HardSigmoid, *gate, *factor, {id});
    const NodeId product = rewriter.producer(scaled);
    if (product == kNoNode || !isProduct(graph.node(product)) || rewriter.soleReader(scaled) != id)
        return;
    const std::vector<ValueId> factors = graph.node(product).inputs;
    for (const size_t side : {0, 1})
        if (const auto gate = boundedSum(rewriter, factors[side], product);
            reachesOne(gate, *factor) && gate->x == factors[1 - side])
            return becomeGate(rewriter, UnaryKind::HardSwish, *gate, *factor, {product, id});
}

/// k * x * Clip(x + b, 0, t), which is HardSwish of c * x where c = k * t: the layer before takes that factor in.
void scaleBeforeHardSwish(Rewriter& rewriter, NodeId id, NodeId divided, const BoundedSum& gate, double factor) {
    const double scale = factor * gate.top;
    rewriter.edit().node(divided).op = Binary{BinaryKind::Mul, {}};
    rewriter.setConstant(divided, 1, Tensor::fromFloats({}, std::vector<float>{static_cast<float>(scale)}),
                         rewriter.graph().node(divided).name + "_factor");
    const ValueId scaled = rewriter.graph().node(divided).output();
    rewriter.edit().node(gate.sum).op = Unary{UnaryKind::HardSwish, static_cast<float>(1 / (scale * gate.top)),
                                              static_cast<float>(gate.summand / gate.top)};
    rewriter.setInputs(gate.sum, {scaled});
    rewriter.absorbReader(gate.sum, gate.clip);
    rewriter.absorbReader(gate.sum, id);
}

/// (x / 6) * Clip(x + 3, 0, 6). Exporters round the 1/6 to 16 bits.
void mergeHardSwishDividedFirst(Rewriter& rewriter, NodeId id) {
    const Graph& graph = rewriter.graph();
    const Node product = graph.node(id);
    for (const size_t side : {0, 1}) {
        const NodeId divided = rewriter.producer(product.inputs[1 - side]);
        const auto gate = boundedSum(rewriter, product.inputs[side], id);
        if (!gate || divided == kNoNode || rewriter.soleReader(product.inputs[1 - side]) != id)
            continue;
        const std::optional<double> factor = factorOf(graph, graph.node(divided));
        if (!factor || *factor <= 0 || gate->top <= 0 || gate->top > 1e6 || graph.node(divided).inputs[0] != gate->x ||
            graph.value(product.inputs[1 - side]).shape != graph.value(gate->x).shape)
            continue;
        if (!reachesOne(gate, *factor))
            return scaleBeforeHardSwish(rewriter, id, divided, *gate, *factor);
        becomeGate(rewriter, UnaryKind::HardSwish, *gate, *factor, {id});
        return takeLayersOf(rewriter, gate->sum, divided);
    }
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
    const NodeId erf = sum.node == kNoNode ? kNoNode : unaryBehind(rewriter, sum.operand, UnaryKind::Erf, sum.node);
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
        rewriter.absorbReader(term->scale, id);
        return takeLayersOf(rewriter, term->scale, halved.node);
    }
}

/// (x * (1 + Erf(x / sqrt(2)))) * 0.5.
void mergeGeluHalvedLast(Rewriter& rewriter, NodeId id) {
    const Node product = rewriter.graph().node(id);
    const NodeId inner = rewriter.producer(product.inputs[0]);
    if (inner == kNoNode || !isProduct(rewriter.graph().node(inner)) || rewriter.soleReader(product.inputs[0]) != id ||
        !isNumber(rewriter.graph(), product.inputs[1], 0.5))
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
    for (const Merge merge : {mergeMish, mergeGeluHalvedFirst, mergeGeluHalvedLast, mergeHardSwishDividedFirst})
        if (!rewriter.isRemoved(id) && isProduct(rewriter.graph().node(id)) &&
            rewriter.graph().value(rewriter.graph().node(id).output()).type == ElementType::F32)
            merge(rewriter, id);
    if (!rewriter.isRemoved(id) && std::holds_alternative<Binary>(rewriter.graph().node(id).op) &&
        rewriter.graph().value(rewriter.graph().node(id).output()).type == ElementType::F32)
        mergeHardGate(rewriter, id);
}

} // namespace halftone
