// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/choose/int8_choice.h"

#include "core/base/text.h"
#include "core/engine/lower/lower_codes.h"
#include "core/graph/op_traits.h"

#include <algorithm>
#include <fmt/format.h>
#include <span>

namespace halftone::engine {

namespace {

/// An activation that heavy layers alone read as codes.
bool isFoundAtRunTime(const Graph& graph, ValueId value) {
    return value != kNoValue && graph.value(value).quant && graph.value(value).quant->atRunTime;
}

/// An activation that a model rounds to a grid for each of its channels: kernels know one for all.
bool liesOnChannelGrids(const Graph& graph, ValueId value) {
    return value != kNoValue && !graph.isConstant(value) && graph.value(value).quant && graph.value(value).quant->axis;
}

std::string whyNotChannelGrids(const Graph& graph, ValueId value) {
    return fmt::format("{} is rounded to a grid for each channel, which no int8 kernel reads.",
                       displayText(graph.value(value).name));
}

std::string whyNotBinary(const Graph& graph, const Node& node, const Binary& op) {
    if (isPReluOfChannels(graph, node) && op.postOps.empty())
        return {};
    if (op.kind == BinaryKind::PRelu)
        return "PRelu has an int8 kernel only with one constant slope for each channel.";
    const Shape& out = graph.value(node.output()).shape;
    const bool alike = std::ranges::all_of(node.inputs, [&](ValueId input) { return graph.value(input).shape == out; });
    if (!alike && !repeatedOperand(graph, node))
        return "Combining codes where one operand is repeated along other dimensions than those of space has no int8 "
               "kernel.";
    for (const PostOp& postOp : op.postOps) {
        const auto* unary = std::get_if<Unary>(&postOp);
        if (!unary ||
            (unary->kind != UnaryKind::Relu && unary->kind != UnaryKind::LeakyRelu && unary->kind != UnaryKind::Clip))
            return "Its activation cannot be fused into the int8 kernel.";
    }
    return {};
}

/// An Identity between a grid and none: the model asks for a result that was rounded.
bool endsCodes(const Graph& graph, const Node& node) {
    return std::holds_alternative<Identity>(node.op) && graph.value(node.inputs.front()).quant &&
           !liesOnChannelGrids(graph, node.inputs.front()) && !isFoundAtRunTime(graph, node.inputs.front()) &&
           !graph.value(node.output()).quant;
}

/// Why a layer whose tensors lie on one grid each cannot compute between these; "" when it can.
struct WhyNoInt8Kernel {
    const Graph& graph;
    const Node& node;

    std::string operator()(const Conv& op) const { return whyNotInt8Conv(graph, node, op); }
    std::string operator()(const ConvTranspose& op) const { return whyNotInt8ConvTranspose(graph, node, op); }
    std::string operator()(const FullyConnected& op) const { return whyNotInt8FullyConnected(graph, node, op); }
    std::string operator()(const MatMul&) const { return whyNotInt8MatMul(graph, node); }
    std::string operator()(const Unary&) const { return {}; }
    std::string operator()(const Binary& op) const { return whyNotBinary(graph, node, op); }
    std::string operator()(const Pool& op) const { return isGlobalAverage(op) ? "" : otherwise(); }
    std::string operator()(const Resize&) const {
        return interpolatesSpace(graph, node) ? "" : "Resize has an int8 kernel only for the dimensions of space.";
    }
    std::string operator()(const auto&) const { return otherwise(); }

