// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/op_traits.h"
#include "core/passes/passes.h"
#include "core/passes/rewriter.h"

#include <algorithm>

namespace halftone {

namespace {

bool isNeverNegative(const Unary& op) {
    switch (op.kind) {
    case UnaryKind::Relu:
    case UnaryKind::Sigmoid:
    case UnaryKind::HardSigmoid:
    case UnaryKind::Softplus:
    case UnaryKind::Exp:
    case UnaryKind::Sqrt:
    case UnaryKind::Abs:
    case UnaryKind::Square: return true;
    case UnaryKind::Clip: return op.alpha >= 0;
    default: return false;
    }
}

/// Whether results of `op` are never negative when none of its operands is.
bool keepsSign(const Op& op) {
    const auto* binary = std::get_if<Binary>(&op);
    return keepsGrid(op) || isGlobalAverage(op) ||
           (binary && (binary->kind == BinaryKind::Add || binary->kind == BinaryKind::Mul ||
                       binary->kind == BinaryKind::Min || binary->kind == BinaryKind::Max));
}

class Saturator {
public:
    explicit Saturator(Graph graph) : m_rewriter(std::move(graph)), m_neverNegative(this->graph().values().size()) {}

    Graph run() && {
        const NodeId before = m_rewriter.nodeCount();
        for (NodeId id = 0; id < before; ++id) {
            const std::vector<ValueId> results = graph().node(id).outputs;
            for (const ValueId result : results)
                look(id, result);
        }
        return std::move(m_rewriter).finish();
    }

private:
    const Graph& graph() const { return m_rewriter.graph(); }

    void look(NodeId id, ValueId result) {
        m_neverNegative[static_cast<size_t>(result)] = neverNegative(graph().node(id));
        const std::optional<QuantParams>& grid = graph().value(result).quant;
        const auto isAboveZero = [&](int32_t point) { return point != lowestCode(grid->storage); };
        if (!grid || m_rewriter.isOutput(result) || std::ranges::any_of(grid->zeroPoints, isAboveZero))
            return;
        if (!m_neverNegative[static_cast<size_t>(result)])
            saturate(id, result);
        m_neverNegative[static_cast<size_t>(result)] = true;
    }

    bool neverNegative(const Node& node) const {
        if (const auto* unary = std::get_if<Unary>(&node.op))
            return isNeverNegative(*unary);
        if (const auto* softmax = std::get_if<Softmax>(&node.op))
            return !softmax->log;
        return keepsSign(node.op) && std::ranges::all_of(operandsOnGrids(node), [&](ValueId input) {
                   return m_neverNegative[static_cast<size_t>(input)];
               });
    }

    /// Who read the result reads what the new node makes of it, under the name that it had.
    void saturate(NodeId id, ValueId result) {
        Value saturated = graph().value(result);
        const QuantParams grid = *saturated.quant;
        const std::vector<NodeId> readers = m_rewriter.readers(result);
        Value& before = m_rewriter.edit().value(result);
        before.quant.reset();
        before.name = graph().uniqueValueName(saturated.name + "/unbounded");
        const ValueId bounded = m_rewriter.edit().addValue(std::move(saturated));
        Node clip;
        clip.name = graph().uniqueNodeName(graph().node(id).name + "/bounds");
        const float widest = *std::ranges::max_element(grid.scales);
        clip.op = Unary{UnaryKind::Clip, 0, dequantize(highestCode(grid.storage), widest, grid.zeroPoint())};
        clip.inputs = {result};
        clip.outputs = {bounded};
        clip.origins = graph().node(id).origins;
        m_rewriter.addNode(std::move(clip));
        m_neverNegative.push_back(true);
        for (const NodeId reader : readers)
            for (size_t input = 0; input < graph().node(reader).inputs.size(); ++input)
                if (graph().node(reader).inputs[input] == result)
                    m_rewriter.setInput(reader, input, bounded);
    }

    Rewriter m_rewriter;
    std::vector<bool> m_neverNegative; // by ValueId
};

} // namespace

Graph saturateGrids(Graph graph) {
    return Saturator(std::move(graph)).run();
}

} // namespace halftone
