// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/checked.h"
#include "core/graph/evaluate.h"
#include "core/graph/infer.h"
#include "core/passes/passes.h"
#include "core/passes/rewriter.h"

#include <algorithm>

namespace halftone {

namespace {

/// A small file can describe a broadcast or a product of absurd size; those are left to run, or to be
/// refused, later.
constexpr int64_t largestGrownTensor = int64_t{1} << 26;
constexpr int64_t mostMacs = int64_t{1} << 32;

bool makesNothing(const Graph& graph, const Node& node) {
    return std::ranges::all_of(node.outputs, [&](ValueId output) { return isEmpty(graph.value(output)); });
}

bool isFoldable(const Graph& graph, const Node& node) {
    if (node.inputs.empty() || std::holds_alternative<Opaque>(node.op))
        return false;
    if (std::holds_alternative<ShapeOf>(node.op) || makesNothing(graph, node)) // its shape is known
        return true;
    int64_t elementsRead = 0;
    for (const ValueId input : node.inputs) {
        if (input == kNoValue)
            continue;
        if (!graph.isConstant(input))
            return false;
        elementsRead = std::max(elementsRead, graph.value(input).constant->elements());
    }
    int64_t elementsMade = 0;
    for (const ValueId output : node.outputs)
        elementsMade = std::max(elementsMade, elementCount(graph.value(output).shape));
    return elementsMade <= std::max(elementsRead, largestGrownTensor) && macs(graph, node) <= mostMacs;
}

Tensor emptyTensor(const Value& value) {
    return Tensor::fromBytes(value.type, value.shape, {});
}

std::vector<Tensor> resultsOf(const Graph& graph, const Node& node) {
    if (const auto* shape = std::get_if<ShapeOf>(&node.op))
        return {shapeTensor(*shape, graph.value(node.inputs.front()).shape)};
    if (makesNothing(graph, node)) {
        std::vector<Tensor> results;
        for (const ValueId output : node.outputs)
            results.push_back(emptyTensor(graph.value(output)));
        return results;
    }
    std::vector<std::optional<Tensor>> inputs;
    for (const ValueId input : node.inputs)
        inputs.push_back(input == kNoValue ? std::nullopt : graph.value(input).constant);
    return evaluate(graph, node, inputs);
}

/// Inputs of the network that have no elements.
void readAsConstants(Rewriter& rewriter) {
    for (const ValueId input : rewriter.graph().inputs) {
        const Value& value = rewriter.graph().value(input);
        if (!isEmpty(value))
            continue;
        const Tensor nothing = emptyTensor(value);
        for (const NodeId reader : rewriter.readers(input))
            for (size_t i = 0; i < rewriter.graph().node(reader).inputs.size(); ++i)
                if (rewriter.graph().node(reader).inputs[i] == input)
                    rewriter.setConstant(reader, i, nothing, rewriter.graph().value(input).name + "_empty");
    }
}

} // namespace

Graph foldConstants(Graph graph) {
    Rewriter rewriter(std::move(graph));
    readAsConstants(rewriter);
    for (NodeId id = 0; id < rewriter.nodeCount(); ++id) {
        const Node& node = rewriter.graph().node(id);
        if (!isFoldable(rewriter.graph(), node))
            continue;
        std::vector<Tensor> results = resultsOf(rewriter.graph(), node);
        for (size_t i = 0; i < results.size(); ++i)
            rewriter.edit().value(node.outputs[i]).constant = std::move(results[i]);
        rewriter.remove(id);
    }
    return std::move(rewriter).finish();
}

} // namespace halftone
