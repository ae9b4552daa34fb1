// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/written_codes.h"

#include "core/graph/op_traits.h"

#include <algorithm>

namespace halftone::onnx_format {

namespace {

bool hasGrid(const Graph& graph, ValueId value) {
    return value != kNoValue && !graph.isConstant(value) && graph.value(value).quant &&
           !graph.value(value).quant->axis && !graph.value(value).quant->atRunTime;
}

/// ONNX Runtime has a form of it for codes.
bool canRunOnCodes(const Graph& graph, const Node& node) {
    if (const auto* binary = std::get_if<Binary>(&node.op))
        return (binary->kind == BinaryKind::Add || binary->kind == BinaryKind::Mul) &&
               std::ranges::all_of(node.inputs, [&](ValueId input) { return hasGrid(graph, input); });
    if (const auto* unary = std::get_if<Unary>(&node.op))
        return unary->kind == UnaryKind::LeakyRelu || unary->kind == UnaryKind::Sigmoid;
    return keepsGrid(node.op) || isGlobalAverage(node.op);
}

} // namespace

bool multipliesCodes(const Graph& graph, const Node& node) {
    if (!std::holds_alternative<Conv>(node.op) && !std::holds_alternative<FullyConnected>(node.op))
        return false;
    return hasGrid(graph, node.inputs[0]) && graph.isConstant(node.inputs[1]) && graph.value(node.inputs[1]).quant;
}

std::vector<bool> writtenAsCodes(const Graph& graph) {
    std::vector<bool> written(graph.values().size());
    const auto write = [&](ValueId value) {
        if (hasGrid(graph, value))
            written[static_cast<size_t>(value)] = true;
    };
    // Backwards, so that a chain of light layers before an int8 layer is decided from its end.
    for (size_t i = graph.nodes().size(); i-- > 0;) {
        const Node& node = graph.nodes()[i];
        const auto isWritten = [&](ValueId result) { return written[static_cast<size_t>(result)]; };
        if (multipliesCodes(graph, node)) {
            write(node.inputs[0]);
            if (std::holds_alternative<Conv>(node.op))
                write(node.output());
        } else if (std::ranges::any_of(node.outputs, isWritten) && canRunOnCodes(graph, node)) {
            std::ranges::for_each(node.inputs, write);
        }
    }
    return written;
}

} // namespace halftone::onnx_format
