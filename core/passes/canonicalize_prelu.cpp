// SPDX-License-Identifier: GPL-3.0-or-later
// PRelu, leaky ReLU and ReLU, however exporters write them out. All forms have in common that x goes through functions
// f with f(c * x) = c * f(x) for c > 0 (ReLU, |x|, -x, products with constants, sums, minima and maxima of such), which
// are known by their values at 1 and -1; they are a PRelu when the value at 1 is 1.
//
//   Relu(x) - slope * Relu(-x),   Max(x, 0) + slope * Min(x, 0),   0.5 * slope * (x - |x|) + Relu(x)
#include "core/passes/canonicalize.h"
#include "core/passes/linear_layer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace halftone {

namespace {

constexpr int kMostSteps = 6;       // from x to the result
constexpr double kTolerance = 1e-6; // of constants that were rounded to fp32

/// Of each channel.
struct Values {
    std::vector<double> atOne, atMinusOne;
};

bool isHomogeneous(const Unary& op) {
    constexpr float most = std::numeric_limits<float>::max();
    const auto isBound = [](float bound) { return bound == 0 || bound >= most || bound <= -most; };
    return op.kind == UnaryKind::Relu || op.kind == UnaryKind::LeakyRelu || op.kind == UnaryKind::Neg ||
           op.kind == UnaryKind::Abs || (op.kind == UnaryKind::Clip && isBound(op.alpha) && isBound(op.beta));
}

double apply(const Unary& op, double x) {
    switch (op.kind) {
    case UnaryKind::Relu: return std::max(x, 0.0);
    case UnaryKind::LeakyRelu: return x < 0 ? static_cast<double>(op.alpha) * x : x;
    case UnaryKind::Neg: return -x;
    case UnaryKind::Abs: return std::abs(x);
    default: return std::min(std::max(x, static_cast<double>(op.alpha)), static_cast<double>(op.beta));
    }
}

double apply(BinaryKind kind, double a, double b) {
    switch (kind) {
    case BinaryKind::Add: return a + b;
    case BinaryKind::Sub: return a - b;
    case BinaryKind::Min: return std::min(a, b);
    case BinaryKind::Max: return std::max(a, b);
    case BinaryKind::Mul: return a * b;
    default: return a / b;
    }
}

bool joins(BinaryKind kind) {
    return kind == BinaryKind::Add || kind == BinaryKind::Sub || kind == BinaryKind::Min || kind == BinaryKind::Max;
}

/// What a number, or one for each channel, multiplies or divides by.
std::optional<std::vector<double>> factors(const Graph& graph, const Node& node, const Shape& shape) {
    const auto kind = std::get<Binary>(node.op).kind;
    const Value& factor = graph.value(node.inputs[1]);
    if ((kind != BinaryKind::Mul && kind != BinaryKind::Div) || !factor.constant || factor.quant)
        return std::nullopt;
    return perChannel(*factor.constant, shape, kChannel);
}

/// Follows a result back to one x.
class Follower {
public:
    Follower(const Rewriter& rewriter, ValueId x) : m_rewriter(rewriter), m_graph(rewriter.graph()), m_x(x) {}

    std::optional<Values> valuesOf(ValueId value, int steps = kMostSteps) {
        const Shape& shape = m_graph.value(m_x).shape;
        if (value == m_x)
            return Values{std::vector<double>(static_cast<size_t>(shape[kChannel]), 1.0),
                          std::vector<double>(static_cast<size_t>(shape[kChannel]), -1.0)};
        const NodeId id = m_rewriter.producer(value);
        if (steps == 0 || id == kNoNode || m_graph.value(value).shape != shape)
            return std::nullopt;
        const Node& node = m_graph.node(id);
        m_nodes.insert(id);
        std::optional<Values> result;
        if (const auto* unary = std::get_if<Unary>(&node.op); unary && isHomogeneous(*unary)) {
            result = valuesOf(node.inputs[0], steps - 1);
            if (result)
                change(*result, [&](double x, size_t) { return apply(*unary, x); });
        } else if (const auto* binary = std::get_if<Binary>(&node.op); binary && binary->postOps.empty()) {
            result = ofBinary(node, binary->kind, steps);
        }
        return result;
    }

    /// The nodes between x and the result.
    const std::set<NodeId>& nodes() const { return m_nodes; }

private:
    template <class Function> static void change(Values& values, const Function& function) {
        for (size_t c = 0; c < values.atOne.size(); ++c) {
            values.atOne[c] = function(values.atOne[c], c);
            values.atMinusOne[c] = function(values.atMinusOne[c], c);
        }
    }

    std::optional<Values> ofBinary(const Node& node, BinaryKind kind, int steps) {
        if (const auto by = factors(m_graph, node, m_graph.value(m_x).shape)) {
            auto result = valuesOf(node.inputs[0], steps - 1);
            if (result)
                change(*result, [&](double x, size_t c) { return apply(kind, x, (*by)[c]); });
            return result;
        }
        auto left = joins(kind) ? valuesOf(node.inputs[0], steps - 1) : std::nullopt;
        const auto right = left ? valuesOf(node.inputs[1], steps - 1) : std::nullopt;
        if (!right)
            return std::nullopt;
        for (size_t c = 0; c < left->atOne.size(); ++c) {
            left->atOne[c] = apply(kind, left->atOne[c], right->atOne[c]);
            left->atMinusOne[c] = apply(kind, left->atMinusOne[c], right->atMinusOne[c]);
        }
        return left;
    }

