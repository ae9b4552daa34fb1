// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/lower/lower.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/engine/kernels/kernels.h"
#include "core/engine/lower/lower_codes.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone::engine {

namespace {

void lowerUnaryInt8(Builder& builder, const Unary& op) {
    const Node& node = builder.node();
    const ValueId input = node.inputs[0], output = node.output();
    const auto& srcGrid = builder.graph().value(input).quant;
    const auto dstGrid = storedGrid(builder, output);
    const Form src = builder.require(input, channelsLast(builder.shape(input), storedType(builder, srcGrid)), srcGrid,
                                     fmt::format("{} looks up codes.", displayText(node.name)));
    const Form dst = builder.define(output, channelsLast(builder.shape(output), storedType(builder, dstGrid)), dstGrid);
    const int64_t count = elementCount(builder.shape(input));
    builder.addKernel(
        builder.describe("halftone:lookup", "int8", {input}, {src}, dst), {src, dst},
        [table = codeTable(op, *srcGrid, *dstGrid), count](const std::vector<std::byte*>& pointers) {
            return [table, count, pointers] { lookUp(table, count, pointers[0], pointers[1]); };
        },
        output, dst);
}

/// Element strides of an operand in the result's dimensions; 0 where it is repeated.
std::vector<int64_t> broadcastStrides(const Shape& operand, const Shape& result) {
    std::vector<int64_t> strides(result.size(), 0);
    int64_t stride = 1;
    for (size_t i = operand.size(); i-- > 0;) {
        strides[result.size() - operand.size() + i] = operand[i] == 1 ? 0 : stride;
        stride *= operand[i];
    }
    return strides;
}

/// Broadcasting that oneDNN's binary primitive does not do, in row-major fp32.
void lowerBroadcast(Builder& builder, const Binary& op) {
    const Node& node = builder.node();
    const ValueId output = node.output();
    const Shape& out = builder.shape(output);
    std::vector<Unary> activations;
    for (const PostOp& postOp : op.postOps)
        activations.push_back(std::get<Unary>(postOp));
    const std::string need =
        fmt::format("{} repeats one operand and reads the order of the file.", displayText(node.name));
    std::vector<Form> forms;
    for (const ValueId input : node.inputs)
        forms.push_back(builder.require(input, rowMajor(builder.shape(input), DataType::f32), std::nullopt, need));
    const Form dst = builder.define(output, rowMajor(out, DataType::f32), std::nullopt);
    const Broadcast params{op.kind, activations, out, broadcastStrides(builder.shape(node.inputs[0]), out),
                           broadcastStrides(builder.shape(node.inputs[1]), out)};
    builder.addKernel(
        builder.describe("halftone:broadcast", "fp32", node.inputs, forms, dst), {forms[0], forms[1], dst},
        [params](const std::vector<std::byte*>& pointers) {
            return [params, pointers] {
                broadcast(params, reinterpret_cast<const float*>(pointers[0]),
                          reinterpret_cast<const float*>(pointers[1]), reinterpret_cast<float*>(pointers[2]));
            };
        },
        output, dst);
}

bool haveZeroPoints(const Graph& graph, const Node& node) {
    const auto hasOne = [&](ValueId value) { return graph.value(value).quant->zeroPoint() != 0; };
    return hasOne(node.output()) || std::ranges::any_of(node.inputs, hasOne);
}

std::optional<dnnl::algorithm> binaryAlgorithm(BinaryKind kind) {
    switch (kind) {
    case BinaryKind::Add: return dnnl::algorithm::binary_add;
    case BinaryKind::Sub: return dnnl::algorithm::binary_sub;
    case BinaryKind::Mul: return dnnl::algorithm::binary_mul;
    case BinaryKind::Div: return dnnl::algorithm::binary_div;
    case BinaryKind::Min: return dnnl::algorithm::binary_min;
    case BinaryKind::Max: return dnnl::algorithm::binary_max;
    default: return std::nullopt;
    }
}

/// All operands have this shape.
bool haveShape(const Graph& graph, const Node& node, const Shape& shape) {
    return std::ranges::all_of(node.inputs, [&](ValueId input) { return graph.value(input).shape == shape; });
}

/// Into the same type and layout. An empty descriptor when oneDNN has no implementation.
dnnl::eltwise_forward::primitive_desc eltwiseDesc(const Eltwise& op, const Desc& desc) {
    return {
        cpuEngine(), dnnl::prop_kind::forward_inference, op.algorithm, desc, desc, op.alpha, op.beta, userScratchpad(),
        true};
}

/// In int8 an addition of codes with zero points 0 is an addition of codes with scales s0/s and s1/s; homogeneous
/// activations commute with the division by s, and a clip's bounds are divided by it.
PostOps dividedBy(PostOps postOps, float scale) {
    for (PostOp& postOp : postOps)
        if (auto& unary = std::get<Unary>(postOp); unary.kind == UnaryKind::Clip)
            unary = {UnaryKind::Clip, unary.alpha / scale, unary.beta / scale};
    return postOps;
}

} // namespace

