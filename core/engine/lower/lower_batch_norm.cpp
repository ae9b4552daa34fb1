// SPDX-License-Identifier: GPL-3.0-or-later
// Batch normalization that could not be folded into the layer before it: one scale and shift for each channel. oneDNN's
// own primitive takes a square root for every vector of the tensor; here constants become scale and shift beforehand.
#include "core/engine/lower/lower.h"

#include "core/base/checked.h"
#include "core/base/text.h"
#include "core/engine/kernels/scale_shift.h"
#include "core/engine/lower/kernel_choice.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace halftone::engine {

namespace {

struct Affine {
    std::vector<float> scale, shift; // one for each channel
};

bool hasConstants(const Graph& graph, const Node& node) {
    for (size_t i = 1; i < 5; ++i)
        if (!graph.isConstant(node.inputs[i]))
            return false;
    return true;
}

/// What values, or codes on `src`, are multiplied with and shifted by.
Affine affineOf(const Graph& graph, const Node& node, const std::optional<QuantParams>& src) {
    const auto values = [&](size_t input) { return graph.value(node.inputs[input]).constant->toDoubles(); };
    const std::vector<double> gamma = values(1), beta = values(2), mean = values(3), variance = values(4);
    const double srcScale = src ? static_cast<double>(src->scale()) : 1, zero = src ? src->zeroPoint() : 0;
    Affine result;
    for (size_t c = 0; c < gamma.size(); ++c) {
        const double scale = gamma[c] / std::sqrt(variance[c] + std::get<BatchNorm>(node.op).epsilon);
        result.scale.push_back(static_cast<float>(scale * srcScale));
        result.shift.push_back(static_cast<float>(beta[c] - (mean[c] + zero * srcScale) * scale));
    }
    return result;
}

/// A single position is no dimension: for {N, C, 1, 1} channels-last oneDNN has only its reference loop.
Shape withoutSinglePosition(const Shape& shape) {
    return elementCount(shape) == shape[0] * shape[1] ? Shape{shape[0], shape[1]} : shape;
}

Desc perChannel(const Shape& shape) {
    Shape dims(shape.size(), 1);
    dims[1] = shape[1];
    return rowMajor(dims, DataType::f32);
}

/// x * scale, + shift, activations; the result without zero point, which the last post-op adds.
dnnl::primitive_attr chain(const Node& node, const Shape& shape, const std::optional<QuantParams>& dst) {
    dnnl::post_ops ops;
    ops.append_binary(dnnl::algorithm::binary_add, perChannel(shape));
    appendActivations(ops, keptPostOps(std::get<BatchNorm>(node.op).postOps, dst));
    if (dst)
        ops.append_eltwise(dnnl::algorithm::eltwise_linear, 1 / dst->scale(), static_cast<float>(dst->zeroPoint()));
    dnnl::primitive_attr attr = userScratchpad();
    attr.set_post_ops(ops);
    return attr;
}

/// Channels-last.
dnnl::binary::primitive_desc binaryDesc(const Node& node, const Shape& wholeShape, DataType src, DataType dst,
                                        const std::optional<QuantParams>& grid) {
    const Shape shape = withoutSinglePosition(wholeShape);
    return {cpuEngine(),
            dnnl::algorithm::binary_mul,
            channelsLast(shape, src),
            perChannel(shape),
            channelsLast(shape, dst),
            chain(node, shape, grid),
            true};
}

void lowerAsBinary(Builder& builder, const std::optional<QuantParams>& srcGrid,
                   const std::optional<QuantParams>& dstGrid) {
    const Node& node = builder.node();
    const Shape& shape = builder.shape(node.inputs[0]);
    const std::string precision = builder.precision();
    const DataType srcType = storedType(builder, srcGrid), dstType = storedType(builder, dstGrid);
    Form src = builder.require(node.inputs[0], channelsLast(shape, srcType), srcGrid,
                               fmt::format("{} computes in {}.", displayText(node.name), precision));
    const auto desc = binaryDesc(node, shape, srcType, dstType, dstGrid);
    if (!desc)
        refuse(builder, "oneDNN has no kernel for this normalization");
    const Affine affine = affineOf(builder.graph(), node, srcGrid);
    Form dst = builder.define(node.output(), channelsLast(shape, dstType), dstGrid);
    const StepInfo info = builder.describe(desc.impl_info_str(), precision, {node.inputs[0]}, {src}, dst);
    src.desc = desc.src_desc();
    dst.desc = desc.dst_desc();
    const Desc factors = desc.src1_desc();
    builder.addPrimitive(
        info, dnnl::binary(desc), desc.scratchpad_desc(),
        {{DNNL_ARG_SRC_0, src},
         {DNNL_ARG_SRC_1, builder.constant(factors, affine.scale.data())},
         {DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, builder.constant(factors, affine.shift.data())},
         {DNNL_ARG_DST, dst}},
        node.output());
}

bool allKeepPace(const PostOps& postOps) {
    return std::ranges::all_of(postOps, [](const PostOp& postOp) { return keepsPace(std::get<Unary>(postOp)); });
}

/// By our own kernel: oneDNN takes up to 10 times as long on few channels, twice as long on codes, and a step more
/// where the result alone is codes.
void lowerAsOwn(Builder& builder, const std::optional<QuantParams>& srcGrid,
                const std::optional<QuantParams>& dstGrid) {
    const Node& node = builder.node();
    const ValueId x = node.inputs[0];
    const Shape& shape = builder.shape(x);
    const std::string need = fmt::format("{} computes in {}.", displayText(node.name), builder.precision());
    const bool planes = !srcGrid && shape.size() > 2 && isRowMajor(builder.form(x).desc) &&
                        builder.form(x).desc.get_data_type() == DataType::f32;
    const auto typeOn = [](const std::optional<QuantParams>& grid) {
        return grid ? dataType(grid->storage) : DataType::f32;
    };
    const Form src = planes ? builder.form(x) : builder.require(x, channelsLast(shape, typeOn(srcGrid)), srcGrid, need);
    const bool keepsPlanes = planes && !dstGrid && shape[1] >= kFewChannels; // fewer are read channels-last
    const Form dst =
        builder.define(node.output(), keepsPlanes ? src.desc : channelsLast(shape, typeOn(dstGrid)), dstGrid);
    Affine affine = affineOf(builder.graph(), node, srcGrid);
    ScaleShift params{.batch = shape[0],
                      .channels = shape[1],
                      .positions = elementCount(shape) / (shape[0] * shape[1]),
                      .scale = std::move(affine.scale),
                      .shift = std::move(affine.shift),
                      .planes = planes,
                      .keepsPlanes = keepsPlanes,
                      .dst = dstGrid};
    if (srcGrid)
        params.codes = srcGrid->storage;
    for (const PostOp& postOp : keptPostOps(std::get<BatchNorm>(node.op).postOps, dstGrid))
        params.activations.push_back(std::get<Unary>(postOp));
    builder.addKernel(
        builder.describe("halftone:scale-shift", builder.precision(), {x}, {src}, dst), {src, dst},
        [params = std::move(params)](const std::vector<std::byte*>& pointers) {
            return [params, pointers] { scaleAndShift(params, pointers[0], pointers[1]); };
        },
        node.output(), dst);
}

/// In floats the fastest kernel for one product and one sum a channel is that of depthwise convolutions with a 1x1
/// window. False where oneDNN has none for the layout of the source.
bool lowerAsDepthwise(Builder& builder) {
    const Node& node = builder.node();
    const Shape& shape = builder.shape(node.inputs[0]);
    const size_t spatial = shape.size() - 2;
    if (spatial < 1 || spatial > 3)
        return false;
    const Form src = builder.requireFloat(
        node.inputs[0], fmt::format("{} computes in {}.", displayText(node.name), builder.precision()));
    Shape weightsShape(shape.size() + 1, 1);
    weightsShape[0] = shape[1];
    dnnl::post_ops ops;
    appendActivations(ops, std::get<BatchNorm>(node.op).postOps);
    dnnl::primitive_attr attr = userScratchpad();
    attr.set_post_ops(ops);
    const dnnl::memory::dims ones(spatial, 1), zeros(spatial, 0);
    const dnnl::convolution_forward::primitive_desc desc(
        cpuEngine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, src.desc,
        anyLayout(weightsShape, builder.floatType()), rowMajor({shape[1]}, DataType::f32), src.desc, ones, zeros, zeros,
        zeros, attr, true);
    if (!desc || !isGenerated(desc.impl_info_str()))
        return false;
    const Affine affine = affineOf(builder.graph(), node, std::nullopt);
    const Form scale =
        builder.packedConstant(rowMajor(weightsShape, DataType::f32), affine.scale.data(), desc.weights_desc());
    const Form dst = builder.define(node.output(), desc.dst_desc(), std::nullopt);
    builder.addPrimitive(builder.describe(desc.impl_info_str(), builder.precision(), {node.inputs[0]}, {src}, dst),
                         dnnl::convolution_forward(desc), desc.scratchpad_desc(),
                         {{DNNL_ARG_SRC, src},
                          {DNNL_ARG_WEIGHTS, scale},
                          {DNNL_ARG_BIAS, builder.constant(desc.bias_desc(), affine.shift.data())},
                          {DNNL_ARG_DST, dst}},
                         node.output());
    return true;
}

/// Parameters that are computed at run time.
void lowerAsNormalization(Builder& builder, const BatchNorm& op) {
    using dnnl::normalization_flags;
    const Node& node = builder.node();
    const ValueId output = node.output();
    const Form src =
        builder.requireFloat(node.inputs[0], fmt::format("{} normalizes in fp32.", displayText(node.name)));
    const dnnl::primitive_attr attr = userScratchpad();
    const dnnl::batch_normalization_forward::primitive_desc desc(
        cpuEngine(), dnnl::prop_kind::forward_inference, src.desc, src.desc, op.epsilon,
        normalization_flags::use_global_stats | normalization_flags::use_scale | normalization_flags::use_shift, attr);
    const Form dst = builder.define(output, desc.dst_desc(), std::nullopt);
    std::vector<Arg> args{{DNNL_ARG_SRC, src}, {DNNL_ARG_DST, dst}};
    constexpr int kParameters[] = {DNNL_ARG_SCALE, DNNL_ARG_SHIFT, DNNL_ARG_MEAN, DNNL_ARG_VARIANCE};
    for (size_t i = 0; i < 4; ++i)
        args.push_back({kParameters[i],
                        builder.require(node.inputs[i + 1], rowMajor(builder.shape(node.inputs[i + 1]), DataType::f32),
                                        std::nullopt, "A normalization reads its parameters in fp32.")});
    builder.addPrimitive(builder.describe(desc.impl_info_str(), "fp32", {node.inputs[0]}, {src}, dst),
                         dnnl::batch_normalization_forward(desc), desc.scratchpad_desc(), args, output);
}

} // namespace

