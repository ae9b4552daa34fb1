// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/lower/lower_codes.h"

#include "core/base/checked.h"
#include "core/base/text.h"
#include "core/engine/kernels/kernels.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone::engine {

std::optional<size_t> repeatedOperand(const Graph& graph, const Node& node) {
    const Shape& out = graph.value(node.output()).shape;
    if (out.size() < 3)
        return std::nullopt;
    for (const size_t side : {size_t{1}, size_t{0}}) {
        const Shape& small = graph.value(node.inputs[side]).shape;
        const bool fits = small.size() == out.size() && (small[0] == 1 || small[0] == out[0]) && small[1] == out[1] &&
                          std::all_of(small.begin() + 2, small.end(), [](int64_t size) { return size == 1; });
        if (fits && graph.value(node.inputs[1 - side]).shape == out)
            return side;
    }
    return std::nullopt;
}

void lowerRepeatedCodes(Builder& builder, const Binary& op) {
    const Node& node = builder.node();
    const size_t small = repeatedOperand(builder.graph(), node).value();
    const ValueId output = node.output(), large = node.inputs[1 - small], repeated = node.inputs[small];
    const Shape& out = builder.shape(output);
    const auto dstGrid = storedGrid(builder, output);
    CombineCodes params{
        op.kind, {}, *builder.graph().value(large).quant, *builder.graph().value(repeated).quant, *dstGrid};
    for (const PostOp& postOp : keptPostOps(op.postOps, dstGrid))
        params.activations.push_back(std::get<Unary>(postOp));
    const std::string need = fmt::format("{} combines codes.", displayText(node.name));
    const auto coded = [&](ValueId value, const QuantParams& grid) {
        return builder.require(value, channelsLast(builder.shape(value), storedType(builder, grid)), grid, need);
    };
    const std::vector<Form> forms{coded(large, params.left), coded(repeated, params.right)};
    const Form dst = builder.define(output, channelsLast(out, storedType(builder, dstGrid)), dstGrid);
    const RepeatedCodes shape{out[0], elementCount(out) / (out[0] * out[1]), out[1],
                              builder.shape(repeated)[0] == out[0]};
    builder.addKernel(
        builder.describe("halftone:combine", "int8", {large, repeated}, forms, dst), {forms[0], forms[1], dst},
        [params, shape](const std::vector<std::byte*>& pointers) {
            return [params, shape, pointers] { combineRepeated(params, shape, pointers[0], pointers[1], pointers[2]); };
        },
        output, dst);
}

bool isPReluOfChannels(const Graph& graph, const Node& node) {
    const auto* binary = std::get_if<Binary>(&node.op);
    const Shape& out = graph.value(node.output()).shape;
    if (!binary || binary->kind != BinaryKind::PRelu || out.size() < 2 || !graph.isConstant(node.inputs[1]) ||
        graph.value(node.inputs[0]).shape != out)
        return false;
    const Shape& slopes = graph.value(node.inputs[1]).shape;
    return elementCount(slopes) == out[1] && slopes.size() + 1 >= out.size() &&
           slopes[slopes.size() + 1 - out.size()] == out[1];
}

void lowerPReluOfCodes(Builder& builder, const Binary& op) {
    const Graph& graph = builder.graph();
    const Node& node = builder.node();
    const ValueId input = node.inputs[0], output = node.output();
    const Shape& out = builder.shape(output);
    const auto& srcGrid = graph.value(input).quant;
    const auto dstGrid = storedGrid(builder, output);
    const CombineCodes params{op.kind, {}, *srcGrid, {}, *dstGrid};
    const Form src = builder.require(input, channelsLast(out, storedType(builder, srcGrid)), srcGrid,
                                     fmt::format("{} computes on codes.", displayText(node.name)));
    const Form dst = builder.define(output, channelsLast(out, storedType(builder, dstGrid)), dstGrid);
    RepeatedCodes shape{out[0], elementCount(out) / (out[0] * out[1]), out[1], false,
                        graph.value(node.inputs[1]).constant->toFloats()};
    builder.addKernel(
        builder.describe("halftone:combine", "int8", {input}, {src}, dst), {src, dst},
        [params, shape = std::move(shape)](const std::vector<std::byte*>& at) {
            return [params, shape, at] { combineRepeated(params, shape, at[0], nullptr, at[1]); };
        },
        output, dst);
}

void lowerCodes(Builder& builder, const Binary& op) {
    const Node& node = builder.node();
    const ValueId output = node.output();
    CombineCodes params{op.kind, {}, {}, {}, {}};
    const auto dstGrid = storedGrid(builder, output);
    params.dst = *dstGrid;
    for (const PostOp& postOp : keptPostOps(op.postOps, dstGrid))
        params.activations.push_back(std::get<Unary>(postOp));
    const std::string need = fmt::format("{} combines codes.", displayText(node.name));
    std::vector<Form> forms;
    for (const ValueId input : node.inputs) {
        const auto& grid = builder.graph().value(input).quant;
        forms.push_back(
            builder.require(input, channelsLast(builder.shape(input), storedType(builder, grid)), grid, need));
        (forms.size() == 1 ? params.left : params.right) = *grid;
    }
    const Form dst = builder.define(output, channelsLast(builder.shape(output), storedType(builder, dstGrid)), dstGrid);
    const int64_t count = elementCount(builder.shape(output));
    builder.addKernel(
        builder.describe("halftone:combine", "int8", node.inputs, forms, dst), {forms[0], forms[1], dst},
        [params, count](const std::vector<std::byte*>& pointers) {
            return [params, count, pointers] { combineCodes(params, count, pointers[0], pointers[1], pointers[2]); };
        },
        output, dst);
}

} // namespace halftone::engine
