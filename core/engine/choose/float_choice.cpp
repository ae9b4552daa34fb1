// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/choose/float_choice.h"

#include "core/engine/lower/lower.h"
#include "core/graph/op_traits.h"

#include <algorithm>

namespace halftone::engine {

namespace {

/// Why there is no kernel for these tensors. Light layers are probed channels-last, the layout that heavy ones leave
/// where they can.
struct WhyNoFloatKernel {
    const Graph& graph;
    const Node& node;
    DataType type;

    std::string operator()(const Conv& op) const { return whyNotFloatConv(graph, node, op, type); }
    std::string operator()(const FullyConnected& op) const { return whyNotFloatFullyConnected(graph, node, op, type); }
    std::string operator()(const MatMul&) const { return whyNotFloatMatMul(graph, node, type); }
    std::string operator()(const Pool& op) const { return whyNotFloatPool(graph, node, op, type); }
    std::string operator()(const Unary& op) const { return whyNotFloatUnary(graph, node, op, type); }
    std::string operator()(const Binary& op) const { return whyNotFloatBinary(graph, node, op, type); }
    std::string operator()(const BatchNorm&) const { return whyNotFloatBatchNorm(graph, node, type); }
    std::string operator()(const Concat& op) const { return whyNotFloatConcat(graph, node, op, type); }
    std::string operator()(const auto&) const { return {}; } // values of any type are moved alike
};

} // namespace

std::string whyNotFloat(const Graph& graph, const Node& node, DataType type) {
    const std::string never = whyNeverBf16(node.op);
    return never.empty() ? std::visit(WhyNoFloatKernel{graph, node, type}, node.op) : never;
}

PrecisionChoice chooseFloat(const Graph& graph, DataType type, const WhyNotFloat& whyNot) {
    PrecisionChoice choice = PrecisionChoice::fp32(graph);
    std::vector<bool> inType(graph.values().size()); // by ValueId: computed in `type`
    for (size_t i = 0; i < graph.nodes().size(); ++i) {
        const Node& node = graph.nodes()[i];
        const bool follows = std::ranges::any_of(
            node.inputs, [&](ValueId input) { return input != kNoValue && inType[static_cast<size_t>(input)]; });
        std::string& reason = choice.reasons[i];
        reason = isHeavy(node.op) || follows ? whyNot(graph, node, type) : "It follows layers in fp32.";
        if (!reason.empty())
            continue;
        choice.floats[i] = type;
        for (const ValueId output : node.outputs)
            inType[static_cast<size_t>(output)] = true;
    }
    return choice;
}

PrecisionChoice withOthersIn(PrecisionChoice int8, const Graph& graph, DataType type, const WhyNotFloat& whyNot) {
    const auto whyNotBeside = [&](const Graph& whole, const Node& node, DataType asked) {
        const auto index = static_cast<size_t>(&node - whole.nodes().data());
        return int8.computes[index] ? std::string("It computes in int8.") : whyNot(whole, node, asked);
    };
    int8.floats = chooseFloat(graph, type, whyNotBeside).floats;
    return int8;
}

} // namespace halftone::engine