std::optional<Eltwise> eltwise(const Unary& op) {
    using dnnl::algorithm;
    switch (op.kind) {
    case UnaryKind::Relu: return Eltwise{algorithm::eltwise_relu, 0, 0};
    case UnaryKind::LeakyRelu: return Eltwise{algorithm::eltwise_relu, op.alpha, 0};
    case UnaryKind::Clip: return Eltwise{algorithm::eltwise_clip, op.alpha, op.beta};
    case UnaryKind::Sigmoid: return Eltwise{algorithm::eltwise_logistic, 0, 0};
    case UnaryKind::Tanh: return Eltwise{algorithm::eltwise_tanh, 0, 0};
    case UnaryKind::Elu: return Eltwise{algorithm::eltwise_elu, op.alpha, 0};
    case UnaryKind::HardSigmoid: return Eltwise{algorithm::eltwise_hardsigmoid, op.alpha, op.beta};
    case UnaryKind::HardSwish: return Eltwise{algorithm::eltwise_hardswish, op.alpha, op.beta};
    case UnaryKind::Swish: return Eltwise{algorithm::eltwise_swish, op.alpha, 0};
    case UnaryKind::Gelu: return Eltwise{algorithm::eltwise_gelu_erf, 0, 0};
    case UnaryKind::GeluTanh: return Eltwise{algorithm::eltwise_gelu_tanh, 0, 0};
    case UnaryKind::Softplus: return Eltwise{algorithm::eltwise_soft_relu, 1, 0};
    case UnaryKind::Mish: return Eltwise{algorithm::eltwise_mish, 0, 0};
    case UnaryKind::Exp: return Eltwise{algorithm::eltwise_exp, 0, 0};
    case UnaryKind::Log: return Eltwise{algorithm::eltwise_log, 0, 0};
    case UnaryKind::Sqrt: return Eltwise{algorithm::eltwise_sqrt, 0, 0};
    case UnaryKind::Abs: return Eltwise{algorithm::eltwise_abs, 0, 0};
    case UnaryKind::Neg: return Eltwise{algorithm::eltwise_linear, -1, 0};
    case UnaryKind::Square: return Eltwise{algorithm::eltwise_square, 0, 0};
    case UnaryKind::Round: return Eltwise{algorithm::eltwise_round, 0, 0};
    default: return std::nullopt;
    }
}

PostOps keptPostOps(PostOps postOps, const std::optional<QuantParams>& dst) {
    const auto saturates = [&](const PostOp& postOp) {
        const auto* unary = std::get_if<Unary>(&postOp);
        if (!unary || (unary->kind != UnaryKind::Relu && unary->kind != UnaryKind::Clip))
            return false;
        const auto code = [&](float x) { return quantize(x, dst->scale(), dst->zeroPoint(), dst->storage); };
        const bool clip = unary->kind == UnaryKind::Clip;
        return code(clip ? unary->alpha : 0) == lowestCode(dst->storage) &&
               (!clip || code(unary->beta) == highestCode(dst->storage));
    };
    while (dst && !postOps.empty() && saturates(postOps.back()))
        postOps.pop_back();
    return postOps;
}

