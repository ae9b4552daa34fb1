// SPDX-License-Identifier: GPL-3.0-or-later
// Gelu and Swish as exporters write them: the same formula in many orders. What feeds Erf, Tanh or Sigmoid is read as a
// polynomial of x, so that the order does not matter.
#include "core/passes/canonicalize.h"

#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <vector>

namespace halftone {

namespace {

constexpr size_t kTerms = 4; // powers 0 to 3

/// c0 + c1 x + c2 x^2 + c3 x^3, and the nodes that compute it, the last one first.
struct Polynomial {
    std::array<double, kTerms> c{};
    ValueId x = kNoValue; // kNoValue: only a number
    std::vector<NodeId> nodes;
};

std::optional<double> numberOf(const Graph& graph, ValueId value) {
    if (!graph.isConstant(value) || graph.value(value).constant->elements() != 1)
        return std::nullopt;
    return graph.value(value).constant->toDoubles().front();
}

/// Nothing where both are of different x, or the degree grows beyond 3.
std::optional<Polynomial> combined(const Polynomial& a, const Polynomial& b, BinaryKind kind) {
    if (a.x != kNoValue && b.x != kNoValue && a.x != b.x)
        return std::nullopt;
    Polynomial result;
    result.x = a.x != kNoValue ? a.x : b.x;
    result.nodes = a.nodes;
    result.nodes.insert(result.nodes.end(), b.nodes.begin(), b.nodes.end());
    for (size_t i = 0; i < kTerms; ++i)
        switch (kind) {
        case BinaryKind::Add: result.c[i] = a.c[i] + b.c[i]; break;
        case BinaryKind::Sub: result.c[i] = a.c[i] - b.c[i]; break;
        case BinaryKind::Div:
            if (b.x != kNoValue || b.c[0] == 0)
                return std::nullopt;
            result.c[i] = a.c[i] / b.c[0];
            break;
        case BinaryKind::Mul:
            for (size_t j = 0; j < kTerms; ++j) {
                if (i + j < kTerms)
                    result.c[i + j] += a.c[i] * b.c[j];
                else if (a.c[i] * b.c[j] != 0)
                    return std::nullopt;
            }
            break;
        default: return std::nullopt;
        }
    return result;
}

/// What `reader` alone reads is looked into; anything else is x.
std::optional<Polynomial> polynomial(Rewriter& rewriter, ValueId value, NodeId reader, int depth = 8) {
    const Graph& graph = rewriter.graph();
    if (const auto number = numberOf(graph, value))
        return Polynomial{{*number}, kNoValue, {}};
    Polynomial variable{{0, 1}, value, {}};
    const NodeId id = rewriter.producer(value);
    if (depth == 0 || id == kNoNode || rewriter.soleReader(value) != reader)
        return variable;
    const Node& node = graph.node(id);
    const auto* unary = std::get_if<Unary>(&node.op);
    const auto* binary = std::get_if<Binary>(&node.op);
    std::optional<Polynomial> result;
    if (unary && unary->kind == UnaryKind::Square) {
        if (const auto root = polynomial(rewriter, node.inputs[0], id, depth - 1))
            result = combined(*root, {root->c, root->x, {}}, BinaryKind::Mul);
    } else if (binary && binary->postOps.empty() && binary->kind == BinaryKind::Pow) {
        const auto root = polynomial(rewriter, node.inputs[0], id, depth - 1);
        const auto power = numberOf(graph, node.inputs[1]);
        if (root && power && (*power == 2 || *power == 3)) {
            result = root;
            for (int i = 1; i < *power && result; ++i)
                result = combined(*result, {root->c, root->x, {}}, BinaryKind::Mul);
        }
    } else if (binary && binary->postOps.empty()) {
        const auto a = polynomial(rewriter, node.inputs[0], id, depth - 1),
                   b = polynomial(rewriter, node.inputs[1], id, depth - 1);
        if (a && b)
            result = combined(*a, *b, binary->kind);
    }
    if (!result)
        return variable;
    result->nodes.insert(result->nodes.begin(), id);
    return result;
}

bool isClose(double found, double wanted) {
    return std::abs(found - wanted) <= 1e-3 * std::abs(wanted); // exporters round, some to three digits
}

/// What stands in the polynomial is c1 x + c3 x^3 alone.
bool isOdd(const Polynomial& p, double c1, double c3) {
    return p.x != kNoValue && p.c[0] == 0 && p.c[2] == 0 && isClose(p.c[1], c1) &&
           (c3 == 0 ? p.c[3] == 0 : isClose(p.c[3], c3));
}

/// Factors of a product that `reader` alone reads: a number and at most two others.
struct Factors {
    double number = 1;
    std::vector<std::pair<ValueId, NodeId>> values; // with the node that reads each
    std::vector<NodeId> nodes;                      // the last one first
};

void collect(Rewriter& rewriter, NodeId id, Factors& factors, int depth = 4) {
    const Node& node = rewriter.graph().node(id);
    factors.nodes.push_back(id);
    for (size_t i = 0; i < 2; ++i) {
        const ValueId value = node.inputs[i];
        const bool isDivisor = i == 1 && std::get<Binary>(node.op).kind == BinaryKind::Div;
        if (const auto number = numberOf(rewriter.graph(), value)) {
            factors.number *= isDivisor ? 1 / *number : *number;
            continue;
        }
        const NodeId producer = rewriter.producer(value);
        const auto* binary = producer == kNoNode ? nullptr : std::get_if<Binary>(&rewriter.graph().node(producer).op);
        const bool isProduct = binary && binary->postOps.empty() &&
                               (binary->kind == BinaryKind::Mul ||
                                (binary->kind == BinaryKind::Div &&
                                 numberOf(rewriter.graph(), rewriter.graph().node(producer).inputs[1])));
        if (isProduct && !isDivisor && depth > 0 && rewriter.soleReader(value) == id)
            collect(rewriter, producer, factors, depth - 1);
        else
            factors.values.emplace_back(value, id);
    }
}

/// The node that makes `value` for `reader` alone, where it is unary.
NodeId unaryFor(Rewriter& rewriter, ValueId value, NodeId reader) {
    const NodeId node = rewriter.producer(value);
    return node != kNoNode && std::holds_alternative<Unary>(rewriter.graph().node(node).op) &&
                   rewriter.soleReader(value) == reader
               ? node
               : kNoNode;
}

/// An activation that a product ends with: kind(x), computed by `nodes` so far.
struct Found {
    Unary op;
    ValueId x = kNoValue;
    std::vector<NodeId> nodes;
};

/// `value` as 1 + Erf(..), 1 + Tanh(..) or Sigmoid(..), times `number`, as what x * it is.
std::optional<Found> gate(Rewriter& rewriter, ValueId value, NodeId reader, double number) {
    std::vector<NodeId> nodes;
    NodeId unary = unaryFor(rewriter, value, reader);
    if (unary == kNoNode) {
        const NodeId sum = rewriter.producer(value);
        const auto* binary = sum == kNoNode ? nullptr : std::get_if<Binary>(&rewriter.graph().node(sum).op);
        if (!binary || binary->kind != BinaryKind::Add || !binary->postOps.empty() ||
            rewriter.soleReader(value) != reader)
            return std::nullopt;
        const std::vector<ValueId> inputs = rewriter.graph().node(sum).inputs;
        for (const size_t side : {0, 1})
            if (const auto one = numberOf(rewriter.graph(), inputs[side]); one && std::abs(*one - 1) < 1e-6)
                unary = unaryFor(rewriter, inputs[1 - side], sum);
        if (unary == kNoNode)
            return std::nullopt;
        nodes.push_back(sum);
    }
    const UnaryKind kind = std::get<Unary>(rewriter.graph().node(unary).op).kind;
    const auto inner = polynomial(rewriter, rewriter.graph().node(unary).inputs.front(), unary);
    nodes.push_back(unary);
    if (!inner)
        return std::nullopt;
    nodes.insert(nodes.end(), inner->nodes.begin(), inner->nodes.end());
    const double root = std::sqrt(2 / std::numbers::pi);
    const bool halved = nodes.front() != unary && std::abs(number - 0.5) < 1e-6;
    if (halved && kind == UnaryKind::Erf && isOdd(*inner, 1 / std::numbers::sqrt2, 0))
        return Found{{UnaryKind::Gelu}, inner->x, nodes};
    if (halved && kind == UnaryKind::Tanh && isOdd(*inner, root, root * 0.044715))
        return Found{{UnaryKind::GeluTanh}, inner->x, nodes};
    if (nodes.front() == unary && kind == UnaryKind::Sigmoid && std::abs(number - 1) < 1e-6 && inner->c[1] > 0 &&
        isOdd(*inner, inner->c[1], 0))
        return Found{{UnaryKind::Swish, static_cast<float>(inner->c[1])}, inner->x, nodes};
    return std::nullopt;
}

} // namespace

void canonicalizeGelu(Rewriter& rewriter, NodeId id) {
    const Graph& graph = rewriter.graph();
    const auto* product = std::get_if<Binary>(&graph.node(id).op);
    if (!product || product->kind != BinaryKind::Mul || !product->postOps.empty() ||
        graph.value(graph.node(id).output()).type != ElementType::F32)
        return;
    Factors factors;
    collect(rewriter, id, factors);
    if (factors.values.size() != 2)
        return;
    for (const size_t side : {0, 1}) {
        const auto found = gate(rewriter, factors.values[side].first, factors.values[side].second, factors.number);
        if (!found || found->x != factors.values[1 - side].first ||
            graph.value(found->x).shape != graph.value(graph.node(id).output()).shape)
            continue;
        rewriter.edit().node(id).op = found->op;
        rewriter.setInputs(id, {found->x});
        std::vector<NodeId> others(factors.nodes.begin() + 1, factors.nodes.end());
        others.insert(others.end(), found->nodes.begin(), found->nodes.end());
        for (const NodeId other : others)
            if (!rewriter.isRemoved(other)) // the square of a product holds it twice
                rewriter.takeLayersOf(id, other);
        return;
    }
}

} // namespace halftone
