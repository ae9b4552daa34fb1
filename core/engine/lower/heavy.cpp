// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/lower/heavy.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/engine/kernels/run_time_grid.h"
#include "core/graph/weights.h"

#include <cstddef>
#include <fmt/format.h>
#include <span>

namespace halftone::engine {

namespace {

/// A residual is added in place, so it needs codes of the result's size: its own grid when the result is stored as
/// codes, fp32 otherwise.
std::optional<QuantParams> residualGrid(const Graph& graph, ValueId residual, bool codes) {
    return codes ? graph.value(residual).quant : std::nullopt;
}

} // namespace

HeavyTypes HeavyTypes::ofCodes(const QuantParams& src, const std::optional<QuantParams>& dst) {
    return {dataType(src.storage), DataType::s8, dst ? dataType(dst->storage) : DataType::f32};
}

HeavyTypes HeavyTypes::of(const Builder& builder) {
    const Node& node = builder.node();
    const ValueId output = node.output();
    if (builder.int8(builder.currentNode()))
        return ofCodes(*builder.graph().value(node.inputs[0]).quant, storedGrid(builder, output));
    return {builder.floatType(), builder.floatType(), builder.resultType(output)};
}

HeavyAttr heavyAttr(const Graph& graph, const Node& node, const PostOps& postOps, const std::optional<QuantParams>& src,
                    bool int8, const std::optional<QuantParams>& dst, int weightsMask, std::optional<size_t> rank) {
    HeavyAttr result;
    result.attr = userScratchpad();
    const auto& weights = graph.value(node.inputs[1]).quant;
    if (int8) {
        result.attr.set_scales_mask(DNNL_ARG_SRC, 0);
        result.attr.set_scales_mask(DNNL_ARG_WEIGHTS, weights->axis ? weightsMask : 0);
        if (src && src->zeroPoint() != 0)
            result.attr.set_zero_points_mask(DNNL_ARG_SRC, 0);
        if (dst) {
            result.attr.set_scales_mask(DNNL_ARG_DST, 0);
            if (dst->zeroPoint() != 0)
                result.attr.set_zero_points_mask(DNNL_ARG_DST, 0);
        }
    }
    const Desc oneFloat = rowMajor({1}, DataType::f32), oneInt = rowMajor({1}, DataType::s32);
    const auto addGrid = [&](int arg, const std::optional<QuantParams>& grid) {
        if (!grid)
            return;
        result.gridArgs.emplace_back(DNNL_ARG_ATTR_SCALES | arg, oneFloat);
        if (grid->zeroPoint() != 0)
            result.gridArgs.emplace_back(DNNL_ARG_ATTR_ZERO_POINTS | arg, oneInt);
        result.text += fmt::format(" {}{}", arg, grid->zeroPoint() != 0 ? "z" : "");
    };
    if (int8) {
        addGrid(DNNL_ARG_SRC, src);
        addGrid(DNNL_ARG_DST, dst);
        result.gridArgs.emplace_back(DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS,
                                     rowMajor({static_cast<int64_t>(weights->scales.size())}, DataType::f32));
        result.text += weights->axis ? "" : " one scale";
    }
    dnnl::post_ops ops;
    const Shape& shape = graph.value(node.output()).shape;
    const auto numbers = [&](int64_t channels) { // one for each
        Shape dims(rank.value_or(shape.size()), 1);
        dims[1] = channels;
        return rowMajor(dims, DataType::f32);
    };
    const auto addChannels = [&](int operand, int input, const Desc& desc) {
        const int arg = DNNL_ARG_ATTR_MULTIPLE_POST_OP(ops.len()) | operand;
        result.channelOperands.push_back({arg, node.inputs[static_cast<size_t>(input)], desc});
        result.gridArgs.emplace_back(arg, desc);
    };
    for (const PostOp& postOp : keptPostOps(postOps, dst)) {
        if (const auto* add = std::get_if<AddInput>(&postOp)) {
            if (result.hasSum)
                throw Error(ErrorCode::Unsupported,
                            fmt::format("{}: two additions cannot be fused into one layer.", displayText(node.name)));
            result.hasSum = true;
            result.residual = node.inputs[static_cast<size_t>(add->input)];
            if (const auto grid = residualGrid(graph, result.residual, dst.has_value()))
                ops.append_sum(grid->scale(), grid->zeroPoint(), dataType(grid->storage));
            else
                ops.append_sum(1.0F);
            result.text += " +Add";
            continue;
        }
        if (const auto* prelu = std::get_if<PReluInput>(&postOp)) {
            addChannels(DNNL_ARG_WEIGHTS, prelu->input, numbers(shape[1]));
            ops.append_prelu(1 << 1);
            result.text += " +PRelu";
            continue;
        }
        if (const auto* mul = std::get_if<MulInput>(&postOp)) {
            const Desc factors = numbers(shape.back());
            addChannels(DNNL_ARG_SRC_1, mul->input, factors);
            ops.append_binary(dnnl::algorithm::binary_mul, factors);
            result.text += " +Mul";
            continue;
        }
        const auto& unary = std::get<Unary>(postOp);
        const auto mapped = eltwise(unary);
        if (!mapped)
            throw Error(ErrorCode::Unsupported,
                        fmt::format("{}: {} cannot be fused into a layer.", displayText(node.name), opName(Op(unary))));
        ops.append_eltwise(mapped->algorithm, mapped->alpha, mapped->beta);
        result.text += " +" + opName(Op(unary));
    }
    result.attr.set_post_ops(ops);
    return result;
}

void addGridArgs(Builder& builder, std::vector<Arg>& args, const Form& src, const std::optional<QuantParams>& weights,
                 const std::optional<QuantParams>& dst) {
    const auto add = [&](int arg, const std::optional<QuantParams>& grid) {
        if (!grid)
            return;
        const Desc scales = rowMajor({static_cast<int64_t>(grid->scales.size())}, DataType::f32);
        args.push_back({DNNL_ARG_ATTR_SCALES | arg, builder.constant(scales, grid->scales.data())});
        if (!grid->axis && grid->zeroPoint() != 0)
            args.push_back({DNNL_ARG_ATTR_ZERO_POINTS | arg, builder.scalarInt(grid->zeroPoint())});
    };
    if (src.quant && src.quant->atRunTime) {
        args.push_back({DNNL_ARG_ATTR_SCALES | DNNL_ARG_SRC, {rowMajor({1}, DataType::f32), src.gridBuffer}});
        args.push_back({DNNL_ARG_ATTR_ZERO_POINTS | DNNL_ARG_SRC,
                        {rowMajor({1}, DataType::s32), src.gridBuffer, false, offsetof(RunTimeGrid, zeroPoint)}});
    } else
        add(DNNL_ARG_SRC, src.quant);
    add(DNNL_ARG_WEIGHTS, weights);
    add(DNNL_ARG_DST, dst);
}

Form weightsForm(Builder& builder, ValueId weights, bool int8, const Desc& plain, const Desc& packed,
                 std::string_view letters, const std::string& kernel) {
    const Value& value = builder.graph().value(weights);
    if (builder.rounded(weights)) {
        if (builder.form(weights).constant) // else another layer rounded them already
            builder.roundToGrid(weights);
        Form plainForm = builder.form(weights);
        plainForm.desc = plain;
        plainForm.letters = letters;
        return builder.reordered(
            weights, plainForm, packed,
            fmt::format("The kernel {} of {} reads its weights packed, and they are rounded anew at "
                        "every inference.",
                        kernel, displayText(builder.node().name)));
    }
    std::vector<float> store;
    const std::span<const float> floats = value.constant->floats(store);
    if (!int8)
        return builder.packedWeights(
            weights, plain, floats.data(), packed, letters,
            fmt::format("The kernel {} of {} reads its weights packed.", kernel, displayText(builder.node().name)));
    // Our own rounding, so that the codes are those whose error the report shows.
    const std::span<std::byte> codes = builder.codeSpace(floats.size());
    weightCodes(floats, value.shape, *value.quant, codes.data());
    return builder.packedWeights(weights, plain, codes.data(), packed, letters,
                                 fmt::format("{} computes in int8: its weights are quantized and packed for {}.",
                                             displayText(builder.node().name), kernel));
}

Destination destination(Builder& builder, const Desc& desc, const std::optional<QuantParams>& grid, ValueId residual,
                        const Form& src, const std::string& kernel) {
    const ValueId output = builder.node().output();
    if (residual == kNoValue)
        return {builder.define(output, desc, grid), std::nullopt};
    const auto residualQuant = residualGrid(builder.graph(), residual, grid.has_value());
    const Desc residualDesc =
        residualQuant ? Desc(desc.get_dims(), dataType(residualQuant->storage), desc.get_strides()) : desc;
    const std::string need = fmt::format("{} adds it to its result ({}).", displayText(builder.node().name), kernel);
    Form source = builder.require(residual, residualDesc, residualQuant, need);
    const std::string name = displayText(builder.node().name);
    if (source.constant == src.constant && source.buffer == src.buffer)
        source =
            builder.copy(source, residual,
                         fmt::format("{} adds its result into this tensor, but also reads it as its input.", name));
    else if (!builder.isDeadAfter(source))
        source =
            builder.copy(source, residual,
                         fmt::format("{} adds its result into this tensor, but a later layer still reads it.", name));
    Form result = source;
    result.desc = desc;
    result.quant = grid;
    builder.alias(output, result);
    builder.overwritten(result.buffer, output);
    return {result, source};
}

void addHeavyStep(Builder& builder, const HeavyStep& step, bool int8, const std::optional<QuantParams>& dstGrid) {
    const Graph& graph = builder.graph();
    const Node& node = builder.node();
    Form dst = step.dst.form;
    dst.desc = step.dstSeen;
    std::vector<Arg> args{{DNNL_ARG_SRC, step.src}, {DNNL_ARG_WEIGHTS, step.weights}, {DNNL_ARG_DST, dst}};
    std::vector<ValueId> sources{node.inputs[0], node.inputs[1]};
    std::vector<Form> forms{step.src, step.weights};
    if (hasBias(node)) {
        if (!graph.isConstant(node.inputs[2]))
            refuse(builder, "the bias is computed at run time");
        const std::vector<float> values = graph.value(node.inputs[2]).constant->toFloats();
        args.push_back({DNNL_ARG_BIAS, builder.constant(step.bias, values.data())});
        sources.push_back(node.inputs[2]);
        forms.push_back(args.back().form);
    }
    for (const auto& [arg, constant, desc] : step.channelOperands) {
        const std::vector<float> values = graph.value(constant).constant->toFloats();
        args.push_back({arg, builder.constant(desc, values.data())});
        sources.push_back(constant);
        forms.push_back(args.back().form);
    }
    if (step.dst.residual) {
        sources.push_back(step.residual);
        forms.push_back(*step.dst.residual);
    }
    if (int8)
        addGridArgs(builder, args, step.src, graph.value(node.inputs[1]).quant, dstGrid);
    StepInfo info = builder.describe(step.kernel, builder.precision(), sources, forms, step.dst.form);
    info.choice = step.choice;
    builder.addPrimitive(std::move(info), step.primitive, step.scratchpad, args, node.output());
}

} // namespace halftone::engine