void appendActivations(dnnl::post_ops& ops, const PostOps& postOps) {
    for (const PostOp& postOp : postOps) {
        const auto& unary = std::get<Unary>(postOp);
        const auto mapped = eltwise(unary);
        if (!mapped)
            throw Error(ErrorCode::Unsupported, fmt::format("{} cannot be fused into a layer.", opName(Op(unary))));
        ops.append_eltwise(mapped->algorithm, mapped->alpha, mapped->beta);
    }
}

std::string whyNotFloatUnary(const Graph& graph, const Node& node, const Unary& op, DataType type) {
    const auto mapped = eltwise(op);
    if (!mapped)
        return fmt::format("{} computes in fp32.", opName(node.op));
    return whyNotKernel(eltwiseDesc(*mapped, channelsLast(graph.value(node.output()).shape, type)),
                        precisionName(type));
}

std::string whyNotFloatBinary(const Graph& graph, const Node& node, const Binary& op, DataType type) {
    const Shape& out = graph.value(node.output()).shape;
    const auto algorithm = binaryAlgorithm(op.kind);
    if (!algorithm || !haveShape(graph, node, out))
        return fmt::format("{} computes in fp32.", opName(node.op));
    const Desc desc = channelsLast(out, type);
    dnnl::post_ops ops;
    appendActivations(ops, op.postOps);
    dnnl::primitive_attr attr = userScratchpad();
    attr.set_post_ops(ops);
    return whyNotKernel(dnnl::binary::primitive_desc(cpuEngine(), *algorithm, desc, desc, desc, attr, true),
                        precisionName(type));
}

