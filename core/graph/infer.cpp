// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/infer.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/graph/shape_rules.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

namespace {

Operands operandsOf(const Graph& graph, const Node& node) {
    Operands operands;
    operands.reserve(node.inputs.size());
    for (ValueId id : node.inputs)
        if (id == kNoValue)
            operands.emplace_back();
        else
            operands.push_back(TensorType{graph.value(id).type, graph.value(id).shape});
    return operands;
}

void requireKnownShape(const Value& input) {
    for (int64_t dim : input.shape)
        if (dim < 0)
            throw Error(ErrorCode::BadInput,
                        fmt::format("Input \"{}\" has the shape {}, which is not completely known. Give the model a "
                                    "fixed input size when exporting it.",
                                    displayText(input.name), shapeText(input.shape)),
                        displayText(input.name));
    try {
        requireSensibleSize(input.shape, "it");
    } catch (const Error& error) {
        throw Error(error.code(),
                    fmt::format("Input \"{}\" is too large: {}. The file is damaged or was exported wrongly; export "
                                "it again.",
                                displayText(input.name), error.message()),
                    displayText(input.name));
    }
}

/// Why a node cannot read a value of which nothing is known.
[[noreturn]] void refuseUnknown(const Graph& graph, const Node& node, ValueId id, NodeId producer) {
    const std::string layer = displayText(node.name);
    const std::string value = displayText(graph.value(id).name);
    if (producer != kNoNode)
        throw Error(ErrorCode::Internal,
                    fmt::format("Layer \"{}\" comes before layer \"{}\", whose output \"{}\" it reads. Please report "
                                "this.",
                                layer, displayText(graph.node(producer).name), value),
                    layer);
    throw Error(ErrorCode::BadInput,
                fmt::format("Layer \"{}\" reads \"{}\", which no layer makes. The file is damaged or was exported "
                            "wrongly; export it again.",
                            layer, value),
                layer);
}

/// `count` places, `step` apart.
struct Steps {
    int64_t count, step;
};

/// How many sums of one step of each, less `before`, lie within 0 and `size`.
int64_t meetings(Steps a, Steps b, int64_t before, int64_t size) {
    if (b.count < a.count)
        std::swap(a, b); // the shorter one is walked
    int64_t inside = 0;
    for (int64_t i = 0; i < a.count; ++i) {
        const int64_t start = i * a.step - before; // b's first place
        const int64_t first = start < 0 ? (-start - 1) / b.step + 1 : 0;
        const int64_t end = start < size ? (size - start - 1) / b.step + 1 : 0;
        inside += std::max<int64_t>(0, std::min(end, b.count) - first);
    }
    return inside;
}

} // namespace

Graph infer(Graph graph) {
    enum class Known : char { No, Yes, Never }; // Never: made from the output of an Opaque node
    std::vector<Known> known(graph.values().size(), Known::No);
    for (size_t i = 0; i < known.size(); ++i) {
        const auto id = static_cast<ValueId>(i);
        if (!graph.isConstant(id))
            continue;
        Value& value = graph.value(id);
        value.type = value.constant->type;
        value.shape = value.constant->shape;
        known[i] = Known::Yes;
    }
    for (ValueId id : graph.inputs) {
        requireKnownShape(graph.value(id));
        known[static_cast<size_t>(id)] = Known::Yes;
    }

    const std::vector<NodeId> producers = graph.producers();
    for (const Node& node : graph.nodes()) {
        Known all = std::holds_alternative<Opaque>(node.op) ? Known::Never : Known::Yes;
        for (ValueId id : node.inputs) {
            if (id == kNoValue)
                continue;
            const auto index = static_cast<size_t>(id);
            if (known[index] == Known::No)
                refuseUnknown(graph, node, id, producers[index]);
            if (known[index] == Known::Never)
                all = Known::Never;
        }
        for (ValueId id : node.outputs)
            known[static_cast<size_t>(id)] = all;
        if (all == Known::Never)
            continue;
        const std::vector<TensorType> results = inferNode(graph, node);
        if (results.size() != node.outputs.size())
            throw Error(ErrorCode::BadInput,
                        fmt::format("Layer \"{}\" ({}) has {} outputs and makes {}. The file is damaged or was "
                                    "exported wrongly; export it again.",
                                    displayText(node.name), opName(node.op), node.outputs.size(), results.size()),
                        displayText(node.name));
        for (size_t i = 0; i < results.size(); ++i) {
            Value& output = graph.value(node.outputs[i]);
            output.type = results[i].type;
            output.shape = results[i].shape;
        }
    }
    return graph;
}

std::vector<TensorType> inferNode(const Graph& graph, const Node& node) {
    return resultsOf(node, operandsOf(graph, node));
}

Tensor shapeTensor(const ShapeOf& op, const Shape& x) {
    const auto rank = static_cast<int64_t>(x.size());
    const auto clamped = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
    const int64_t start = clamped(op.start), count = std::max<int64_t>(0, clamped(op.end) - start);
    return Tensor::fromInt64s({count}, std::span(x).subspan(static_cast<size_t>(start), static_cast<size_t>(count)));
}

int64_t macs(const Graph& graph, const Node& node) {
    Results results;
    for (const ValueId output : node.outputs)
        results.push_back({graph.value(output).type, graph.value(output).shape});
    return macsOf(node.op, operandsOf(graph, node), results);
}

int64_t macsInside(const Graph& graph, const Node& node) {
    int64_t result = macs(graph, node);
    const Conv* conv = std::get_if<Conv>(&node.op);
    if (!conv)
        return result;
    const Shape& src = graph.value(node.inputs.at(0)).shape;
    const Shape& weights = graph.value(node.inputs.at(1)).shape;
    const Shape& dst = graph.value(node.output()).shape;
    for (size_t i = 0; result > 0 && i < conv->strides.size(); ++i) {
        const Steps positions{dst[i + 2], conv->strides[i]}, taps{weights[i + 2], conv->dilations[i]};
        // Each dimension is a factor of the MACs.
        result = result / (positions.count * taps.count) * meetings(positions, taps, conv->pads[i], src[i + 2]);
    }
    return result;
}

} // namespace halftone