    const Rewriter& m_rewriter;
    const Graph& m_graph;
    const ValueId m_x;
    std::set<NodeId> m_nodes;
};

/// `value` and what it may be a homogeneous function of, the nearest first.
std::vector<ValueId> sourcesOf(const Rewriter& rewriter, ValueId value) {
    std::vector<ValueId> found{value}, last{value};
    for (int step = 0; step < kMostSteps && !last.empty(); ++step) {
        std::vector<ValueId> next;
        for (const ValueId from : last) {
            const NodeId id = rewriter.producer(from);
            if (id == kNoNode)
                continue;
            const Node& node = rewriter.graph().node(id);
            if (std::holds_alternative<Unary>(node.op) || std::holds_alternative<Binary>(node.op))
                std::ranges::copy_if(node.inputs, std::back_inserter(next),
                                     [&](ValueId input) { return !rewriter.graph().isConstant(input); });
        }
        found.insert(found.end(), next.begin(), next.end());
        last = std::move(next);
    }
    return found;
}

/// Nobody else needs what lies between x and the result of `end`.
bool areInner(Rewriter& rewriter, const std::set<NodeId>& nodes, NodeId end) {
    return std::ranges::all_of(nodes, [&](NodeId id) {
        const ValueId output = rewriter.graph().node(id).output();
        return id == end ||
               (!rewriter.isOutput(output) && !rewriter.graph().value(output).quant &&
                std::ranges::all_of(rewriter.readers(output), [&](NodeId reader) { return nodes.contains(reader); }));
    });
}

void becomePRelu(Rewriter& rewriter, NodeId id, ValueId x, const std::vector<float>& slopes) {
    if (std::ranges::all_of(slopes, [&](float slope) { return slope == slopes.front(); })) {
        rewriter.edit().node(id).op =
            slopes.front() == 0 ? Unary{UnaryKind::Relu} : Unary{UnaryKind::LeakyRelu, slopes.front()};
        return rewriter.setInputs(id, {x});
    }
    rewriter.edit().node(id).op = Binary{BinaryKind::PRelu, {}};
    rewriter.setInputs(id, {x});
    Shape shape(rewriter.graph().value(x).shape.size() - kChannel, 1);
    shape[0] = static_cast<int64_t>(slopes.size());
    rewriter.setConstant(id, 1, Tensor::fromFloats(shape, slopes), rewriter.graph().node(id).name + "_slopes");
}

bool mergeFrom(Rewriter& rewriter, NodeId id, ValueId x) {
    const Value& source = rewriter.graph().value(x);
    if (source.type != ElementType::F32 || source.shape.size() <= kChannel)
        return false;
    Follower follower(rewriter, x);
    const auto values = follower.valuesOf(rewriter.graph().node(id).output());
    const auto isOne = [](double value) { return std::abs(value - 1) < kTolerance; };
    const std::set<NodeId>& nodes = follower.nodes();
    if (!values || !std::ranges::all_of(values->atOne, isOne) || nodes.size() < 2 || !areInner(rewriter, nodes, id))
        return false;
    std::vector<float> slopes;
    std::ranges::transform(values->atMinusOne, std::back_inserter(slopes),
                           [](double y) { return static_cast<float>(-y); });
    becomePRelu(rewriter, id, x, slopes);
    for (const NodeId inner : nodes) {
        if (inner == id)
            continue;
        const std::vector<std::string> origins = rewriter.graph().node(inner).origins;
        rewriter.remove(inner);
        auto& all = rewriter.edit().node(id).origins;
        all.insert(all.end(), origins.begin(), origins.end());
    }
    return true;
}

} // namespace

void canonicalizePRelu(Rewriter& rewriter, NodeId id) {
    const Graph& graph = rewriter.graph();
    const auto* binary = std::get_if<Binary>(&graph.node(id).op);
    const ValueId result = graph.node(id).output();
    if (!binary || !binary->postOps.empty() || graph.value(result).type != ElementType::F32)
        return;
    const ValueId x = graph.node(id).inputs[0], second = graph.node(id).inputs[1];
    if (binary->kind == BinaryKind::PRelu && graph.isConstant(second) && !graph.value(second).quant) {
        const std::vector<float> slopes = graph.value(second).constant->toFloats();
        if (graph.value(x).shape == graph.value(result).shape &&
            std::ranges::all_of(slopes, [&](float slope) { return slope == slopes.front(); }))
            becomePRelu(rewriter, id, x, slopes);
        return;
    }
    if (joins(binary->kind) && !graph.isConstant(x) && !graph.isConstant(second))
        for (const ValueId source : sourcesOf(rewriter, x))
            if (mergeFrom(rewriter, id, source))
                return;
}

} // namespace halftone