namespace {

bool commutes(BinaryKind kind) {
    return kind == BinaryKind::Add || kind == BinaryKind::Mul || kind == BinaryKind::Min || kind == BinaryKind::Max;
}

/// One operand repeated along some dimensions of the other, in whatever layout that has. `describe` gives the primitive
/// for a layout of the large operand and the small one's dimensions, with leading ones. False, and nothing done, where
/// oneDNN has only its reference loop.
template <class Describe>
bool lowerRepeated(Builder& builder, ValueId large, ValueId small, int smallArg, const Describe& describe) {
    const Node& node = builder.node();
    const ValueId output = node.output();
    const Shape& out = builder.shape(output);
    if (builder.shape(large) != out)
        return false;
    Shape dims(out.size() - builder.shape(small).size(), 1);
    dims.insert(dims.end(), builder.shape(small).begin(), builder.shape(small).end());
    const Desc smallDesc = rowMajor(dims, DataType::f32);
    const Form natural = builder.form(large);
    Desc layout = natural.desc;
    if (layout.get_data_type() != DataType::f32 || (!isDense(layout) && !isBlocked(layout)))
        layout = channelsLast(out, DataType::f32);
    auto desc = describe(layout, smallDesc);
    if (!whyNotKernel(desc, "").empty()) {
        layout = channelsLast(out, DataType::f32);
        desc = describe(layout, smallDesc);
    }
    if (!whyNotKernel(desc, "").empty())
        return false;
    const std::string need = fmt::format("{} computes in fp32.", displayText(node.name));
    std::vector<Form> forms{builder.require(large, layout, std::nullopt, need),
                            builder.require(small, rowMajor(builder.shape(small), DataType::f32), std::nullopt, need)};
    Form seen = forms[1];
    seen.desc = smallDesc;
    const Form dst = builder.define(output, layout, std::nullopt);
    using Primitive =
        typename std::conditional_t<std::is_same_v<decltype(desc), dnnl::binary::primitive_desc>,
                                    std::type_identity<dnnl::binary>, std::type_identity<dnnl::prelu_forward>>::type;
    builder.addPrimitive(builder.describe(desc.impl_info_str(), "fp32", {large, small}, forms, dst), Primitive(desc),
                         desc.scratchpad_desc(), {{DNNL_ARG_SRC_0, forms[0]}, {smallArg, seen}, {DNNL_ARG_DST, dst}},
                         output);
    return true;
}

/// Products and sums of a channels-last tensor with one value for each channel: oneDNN takes three times as long as for
/// two tensors of that size. False, and nothing done, for anything else.
bool lowerWithChannels(Builder& builder, const Binary& op) {
    const Node& node = builder.node();
    const auto small = repeatedOperand(builder.graph(), node);
    if (!small || (op.kind != BinaryKind::Mul && op.kind != BinaryKind::Add) || !op.postOps.empty())
        return false;
    const ValueId large = node.inputs[1 - *small], repeated = node.inputs[*small], output = node.output();
    const Form src = builder.form(large);
    const Shape& out = builder.shape(output);
    if (src.desc.get_data_type() != DataType::f32 || channelBlock(src.desc) != out[1])
        return false;
    const Form values = builder.require(repeated, rowMajor(builder.shape(repeated), DataType::f32), std::nullopt,
                                        fmt::format("{} computes in fp32.", displayText(node.name)));
    const Form dst = builder.define(output, src.desc, std::nullopt);
    const RepeatedCodes shape{out[0], elementCount(out) / (out[0] * out[1]), out[1],
                              builder.shape(repeated)[0] == out[0]};
    builder.addKernel(
        builder.describe("halftone:combine", "fp32", {large, repeated}, {src, values}, dst), {src, values, dst},
        [kind = op.kind, shape](const std::vector<std::byte*>& at) {
            return [kind, shape, left = reinterpret_cast<const float*>(at[0]),
                    right = reinterpret_cast<const float*>(at[1]),
                    to = reinterpret_cast<float*>(at[2])] { combineWithChannels(kind, shape, left, right, to); };
        },
        output, dst);
    return true;
}

bool lowerRepeatedOperand(Builder& builder, const Binary& op) {
    if (lowerWithChannels(builder, op))
        return true;
    const Node& node = builder.node();
    if (op.kind == BinaryKind::PRelu && op.postOps.empty())
        return lowerRepeated(
            builder, node.inputs[0], node.inputs[1], DNNL_ARG_WEIGHTS, [](const Desc& src, const Desc& slopes) {
                return dnnl::prelu_forward::primitive_desc(cpuEngine(), dnnl::prop_kind::forward_inference, src, slopes,
                                                           src, userScratchpad(), true);
            });
    const auto algorithm = binaryAlgorithm(op.kind);
    if (!algorithm)
        return false;
    dnnl::post_ops ops;
    appendActivations(ops, op.postOps);
    dnnl::primitive_attr attr = userScratchpad();
    attr.set_post_ops(ops);
    const auto describe = [&](const Desc& large, const Desc& small) {
        return dnnl::binary::primitive_desc(cpuEngine(), *algorithm, large, small, large, attr, true);
    };
    const Shape& out = builder.shape(node.output());
    const bool swapped = builder.shape(node.inputs[0]) != out && commutes(op.kind);
    return lowerRepeated(builder, node.inputs[swapped ? 1 : 0], node.inputs[swapped ? 0 : 1], DNNL_ARG_SRC_1, describe);
}

} // namespace

