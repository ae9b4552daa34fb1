// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/quantize.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/graph/op_traits.h"
#include "core/graph/weights.h"
#include "core/quantize/range_choice.h"
#include "core/quantize/smoothing.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>

namespace halftone {

namespace {

void quantizeWeights(Graph& graph, const Node& node, const WeightOperand& operand, const QuantizeOptions& options) {
    if (!graph.isConstant(node.inputs[operand.input]))
        return;
    Value& weights = graph.value(node.inputs[operand.input]);
    const WeightLimit limit = options.weightLimit.value_or(WeightLimit::Full);
    const int bits = limit == WeightLimit::SevenBits && !isDepthwise(graph, node) ? 7 : 8;
    const auto axis = options.weights == WeightScales::PerChannel ? std::optional(0) : std::nullopt;
    try {
        const Tensor values = outputsFirst(*weights.constant, operand.outputDimension);
        weights.quant = weightParams(values, axis, bits);
        if (limit == WeightLimit::Pairs)
            weights.quant = limitedToPairs(values, *weights.quant);
        if (axis)
            weights.quant->axis = operand.outputDimension;
    } catch (const Error& error) {
        const std::string name = displayText(node.name);
        throw Error(
            error.code(),
            fmt::format("{}: the weights {} cannot be quantized: {}", name, displayText(weights.name), error.message()),
            name);
    }
}

/// Those that stay in fp32, of all nodes that are in int8 or not by themselves.
std::vector<NodeId> nodesToKeep(const Graph& graph, const QuantizeOptions& options) {
    const std::set<std::string> named(options.keepFp32.begin(), options.keepFp32.end());
    std::vector<NodeId> candidates, kept;
    for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id)
        if (isInt8Candidate(graph.node(id).op))
            candidates.push_back(id);
    for (const NodeId id : candidates)
        if ((options.keepFirstFp32 && id == candidates.front()) || (options.keepLastFp32 && id == candidates.back()) ||
            std::ranges::any_of(graph.node(id).origins,
                                [&](const std::string& layer) { return named.contains(layer); }))
            kept.push_back(id);
    return kept;
}

/// Input `index` of a layer becomes the constant `value` of `from`.
void takeConstant(const Graph& from, ValueId value, Graph& graph, NodeId node, size_t index) {
    if (!from.isConstant(value))
        return;
    const Value& taken = from.value(value);
    const std::vector<ValueId>& inputs = graph.node(node).inputs;
    const ValueId own = index < inputs.size() ? inputs[index] : kNoValue;
    if (own != kNoValue && graph.value(own).name == taken.name) {
        graph.value(own) = taken;
        return;
    }
    const ValueId added = graph.addConstant(taken.name, *taken.constant);
    graph.value(added).quant = taken.quant;
    graph.node(node).inputs.resize(std::max(inputs.size(), index + 1), kNoValue);
    graph.node(node).inputs[index] = added;
}

} // namespace

bool isDepthwise(const Graph& graph, const Node& node) {
    const auto* conv = std::get_if<Conv>(&node.op);
    return conv && conv->groups > 1 && graph.value(node.inputs[1]).shape[1] == 1;
}

Graph withFp32Layers(Graph graph, const QuantizeOptions& options) {
    for (const NodeId id : nodesToKeep(graph, options)) {
        Node& node = graph.node(id);
        node.keptInFp32 = true;
        for (const WeightOperand& weights : weightOperands(node.op))
            graph.value(node.inputs[weights.input]).quant.reset();
    }
    return graph;
}

Graph quantize(Graph graph, const Calibration& calibration, const QuantizeOptions& options) {
    for (const NodeId id : nodesToKeep(graph, options))
        graph.node(id).keptInFp32 = true;
    for (const Node& node : graph.nodes())
        for (const WeightOperand& weights : weightOperands(node.op))
            if (!node.keptInFp32)
                quantizeWeights(graph, node, weights, options);
    for (const auto& [value, choice] : chooseRanges(graph, calibration, options, Search::ChosenMethod))
        graph.value(value).quant = choice.grids.at(choice.method);
    return graph;
}

std::vector<std::string> layersKeptInFp32(const Graph& graph, const QuantizeOptions& options) {
    std::vector<std::string> names;
    for (const NodeId id : nodesToKeep(graph, options))
        names.push_back(graph.node(id).name);
    return names;
}

Graph withUnsignedCodes(Graph graph) {
    for (ValueId id = 0; id < static_cast<ValueId>(graph.values().size()); ++id) {
        Value& value = graph.value(id);
        if (value.constant || !value.quant || value.quant->storage != ElementType::S8)
            continue;
        value.quant->storage = ElementType::U8;
        for (int32_t& zeroPoint : value.quant->zeroPoints)
            zeroPoint += 128;
    }
    return graph;
}

Graph withGridsOf(const Graph& quantized, Graph graph) {
    graph = smooth(std::move(graph), factorsOf(quantized));
    std::unordered_map<std::string_view, const Value*> values;
    for (const Value& value : quantized.values())
        values.emplace(value.name, &value);
    for (ValueId id = 0; id < static_cast<ValueId>(graph.values().size()); ++id)
        if (const auto found = values.find(graph.value(id).name); found != values.end() && found->second->quant)
            graph.value(id).quant = found->second->quant;
    std::unordered_map<std::string_view, const Node*> nodes;
    for (const Node& node : quantized.nodes())
        nodes.emplace(node.name, &node);
    for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id) {
        const auto found = nodes.find(graph.node(id).name);
        if (found == nodes.end())
            continue;
        graph.node(id).keptInFp32 = found->second->keptInFp32;
        const std::vector<ValueId>& inputs = found->second->inputs;
        for (const size_t operand : parameterOperands(graph.node(id).op))
            if (operand < inputs.size())
                takeConstant(quantized, inputs[operand], graph, id, operand);
    }
    return graph;
}

} // namespace halftone