std::string whyNotInt8BatchNorm(const Graph& graph, const Node& node) {
    const auto &src = graph.value(node.inputs[0]).quant, &dst = graph.value(node.output()).quant;
    if (!dst || !hasConstants(graph, node))
        return "BatchNorm has no int8 kernel or its result has no range.";
    if (!src)
        return allKeepPace(std::get<BatchNorm>(node.op).postOps) ? "" : "Its activation is computed in fp32.";
    const Shape& shape = graph.value(node.inputs[0]).shape;
    const auto desc = binaryDesc(node, shape, dataType(src->storage), dataType(dst->storage), dst);
    return whyNotKernel(desc, "int8");
}

std::string whyNotFloatBatchNorm(const Graph& graph, const Node& node, DataType type) {
    if (!hasConstants(graph, node))
        return "A normalization by parameters that are computed at run time computes in fp32.";
    const Shape& shape = graph.value(node.inputs[0]).shape;
    return whyNotKernel(binaryDesc(node, shape, type, type, std::nullopt), precisionName(type));
}

void lowerBatchNorm(Builder& builder, const BatchNorm& op) {
    const Node& node = builder.node();
    if (!hasConstants(builder.graph(), node))
        return lowerAsNormalization(builder, op);
    const bool paced = allKeepPace(op.postOps);
    if (builder.int8(builder.currentNode())) {
        const auto &src = builder.graph().value(node.inputs[0]).quant, dst = storedGrid(builder, node.output());
        return paced ? lowerAsOwn(builder, src, dst) : lowerAsBinary(builder, src, dst);
    }
    if (lowerAsDepthwise(builder))
        return;
    if (paced && builder.floatType() == DataType::f32)
        lowerAsOwn(builder, std::nullopt, std::nullopt);
    else
        lowerAsBinary(builder, std::nullopt, std::nullopt);
}

} // namespace halftone::engine