void lowerUnary(Builder& builder, const Unary& op) {
    if (builder.int8(builder.currentNode()))
        return lowerUnaryInt8(builder, op);
    const Node& node = builder.node();
    const ValueId input = node.inputs[0], output = node.output();
    const auto mapped = eltwise(op);
    const std::string need = fmt::format("{} computes in {}.", displayText(node.name), builder.precision());
    if (!mapped) {
        const Form src = builder.require(input, rowMajor(builder.shape(input), DataType::f32), std::nullopt, need);
        const Form dst = builder.define(output, src.desc, std::nullopt);
        const int64_t count = elementCount(builder.shape(input));
        builder.addKernel(
            builder.describe("halftone:map", "fp32", {input}, {src}, dst), {src, dst},
            [op, count](const std::vector<std::byte*>& pointers) {
                return [op, count, pointers] {
                    mapFloats(op, count, reinterpret_cast<const float*>(pointers[0]),
                              reinterpret_cast<float*>(pointers[1]));
                };
            },
            output, dst);
        return;
    }
    const Form src = builder.requireFloat(input, need);
    const auto desc = eltwiseDesc(*mapped, src.desc);
    if (!desc)
        refuse(builder, "oneDNN has no kernel for this activation");
    const Form dst = builder.define(output, desc.dst_desc(), std::nullopt);
    builder.addPrimitive(builder.describe(desc.impl_info_str(), builder.precision(), {input}, {src}, dst),
                         dnnl::eltwise_forward(desc), desc.scratchpad_desc(),
                         {{DNNL_ARG_SRC, src}, {DNNL_ARG_DST, dst}}, output);
}

void lowerBinary(Builder& builder, const Binary& op) {
    const Node& node = builder.node();
    const ValueId left = node.inputs[0], right = node.inputs[1], output = node.output();
    const Shape& out = builder.shape(output);
    const bool int8 = builder.int8(builder.currentNode());
    const auto algorithm = binaryAlgorithm(op.kind);
    if (int8 && scalesChannels(builder.graph(), node))
        return lowerScaledChannels(builder);
    if (int8 && isPReluOfChannels(builder.graph(), node))
        return lowerPReluOfCodes(builder, op);
    if (int8 && !haveShape(builder.graph(), node, out))
        return lowerRepeatedCodes(builder, op);
    if (!algorithm || !haveShape(builder.graph(), node, out)) {
        if (!lowerRepeatedOperand(builder, op))
            lowerBroadcast(builder, op);
        return;
    }

    if (int8 && (op.kind != BinaryKind::Add || haveZeroPoints(builder.graph(), node)))
        return lowerCodes(builder, op);
    const auto dstGrid = int8 ? storedGrid(builder, output) : std::nullopt;
    const std::string need = fmt::format("{} computes in {}.", displayText(node.name), builder.precision());
    std::vector<Form> forms;
    std::vector<Arg> args;
    dnnl::primitive_attr attr = userScratchpad();
    dnnl::post_ops ops;
    if (int8) {
        for (size_t i = 0; i < 2; ++i) {
            const auto& grid = builder.graph().value(node.inputs[i]).quant;
            forms.push_back(builder.require(node.inputs[i], channelsLast(out, storedType(builder, grid)), grid, need));
            const int arg = i == 0 ? DNNL_ARG_SRC_0 : DNNL_ARG_SRC_1;
            attr.set_scales_mask(arg, 0);
            args.push_back({DNNL_ARG_ATTR_SCALES | arg, builder.scalarFloat(grid->scale() / dstGrid->scale())});
        }
    } else {
        forms.push_back(builder.requireFloat(left, need));
        forms.push_back(builder.require(right, forms[0].desc, std::nullopt,
                                        fmt::format("{} reads both operands in one layout.", displayText(node.name))));
    }
    appendActivations(ops, dstGrid ? dividedBy(keptPostOps(op.postOps, dstGrid), dstGrid->scale()) : op.postOps);
    attr.set_post_ops(ops);
    Desc dstDesc = forms[0].desc;
    if (int8)
        dstDesc = channelsLast(out, storedType(builder, dstGrid));
    const dnnl::binary::primitive_desc desc(cpuEngine(), *algorithm, forms[0].desc, forms[1].desc, dstDesc, attr);
    const Form dst = builder.define(output, desc.dst_desc(), dstGrid);
    args.insert(args.end(), {{DNNL_ARG_SRC_0, forms[0]}, {DNNL_ARG_SRC_1, forms[1]}, {DNNL_ARG_DST, dst}});
    builder.addPrimitive(builder.describe(desc.impl_info_str(), builder.precision(), {left, right}, forms, dst),
                         dnnl::binary(desc), desc.scratchpad_desc(), args, output);
}

} // namespace halftone::engine
