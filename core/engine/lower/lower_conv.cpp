// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/lower/conv_desc.h"

#include "core/base/checked.h"
#include "core/base/text.h"
#include "core/engine/lower/kernel_choice.h"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

namespace halftone::engine {

namespace {

using Dims = dnnl::memory::dims;

int weightsMask(const Conv& op) {
    return op.groups > 1 ? 3 : 1;
}

/// One sample of a batch: kernels rank the same for all of them, and finding out stays cheap.
Desc oneSample(const Desc& desc) {
    auto dims = desc.get_dims();
    dims[0] = 1;
    return desc.submemory_desc(dims, Dims(dims.size(), 0));
}

/// The kernel of this name for the layouts of `like`, an empty descriptor when there is none.
ConvDesc named(const std::string& kernel, ConvDesc from) {
    while (from && from.impl_info_str() != kernel)
        if (!from.next_impl())
            return {};
    return from;
}

std::vector<KernelCandidate> candidatesBeside(const std::string& preferred, ConvDesc desc, const HeavyAttr& heavy) {
    std::vector<KernelCandidate> candidates;
    while (desc) {
        const std::string kernel = desc.impl_info_str();
        const bool isNew = std::ranges::none_of(candidates, [&](const auto& c) { return c.kernel == kernel; });
        if (isNew && isWorthRunning(kernel, preferred) && !writesBehindResult(desc)) {
            KernelCandidate candidate{kernel, dnnl::convolution_forward(desc), heavy.gridArgs};
            candidate.args.insert(candidate.args.end(), {{DNNL_ARG_SRC, desc.src_desc()},
                                                         {DNNL_ARG_WEIGHTS, desc.weights_desc()},
                                                         {DNNL_ARG_BIAS, desc.bias_desc()},
                                                         {DNNL_ARG_DST, desc.dst_desc()},
                                                         {DNNL_ARG_SCRATCHPAD, desc.scratchpad_desc()}});
            std::erase_if(candidate.args, [](const auto& arg) { return arg.second.get_size() == 0; });
            candidates.insert(kernel == preferred ? candidates.begin() : candidates.end(), std::move(candidate));
        }
        if (!desc.next_impl())
            break;
    }
    return candidates;
}

struct ChosenConv {
    ConvDesc desc;
    std::string reason;
};

/// `first`, or another kernel for the same layouts that proves faster here.
ChosenConv fastestConv(const Graph& graph, const Node& node, const Conv& op, const ConvDesc& first,
                       const HeavyAttr& heavy) {
    const Desc src = first.src_desc(), dst = first.dst_desc();
    const DataType weights = first.weights_desc().get_data_type();
    const auto candidates = candidatesBeside(
        first.impl_info_str(), describe(graph, node, op, oneSample(src), weights, oneSample(dst), heavy.attr), heavy);
    if (candidates.size() < 2 || candidates.front().kernel != first.impl_info_str())
        return {first, ""};
    const ConvShape shape = convShape(graph, node, op);
    const KernelChoice choice =
        chooseKernel(fmt::format("{} {} to {} {} by {} strides {} dilations {} pads {} {} bias {} post-ops {}",
                                 typeName(src.get_data_type()), layoutName(src) + shapeText(oneSample(src).get_dims()),
                                 typeName(dst.get_data_type()), layoutName(dst) + shapeText(oneSample(dst).get_dims()),
                                 shapeText(shape.weights), shapeText(shape.strides), shapeText(shape.dilations),
                                 shapeText(shape.padBegin), shapeText(shape.padEnd), hasBias(node), heavy.text),
                     candidates);
    const ConvDesc chosen =
        named(candidates[choice.index].kernel, describe(graph, node, op, src, weights, dst, heavy.attr));
    return {chosen ? chosen : first, chosen ? choice.reason : ""};
}

/// oneDNN 3.2 packs depthwise weights with wrong sums for the zero point where a kernel has as many taps as a block of
/// the layout has channels: 2x4 with AVX2.
bool packsWrongSums(const Conv& op, const Shape& weights, const QuantParams& src, const ConvDesc& desc) {
    if (op.groups == 1 || src.zeroPoint() == 0 || !desc)
        return false;
    const auto blocks = desc.weights_desc().get_inner_blks();
    const int64_t taps = elementCount(weights) / (weights[0] * weights[1]);
    return blocks.size() == 1 && blocks.front() == taps;
}

} // namespace

std::string whyNotInt8Conv(const Graph& graph, const Node& node, const Conv& op) {
    const Value& src = graph.value(node.inputs[0]);
    const auto dst = storableGrid(graph.value(node.output()));
    const HeavyAttr heavy = heavyAttr(graph, node, op.postOps, src.quant, true, dst, weightsMask(op));
    const ConvDesc desc = convDesc(graph, node, op, HeavyTypes::ofCodes(*src.quant, dst), heavy.attr);
    if (packsWrongSums(op, graph.value(node.inputs[1]).shape, *src.quant, desc))
        return "oneDNN packs weights of this shape wrongly where the source has a zero point.";
    return whyNotKernel(desc, "int8");
}

std::string whyNotFloatConv(const Graph& graph, const Node& node, const Conv& op, DataType type) {
    const HeavyAttr heavy = heavyAttr(graph, node, op.postOps, std::nullopt, false, std::nullopt, weightsMask(op));
    return whyNotKernel(convDesc(graph, node, op, {type, type, type}, heavy.attr), precisionName(type));
}

void lowerConv(Builder& builder, const Conv& op) {
    const Graph& graph = builder.graph();
    const Node& node = builder.node();
    if (!graph.isConstant(node.inputs[1]) || (hasBias(node) && !graph.isConstant(node.inputs[2])))
        return lowerReference(builder, "Its weights or its bias are computed at run time.");
    const bool int8 = builder.int8(builder.currentNode());
    const ValueId output = node.output();
    const auto dstGrid = int8 ? storedGrid(builder, output) : std::nullopt;
    const auto srcGrid = int8 ? graph.value(node.inputs[0]).quant : std::nullopt;
    const HeavyAttr heavy = heavyAttr(graph, node, op.postOps, srcGrid, int8, dstGrid, weightsMask(op));
    if (int8 && (lowerAsRow(builder, op.postOps, channelsLast(builder.shape(node.inputs[0]), DataType::u8)) ||
                 lowerAsDepthwise(builder, op)))
        return;
    HeavyTypes types = HeavyTypes::of(builder);
    const ConvDesc first = describeHeavy(types, [&](const HeavyTypes& tried) {
        return convDesc(graph, node, op, tried, heavy.attr, builder.blocksChannels());
    });
    if (!first)
        refuse(builder, "oneDNN has no kernel for this convolution");
    const auto [desc, choice] =
        builder.timesKernels() ? fastestConv(graph, node, op, first, heavy) : ChosenConv{first, ""};
    const std::string kernel = desc.impl_info_str();

    const bool row = takesOneRow(graph, node, op);
    const Desc srcDesc = row ? channelsLast(builder.shape(node.inputs[0]), types.src) : desc.src_desc();
    const Desc dstDesc = row ? channelsLast(builder.shape(output), types.dst) : desc.dst_desc();
    Form src = builder.require(node.inputs[0], srcDesc, srcGrid,
                               fmt::format("{} computes in {}: its kernel {} reads {} {}.", displayText(node.name),
                                           builder.precision(), kernel, typeName(srcDesc.get_data_type()),
                                           layoutName(srcDesc)));
    const Shape plainShape = convShape(graph, node, op).weights;
    const Form weights =
        weightsForm(builder, node.inputs[1], int8, rowMajor(plainShape, int8 ? DataType::s8 : DataType::f32),
                    desc.weights_desc(), weightsLetters(plainShape.size(), op.groups > 1), kernel);
    const Destination dst = destination(builder, dstDesc, dstGrid, heavy.residual, src, kernel);
    src.desc = desc.src_desc();
    addHeavyStep(builder,
                 {dnnl::convolution_forward(desc), kernel, desc.scratchpad_desc(), desc.bias_desc(), src, weights, dst,
                  desc.dst_desc(), heavy.residual, choice, heavy.channelOperands},
                 int8, dstGrid);
}

} // namespace halftone::engine
