// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/lower/conv_desc.h"

#include "core/base/text.h"
#include "core/engine/kernels/depthwise.h"

#include <algorithm>
#include <fmt/format.h>
#include <omp.h>

namespace halftone::engine {

namespace {

constexpr const char* kDepthwiseKernel = "halftone:depthwise";

std::optional<Depthwise> parameters(const Builder& builder, const Conv& op) {
    const Graph& graph = builder.graph();
    const Node& node = builder.node();
    const Shape &in = builder.shape(node.inputs[0]), &out = builder.shape(node.output());
    if (graph.value(node.inputs[0]).quant->atRunTime || in.size() != 4 || op.groups != in[1] || op.groups != out[1])
        return std::nullopt;
    const QuantParams &src = *graph.value(node.inputs[0]).quant, &weights = *graph.value(node.inputs[1]).quant;
    const auto channels = static_cast<size_t>(in[1]);
    Depthwise params{.batch = in[0], .channels = in[1], .src = src, .dst = storedGrid(builder, node.output())};
    const ConvShape shape = convShape(graph, node, op);
    for (size_t i = 0; i < 2; ++i) {
        params.in[i] = in[i + 2];
        params.out[i] = out[i + 2];
        params.kernel[i] = shape.weights[i + 3];
        params.strides[i] = shape.strides[i];
        params.dilations[i] = shape.dilations[i] + 1;
        params.padBegin[i] = shape.padBegin[i];
    }
    for (size_t c = 0; c < channels; ++c)
        params.scales.push_back(src.scale() * weights.scales[weights.axis ? c : 0]);
    params.bias = hasBias(node) ? graph.value(node.inputs[2]).constant->toFloats() : std::vector<float>(channels);
    for (const PostOp& postOp : keptPostOps(op.postOps, params.dst)) {
        const auto* activation = std::get_if<Unary>(&postOp);
        if (!activation || (activation->kind != UnaryKind::Relu && activation->kind != UnaryKind::Clip))
            return std::nullopt;
        const bool clips = activation->kind == UnaryKind::Clip;
        const float lowest = clips ? activation->alpha : 0.0F;
        const float highest = clips ? activation->beta : std::numeric_limits<float>::infinity();
        params.lowest = std::clamp(params.lowest, lowest, highest); // as if one came after the other
        params.highest = std::clamp(params.highest, lowest, highest);
    }
    return params;
}

} // namespace

bool lowerAsDepthwise(Builder& builder, const Conv& op) {
    if (!hasDepthwise() || op.groups == 1)
        return false;
    const std::optional<Depthwise> params = parameters(builder, op);
    if (!params || !suitsDepthwise(*params))
        return false;
    const Graph& graph = builder.graph();
    const Node& node = builder.node();
    const ValueId output = node.output();
    const Desc srcDesc = channelsLast(builder.shape(node.inputs[0]), dataType(params->src.storage));
    const Form src = builder.require(node.inputs[0], srcDesc, params->src,
                                     fmt::format("{} computes in int8.", displayText(node.name)));
    const Shape plain = convShape(graph, node, op).weights;
    const Desc plainDesc = rowMajor(plain, DataType::s8);
    const Form weights = weightsForm(builder, node.inputs[1], true, plainDesc, plainDesc,
                                     weightsLetters(plain.size(), true), kDepthwiseKernel);
    const DataType dstType = params->dst ? dataType(params->dst->storage) : DataType::f32;
    const Form dst = builder.define(output, channelsLast(builder.shape(output), dstType), params->dst);
    const Form scratch = builder.temporary(rowMajor({omp_get_max_threads(), depthwiseScratch(*params)}, DataType::u8));
    std::vector<ValueId> sources{node.inputs[0], node.inputs[1]};
    std::vector<Form> forms{src, weights};
    if (hasBias(node)) {
        sources.push_back(node.inputs[2]);
        forms.push_back(builder.constant(rowMajor({params->channels}, DataType::f32), params->bias.data()));
    }
    builder.addKernel(
        builder.describe(kDepthwiseKernel, "int8", sources, forms, dst), {src, weights, scratch, dst},
        [params = *params](const std::vector<std::byte*>& at) {
            return [params, laid = depthwiseWeights(params, reinterpret_cast<const int8_t*>(at[1])), at] {
                depthwise(params, at[0], laid.data(), at[2], at[3]);
            };
        },
        output, dst);
    return true;
}

} // namespace halftone::engine
