#include "core/engine/heavy.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/engine/kernel_choice.h"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

namespace halftone::engine {

namespace {

using Dims = dnnl::memory::dims;
using ConvDesc = dnnl::convolution_forward::primitive_desc;

struct ConvShape {
    Shape weights; // [G,] O, I, spatial
    Dims strides, dilations, padBegin, padEnd;
};

ConvShape convShape(const Graph& graph, const Node& node, const Conv& op) {
    ConvShape shape;
    shape.weights = graph.value(node.inputs[1]).shape;
    if (op.groups > 1) {
        shape.weights[0] /= op.groups;
        shape.weights.insert(shape.weights.begin(), op.groups);
    }
    shape.strides = op.strides;
    const size_t spatial = op.strides.size();
    for (size_t i = 0; i < spatial; ++i) {
        shape.dilations.push_back(op.dilations[i] - 1);
        shape.padBegin.push_back(op.pads[i]);
        shape.padEnd.push_back(op.pads[i + spatial]);
    }
    return shape;
}

const Shape& shapeOfOutput(const Graph& graph, const Node& node) {
    return graph.value(node.outputs.front()).shape;
}

int weightsMask(const Conv& op) {
    return op.groups > 1 ? 3 : 1;
}

/// An empty descriptor when oneDNN has no implementation.
ConvDesc describe(const Graph& graph, const Node& node, const Conv& op, const Desc& src, DataType weightsType,
                  const Desc& dst, const dnnl::primitive_attr& attr) {
    const ConvShape shape = convShape(graph, node, op);
    const Desc weights = anyLayout(shape.weights, weightsType);
    const Desc bias = hasBias(node) ? rowMajor({shapeOfOutput(graph, node)[1]}, DataType::f32) : Desc();
    return ConvDesc(cpuEngine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, src, weights,
                    bias, dst, shape.strides, shape.dilations, shape.padBegin, shape.padEnd, attr, true);
}

/// int8 kernels are fast on channels-last only. Those of floats choose for themselves, but where the chosen kernel can
/// write channels-last as well as blocks it does, because that is what most kernels behind it read.
ConvDesc convDesc(const Graph& graph, const Node& node, const Conv& op, const HeavyTypes& types,
                  const dnnl::primitive_attr& attr) {
    const Shape &in = graph.value(node.inputs[0]).shape, &out = shapeOfOutput(graph, node);
    if (types.int8())
        return describe(graph, node, op, channelsLast(in, types.src), types.weights, channelsLast(out, types.dst),
                        attr);
    const Desc anySrc = anyLayout(in, types.src);
    ConvDesc chosen = describe(graph, node, op, anySrc, types.weights, anyLayout(out, types.dst), attr);
    if (!chosen || !isBlocked(chosen.dst_desc()))
        return chosen;
    ConvDesc last = describe(graph, node, op, anySrc, types.weights, channelsLast(out, types.dst), attr);
    const bool sameKernel = last && std::string_view(last.impl_info_str()) == chosen.impl_info_str();
    return sameKernel ? last : chosen;
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
        if (isNew && isWorthRunning(kernel, preferred)) {
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
    const ConvDesc chosen = named(candidates[choice.index].kernel, describe(graph, node, op, src, weights, dst, heavy.attr));
    return {chosen ? chosen : first, chosen ? choice.reason : ""};
}

} // namespace

std::string whyNotInt8Conv(const Graph& graph, const Node& node, const Conv& op) {
    const Value& src = graph.value(node.inputs[0]);
    const auto& dst = graph.value(node.outputs.front()).quant;
    const HeavyAttr heavy = heavyAttr(graph, node, op.postOps, src.quant, true, dst, weightsMask(op));
    return whyNotKernel(convDesc(graph, node, op, HeavyTypes::ofCodes(*src.quant, dst), heavy.attr), "int8");
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
    const ValueId output = node.outputs.front();
    const auto dstGrid = int8 ? storedGrid(builder, output) : std::nullopt;
    const auto srcGrid = int8 ? graph.value(node.inputs[0]).quant : std::nullopt;
    const HeavyAttr heavy = heavyAttr(graph, node, op.postOps, srcGrid, int8, dstGrid, weightsMask(op));
    HeavyTypes types = HeavyTypes::of(builder);
    const ConvDesc first = describeHeavy(
        types, [&](const HeavyTypes& tried) { return convDesc(graph, node, op, tried, heavy.attr); });
    if (!first)
        refuse(builder, "oneDNN has no kernel for this convolution");
    const auto [desc, choice] =
        builder.timesKernels() ? fastestConv(graph, node, op, first, heavy) : ChosenConv{first, ""};
    const std::string kernel = desc.impl_info_str();

    const Form src = builder.require(
        node.inputs[0], desc.src_desc(), srcGrid,
        fmt::format("{} computes in {}: its kernel {} reads {} {}.", displayText(node.name), builder.precision(),
                    kernel, typeName(desc.src_desc().get_data_type()), layoutName(desc.src_desc())));
    const Shape plainShape = convShape(graph, node, op).weights;
    const Form weights =
        weightsForm(builder, node.inputs[1], int8, rowMajor(plainShape, int8 ? DataType::s8 : DataType::f32),
                    desc.weights_desc(), weightsLetters(plainShape.size(), op.groups > 1), kernel);
    const Destination dst = destination(builder, desc.dst_desc(), dstGrid, heavy.residual, src, kernel);

    addHeavyStep(builder,
                 {dnnl::convolution_forward(desc), kernel, desc.scratchpad_desc(), desc.bias_desc(), src, weights, dst,
                  desc.dst_desc(), heavy.residual, choice},
                 int8, dstGrid);
}

} // namespace halftone::engine
