// SPDX-License-Identifier: GPL-3.0-or-later
// Activations that exporters write out as several operators.
#include "core/passes/canonicalize.h"

#include <cmath>

namespace halftone {

namespace {

bool isProduct(const Node& node) {
    const auto* binary = std::get_if<Binary>(&node.op);
    return binary && binary->kind == BinaryKind::Mul && binary->postOps.empty();
}

/// The node of this kind that makes `value` for `reader` alone.
NodeId unaryBehind(Rewriter& rewriter, ValueId value, UnaryKind kind, NodeId reader) {
    const NodeId node = rewriter.producer(value);
    const auto* unary = node == kNoNode ? nullptr : std::get_if<Unary>(&rewriter.graph().node(node).op);
    return unary && unary->kind == kind && rewriter.soleReader(value) == reader ? node : kNoNode;
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
        return rewriter.takeLayersOf(gate->sum, divided);
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

} // namespace

void canonicalizeWrittenOut(Rewriter& rewriter, NodeId id) {
    using Merge = void (*)(Rewriter&, NodeId);
    for (const Merge merge : {mergeMish, mergeHardSwishDividedFirst})
        if (!rewriter.isRemoved(id) && isProduct(rewriter.graph().node(id)) &&
            rewriter.graph().value(rewriter.graph().node(id).output()).type == ElementType::F32)
            merge(rewriter, id);
    if (!rewriter.isRemoved(id) && std::holds_alternative<Binary>(rewriter.graph().node(id).op) &&
        rewriter.graph().value(rewriter.graph().node(id).output()).type == ElementType::F32)
        mergeHardGate(rewriter, id);
}

} // namespace halftone