    std::string otherwise() const { return fmt::format("{} has no int8 kernel.", opName(node.op)); }
};

/// Why a layer that leaves values on their grid cannot do so; "" when it can.
std::string whyNotOneGrid(const Graph& graph, const Node& node, const std::vector<ValueId>& tensors) {
    const QuantParams& grid = *graph.value(tensors.front()).quant;
    if (std::ranges::any_of(tensors, [&](ValueId tensor) { return graph.value(tensor).quant != grid; }))
        return "Its tensors lie on different grids.";
    const auto* pool = std::get_if<Pool>(&node.op);
    if (pool && pool->kind == PoolKind::AverageIncludePad && grid.zeroPoint() != 0 &&
        std::ranges::any_of(pool->pads, [](int64_t pad) { return pad > 0; }))
        return "The int8 average kernel counts padding as code 0, which is not the value 0 on this grid.";
    return {};
}

/// Why a light layer cannot work on codes; "" when it can.
std::string whyNotLight(const Graph& graph, const Node& node) {
    if (std::string never = whyNeverInt8(node.op); !never.empty())
        return never;
    if (std::holds_alternative<Gather>(node.op) && !picksAlongOneDimension(graph, node))
        return "It picks values one by one, which has no int8 kernel.";
    std::vector<ValueId> tensors = operandsOnGrids(node);
    tensors.insert(tensors.end(), node.outputs.begin(), node.outputs.end());
    for (const ValueId tensor : tensors)
        if (liesOnChannelGrids(graph, tensor))
            return whyNotChannelGrids(graph, tensor);
    for (const ValueId tensor : tensors)
        if (isFoundAtRunTime(graph, tensor))
            return fmt::format("The range of {} is found at every inference, for layers that multiply by weights.",
                               displayText(graph.value(tensor).name));
    if (std::holds_alternative<BatchNorm>(node.op))
        return whyNotInt8BatchNorm(graph, node);
    if (scalesChannels(graph, node) && graph.value(node.output()).quant)
        return {};
    for (const ValueId tensor : tensors)
        if (!graph.value(tensor).quant || graph.isConstant(tensor))
            return fmt::format("{} has no int8 kernel or its tensors have no range.", opName(node.op));
    return keepsGrid(node.op) ? whyNotOneGrid(graph, node, tensors) : std::visit(WhyNoInt8Kernel{graph, node}, node.op);
}

bool lacksWeightGrids(const Graph& graph, const Node& node) {
    return std::ranges::any_of(weightOperands(node.op), [&](const WeightOperand& weights) {
        return !graph.value(node.inputs[weights.input]).quant;
    });
}

/// Why a layer that is in int8 or not by itself cannot be; "" when it can.
std::string whyNotCandidate(const Graph& graph, const Node& node) {
    const auto hasNoRange = [&](ValueId value) {
        return fmt::format("Its input {} has no range.", displayText(graph.value(value).name));
    };
    if (!graph.value(node.inputs[0]).quant)
        return hasNoRange(node.inputs[0]);
    for (const ValueId input : node.inputs)
        if (liesOnChannelGrids(graph, input))
            return whyNotChannelGrids(graph, input);
    if (lacksWeightGrids(graph, node))
        return "Its weights were not quantized.";
    if (node.keptInFp32)
        return "It is kept in fp32.";
    const size_t own = traitsOf(node.op).operands.most;
    for (size_t i = 1; i < node.inputs.size(); ++i) {
        const ValueId operand = node.inputs[i];
        if (!mayLieOnGrid(node.op, i) || (graph.value(operand).quant && (i < own || !isFoundAtRunTime(graph, operand))))
            continue;
        if (i < own)
            return hasNoRange(operand);
        if (!graph.isConstant(operand))
            return fmt::format("The tensor {} that it adds has no range.", displayText(graph.value(operand).name));
    }
    return std::visit(WhyNoInt8Kernel{graph, node}, node.op);
}

/// What only moves values of one grid leaves them on it: its result is not rounded again.
void leaveOutMoved(const Graph& graph, std::vector<bool>& rounded, std::vector<bool> onGrid) {
    for (const Node& node : graph.nodes()) {
        if (!onlyMoves(node.op))
            continue;
        for (const ValueId output : node.outputs) {
            const bool moved = std::ranges::all_of(operandsOnGrids(node), [&](ValueId input) {
                return onGrid[static_cast<size_t>(input)] && graph.value(input).quant == graph.value(output).quant;
            });
            if (!moved)
                continue;
            onGrid[static_cast<size_t>(output)] = true;
            rounded[static_cast<size_t>(output)] = false;
        }
    }
}

/// Layers that were taken out of int8 give real numbers.
bool isKeptOut(const Graph& graph, NodeId id) {
    return id != kNoNode && (graph.node(id).keptInFp32 || lacksWeightGrids(graph, graph.node(id)));
}

bool storesCodes(const PrecisionChoice& choice, const Node& node) {
    return std::ranges::any_of(node.outputs,
                               [&](ValueId output) { return choice.stored[static_cast<size_t>(output)]; });
}

/// What a layer adds to real numbers is no codes either.
bool addsAsFloats(const Graph& graph, const PrecisionChoice& choice, NodeId id, ValueId value) {
    const Node& node = graph.node(id);
    const auto own = std::span(node.inputs).first(std::min(node.inputs.size(), traitsOf(node.op).operands.most));
    return isInt8Candidate(node.op) && std::ranges::find(own, value) == own.end() && !storesCodes(choice, node);
}

/// A layer in int8 that does not begin with real numbers.
bool readsCodes(const Graph& graph, const PrecisionChoice& choice, NodeId id) {
    return choice.computes[static_cast<size_t>(id)] && !scalesChannels(graph, graph.node(id));
}

/// Where the grids are meant: activations that are not stored as codes, and that a layer reads which does not turn them
/// into codes itself.
std::vector<bool> roundedAsFloats(const Graph& graph, const PrecisionChoice& choice) {
    std::vector<bool> rounded(graph.values().size());
    if (!graph.gridsAreMeant)
        return rounded;
    const auto producers = graph.producers();
    const auto consumers = graph.consumers();
    std::vector<bool> onGrid = choice.stored;
    for (size_t value = 0; value < rounded.size(); ++value) {
        const auto id = static_cast<ValueId>(value);
        const bool readAsFloats = std::ranges::any_of(consumers[value], [&](NodeId consumer) {
            return !readsCodes(graph, choice, consumer) || addsAsFloats(graph, choice, consumer, id);
        });
        rounded[value] = graph.values()[value].quant && !graph.values()[value].constant && !choice.stored[value] &&
                         readAsFloats && !isKeptOut(graph, producers[value]);
        onGrid[value] = onGrid[value] || rounded[value];
    }
    leaveOutMoved(graph, rounded, std::move(onGrid));
    return rounded;
}

} // namespace

PrecisionChoice chooseInt8(const Graph& graph) {
    PrecisionChoice choice = PrecisionChoice::fp32(graph);
    const auto& nodes = graph.nodes();
    for (size_t i = 0; i < nodes.size(); ++i)
        if (isInt8Candidate(nodes[i].op)) {
            choice.reasons[i] = whyNotCandidate(graph, nodes[i]);
            choice.computes[i] = choice.reasons[i].empty();
        }
    // Backwards, so that a chain of light layers before an int8 layer is decided from its end.
    const auto consumers = graph.consumers();
    const auto readAsCodes = [&](ValueId value) {
        return std::ranges::any_of(consumers[static_cast<size_t>(value)], [&](NodeId consumer) {
            return graph.gridsAreMeant || readsCodes(graph, choice, consumer) || endsCodes(graph, graph.node(consumer));
        });
    };
    for (size_t i = nodes.size(); i-- > 0;) {
        if (isInt8Candidate(nodes[i].op))
            continue;
        choice.reasons[i] = isHeavy(nodes[i].op) || std::ranges::any_of(nodes[i].outputs, readAsCodes)
                                ? whyNotLight(graph, nodes[i])
                                : "No int8 layer reads its result.";
        choice.computes[i] = choice.reasons[i].empty();
    }
    for (size_t i = 0; i < nodes.size(); ++i)
        for (const ValueId output : nodes[i].outputs)
            choice.stored[static_cast<size_t>(output)] = choice.computes[i] && storableGrid(graph.value(output)) &&
                                                         !liesOnChannelGrids(graph, output) && readAsCodes(output);
    choice.rounded = roundedAsFloats(graph, choice);
    return choice;
}

PrecisionChoice simulateInt8(const Graph& graph) {
    const PrecisionChoice int8 = chooseInt8(graph);
    PrecisionChoice choice = PrecisionChoice::fp32(graph);
    choice.rounded = int8.stored;
    for (size_t value = 0; value < choice.rounded.size(); ++value)
        choice.rounded[value] = choice.rounded[value] || int8.rounded[value];
    for (size_t i = 0; i < graph.nodes().size(); ++i) {
        const Node& node = graph.nodes()[i];
        if (!readsCodes(graph, int8, static_cast<NodeId>(i)))
            continue;
        const bool codes = storesCodes(int8, node);
        const size_t own = traitsOf(node.op).operands.most;
        for (size_t input = 0; input < node.inputs.size(); ++input) {
            const ValueId value = node.inputs[input];
            // An operand that is added inside a layer is on its grid only when the result is.
            const bool read = mayLieOnGrid(node.op, input) && (input < own || codes);
            if (value != kNoValue && read && graph.value(value).quant)
                choice.rounded[static_cast<size_t>(value)] = true;
        }
    }
    leaveOutMoved(graph, choice.rounded, choice.rounded);
    return choice;
}

} // namespace halftone::engine
