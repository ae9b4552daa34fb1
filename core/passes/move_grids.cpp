// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/op_traits.h"
#include "core/passes/passes.h"
#include "core/passes/rewriter.h"

#include <algorithm>
#include <ranges>

namespace halftone {

namespace {

class GridMover {
public:
    explicit GridMover(Graph graph) : m_rewriter(std::move(graph)) {}

    Graph run() && {
        leaveCodesAlone();
        for (NodeId id = 0; id < m_rewriter.nodeCount(); ++id)
            if (std::holds_alternative<Identity>(graph().node(id).op))
                moveToMaker(id);
        for (NodeId id = 0; id < m_rewriter.nodeCount(); ++id)
            spreadForward(id);
        for (NodeId id = m_rewriter.nodeCount() - 1; id >= 0; --id)
            spreadBackward(id);
        for (const ValueId output : graph().outputs)
            endCodes(output);
        return std::move(m_rewriter).finish();
    }

private:
    const Graph& graph() const { return m_rewriter.graph(); }
    const std::optional<QuantParams>& grid(ValueId value) const { return graph().value(value).quant; }
    bool mayGetGrid(ValueId value) const {
        return value != kNoValue && !grid(value) && !graph().isConstant(value) && !m_rewriter.isOutput(value) &&
               graph().value(value).type == ElementType::F32;
    }

    /// Tensors whose elements are codes themselves, because a file that says a grid further on says none before.
    void leaveCodesAlone() {
        for (ValueId id = 0; id < static_cast<ValueId>(graph().values().size()); ++id)
            if (grid(id) && !graph().isConstant(id) && graph().value(id).type != ElementType::F32)
                m_rewriter.edit().value(id).quant.reset();
    }

    /// What everybody reads on one grid may as well be made on it.
    void moveToMaker(NodeId id) {
        const ValueId x = graph().node(id).inputs.front();
        const std::optional<QuantParams> wanted = grid(graph().node(id).output());
        const auto putsOnGrid = [&](NodeId reader) {
            const Node& node = graph().node(reader);
            return std::holds_alternative<Identity>(node.op) && grid(node.output()) == wanted;
        };
        if (wanted && mayGetGrid(x) && std::ranges::all_of(m_rewriter.readers(x), putsOnGrid))
            m_rewriter.edit().value(x).quant = wanted;
    }

    void spreadForward(NodeId id) {
        const Node& node = graph().node(id);
        if (!onlyMoves(node.op))
            return;
        const std::optional<QuantParams> first = grid(node.inputs.front());
        const auto isFirst = [&](ValueId input) { return grid(input) == first; };
        if (!first || first->axis || first->atRunTime || !std::ranges::all_of(operandsOnGrids(node), isFirst))
            return;
        for (const ValueId output : node.outputs)
            if (mayGetGrid(output))
                m_rewriter.edit().value(output).quant = first;
    }

    void spreadBackward(NodeId id) {
        const Node& node = graph().node(id);
        if (!onlyMoves(node.op) || std::holds_alternative<Identity>(node.op))
            return;
        const std::optional<QuantParams> wanted = grid(node.outputs.front());
        const auto isWanted = [&](ValueId output) { return grid(output) == wanted; };
        if (!wanted || wanted->axis || wanted->atRunTime || !std::ranges::all_of(node.outputs, isWanted))
            return;
        for (const ValueId input : operandsOnGrids(node))
            if (mayGetGrid(input) && m_rewriter.readers(input).size() == 1 && !turnsNetworkInput(node))
                m_rewriter.edit().value(input).quant = wanted;
    }

    /// Turning codes of the network's input would take a step of its own; turning what is rounded then takes none.
    bool turnsNetworkInput(const Node& node) const {
        return std::holds_alternative<Transpose>(node.op) && m_rewriter.producer(node.inputs.front()) == kNoNode;
    }

    /// The Identity before an output on a grid is what ends the codes: it stays, and the output is real numbers.
    void endCodes(ValueId output) {
        const NodeId maker = m_rewriter.producer(output);
        if (maker == kNoNode || !std::holds_alternative<Identity>(graph().node(maker).op))
            return;
        if (grid(output) == grid(graph().node(maker).inputs.front()))
            m_rewriter.edit().value(output).quant.reset();
    }

    Rewriter m_rewriter;
};

} // namespace

Graph moveGrids(Graph graph) {
    return GridMover(std::move(graph)).run();
}

} // namespace halftone
