// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/lower/conv_desc.h"

#include "core/base/text.h"
#include "core/engine/kernels/kernels_data.h"
#include "core/engine/lower/kernel_choice.h"
#include "core/graph/weights.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone::engine {

namespace {

using Dims = dnnl::memory::dims;
using DeconvDesc = dnnl::deconvolution_forward::primitive_desc;

constexpr int64_t kNarrow = 4;  // channels: half of a vector
constexpr int kWeightsMask = 1; // scales of weights without groups

/// The file has [I, O/g, kernel...], oneDNN wants [g, O/g, I/g, kernel...]: the same bytes with other strides.
Desc plainWeights(const ConvTranspose& op, const Shape& file, DataType type) {
    const auto fileStrides = rowMajor(file, type).get_strides();
    Dims dims{file[1], file[0] / op.groups}, strides{fileStrides[1], fileStrides[0]};
    for (size_t i = 2; i < file.size(); ++i) {
        dims.push_back(file[i]);
        strides.push_back(fileStrides[i]);
    }
    if (op.groups > 1) {
        dims.insert(dims.begin(), op.groups);
        strides.insert(strides.begin(), fileStrides[0] * (file[0] / op.groups));
    }
    return Desc(dims, type, strides);
}

/// An empty descriptor when oneDNN has no implementation. int8 kernels work on channels-last.
DeconvDesc deconvDesc(const Graph& graph, const Node& node, const ConvTranspose& op, const HeavyTypes& types,
                      const dnnl::primitive_attr& attr) {
    const Shape &in = graph.value(node.inputs[0]).shape, &out = graph.value(node.output()).shape;
    const size_t spatial = op.strides.size();
    Dims dilations, padBegin, padEnd;
    for (size_t i = 0; i < spatial; ++i) {
        dilations.push_back(op.dilations[i] - 1);
        padBegin.push_back(op.pads[i]);
        // What is added at the end is less padding; oneDNN counts the positions of the input back from the result.
        padEnd.push_back(op.pads[i + spatial] - op.outputPadding[i]);
    }
    const Desc weights =
        anyLayout(plainWeights(op, graph.value(node.inputs[1]).shape, types.weights).get_dims(), types.weights);
    const auto activation = [&](const Shape& shape, DataType type) {
        return types.int8() ? channelsLast(shape, type) : anyLayout(shape, type);
    };
    const Desc bias = hasBias(node) ? rowMajor({out[1]}, DataType::f32) : Desc();
    return DeconvDesc(cpuEngine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::deconvolution_direct,
                      activation(in, types.src), weights, bias, activation(out, types.dst), op.strides, dilations,
                      padBegin, padEnd, attr, true);
}

/// Windows that do not overlap, of few channels: vectors of channels would be nearly empty, but all values of a window
/// make one of a 1x1 convolution. (One channel of 256x256 from 16 of 128x128, with its sigmoid: 0.50 ms, 0.11 ms so.)
bool areNarrowWindows(const Builder& builder, const ConvTranspose& op) {
    const Graph& graph = builder.graph();
    const Node& node = builder.node();
    const Shape &in = builder.shape(node.inputs[0]), &weights = builder.shape(node.inputs[1]);
    const auto all = [](const std::vector<int64_t>& values, int64_t wanted) {
        return std::ranges::all_of(values, [&](int64_t value) { return value == wanted; });
    };
    return in.size() == 4 && op.groups == 1 && weights[1] <= kNarrow && weights[2] == op.strides[0] &&
           weights[3] == op.strides[1] && weights[2] * weights[3] > 1 && all(op.dilations, 1) && all(op.pads, 0) &&
           all(op.outputPadding, 0) && node.inputs.size() <= 3 && !builder.rounded(node.inputs[1]) &&
           graph.isConstant(node.inputs[1]);
}

/// [C, M, rows, columns] as [rows * columns * M, C].
template <class T> std::vector<T> asProducts(std::span<const T> file, const Shape& shape) {
    const auto channels = static_cast<size_t>(shape[0]), results = static_cast<size_t>(shape[1]);
    const auto taps = static_cast<size_t>(shape[2] * shape[3]);
    std::vector<T> products(file.size());
    for (size_t c = 0; c < channels; ++c)
        for (size_t m = 0; m < results; ++m)
            for (size_t tap = 0; tap < taps; ++tap)
                products[(tap * results + m) * channels + c] = file[(c * results + m) * taps + tap];
    return products;
}

/// A number for each channel as one for each value of a window.
template <class T> std::vector<T> forEachTap(const std::vector<T>& ofChannels, int64_t taps) {
    std::vector<T> repeated;
    for (int64_t tap = 0; tap < taps; ++tap)
        repeated.insert(repeated.end(), ofChannels.begin(), ofChannels.end());
    return repeated;
}

/// The weights as the 1x1 convolution has them, in the layout of its kernel.
Form windowWeights(Builder& builder, const Desc& packed, const std::string& kernel) {
    const Node& node = builder.node();
    const Value& value = builder.graph().value(node.inputs[1]);
    const DataType type = packed.get_data_type();
    const Shape plain(packed.get_dims());
    std::vector<float> store;
    const std::span<const float> floats = value.constant->floats(store);
    const auto pack = [&](const auto& products, const std::string& why) {
        return builder.packedWeights(node.inputs[1], rowMajor(plain, type), products.data(), packed,
                                     weightsLetters(plain.size(), false), why);
    };
    const std::string name = displayText(node.name);
    if (type == DataType::f32)
        return pack(asProducts(floats, value.shape),
                    fmt::format("The kernel {} of {} reads its weights packed.", kernel, name));
    const std::span<std::byte> codes = builder.codeSpace(floats.size());
    weightCodes(floats, value.shape, *value.quant, codes.data());
    return pack(asProducts(std::span<const std::byte>(codes), value.shape),
                fmt::format("{} computes in int8: its weights are quantized and packed for {}.", name, kernel));
}

/// A 1x1 convolution whose channels are the values of a window, and a step that places them. False, and nothing done,
/// where oneDNN has only slow kernels for it.
bool lowerAsWindows(Builder& builder, const HeavyTypes& types, const HeavyAttr& heavy,
                    const std::optional<QuantParams>& srcGrid, const std::optional<QuantParams>& dstGrid) {
    const Graph& graph = builder.graph();
    const Node& node = builder.node();
    const ValueId output = node.output();
    const Shape &in = builder.shape(node.inputs[0]), &weights = builder.shape(node.inputs[1]);
    const int64_t taps = weights[2] * weights[3], window = weights[1] * taps;
    const Shape plain{window, in[1], 1, 1};
    const Desc bias = hasBias(node) ? rowMajor({window}, DataType::f32) : Desc();
    const Dims ones{1, 1}, zeros{0, 0};
    dnnl::convolution_forward::primitive_desc desc(
        cpuEngine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
        channelsLast(in, types.src), anyLayout(plain, types.weights), bias,
        channelsLast({in[0], window, in[2], in[3]}, types.dst), ones, zeros, zeros, zeros, heavy.attr, true);
    if (!desc || !isGenerated(desc.impl_info_str()) || writesBehindResult(desc))
        return false;
    const std::string name = displayText(node.name), kernel = desc.impl_info_str();
    const Form src =
        builder.require(node.inputs[0], desc.src_desc(), srcGrid,
                        fmt::format("{} computes in {}: its kernel {} reads nhwc.", name, builder.precision(), kernel));
    const Form packed = windowWeights(builder, desc.weights_desc(), kernel);
    Form windows = builder.temporary(desc.dst_desc());
    windows.quant = dstGrid;
    std::vector<Arg> args{{DNNL_ARG_SRC, src}, {DNNL_ARG_WEIGHTS, packed}, {DNNL_ARG_DST, windows}};
    std::vector<ValueId> sources{node.inputs[0], node.inputs[1]};
    std::vector<Form> forms{src, packed};
    if (hasBias(node)) {
        const std::vector<float> repeated = forEachTap(graph.value(node.inputs[2]).constant->toFloats(), taps);
        args.push_back({DNNL_ARG_BIAS, builder.constant(bias, repeated.data())});
        sources.push_back(node.inputs[2]);
        forms.push_back(args.back().form);
    }
    if (types.int8()) {
        QuantParams grid = *graph.value(node.inputs[1]).quant;
        if (grid.axis)
            grid.scales = forEachTap(grid.scales, taps);
        addGridArgs(builder, args, src, grid, dstGrid);
    }
    windows.desc = Desc({in[0], weights[1], in[2], weights[2], in[3], weights[3]}, types.dst,
                        Dims{in[2] * in[3] * window, 1, in[3] * window, weights[3] * weights[1], window, weights[1]});
    builder.addPrimitive(builder.describe(kernel, builder.precision(), sources, forms, windows),
                         dnnl::convolution_forward(desc), desc.scratchpad_desc(), args, kNoValue);

    const Form dst = builder.define(output, channelsLast(builder.shape(output), types.dst), dstGrid);
    StepInfo info = builder.describe("halftone:windows", "", {output}, {windows}, dst);
    info.name = fmt::format("{} to pixels", displayText(graph.value(output).name));
    info.kind = StepInfo::Kind::ConvertLayout;
    info.op = "Reorder";
    info.macs = info.paddingMacs = 0;
    info.origins.clear();
    info.producer = info.consumer = node.name;
    info.why = fmt::format("{} computes all values of a window side by side.", name);
    const auto valueBytes = static_cast<int64_t>(dnnl::memory::data_type_size(types.dst));
    builder.addKernel(
        std::move(info), {windows, dst},
        [params = Windows{in[0] * in[2], in[3], weights[2], weights[3] * weights[1] * valueBytes}](
            const std::vector<std::byte*>& at) {
            return [params, src = at[0], dst = at[1]] { placeWindows(params, src, dst); };
        },
        output, dst);
    return true;
}

} // namespace

std::string whyNotInt8ConvTranspose(const Graph& graph, const Node& node, const ConvTranspose& op) {
    const Value& src = graph.value(node.inputs[0]);
    const auto dst = storableGrid(graph.value(node.output()));
    const HeavyAttr heavy = heavyAttr(graph, node, op.postOps, src.quant, true, dst, kWeightsMask);
    const DeconvDesc desc = deconvDesc(graph, node, op, HeavyTypes::ofCodes(*src.quant, dst), heavy.attr);
    std::string why = whyNotKernel(desc, "int8");
    if (!why.empty() || isGenerated(desc.impl_info_str()))
        return why;
    return fmt::format("oneDNN has only {} for this shape in int8 on this CPU, which is slow.", desc.impl_info_str());
}

void lowerConvTranspose(Builder& builder, const ConvTranspose& op) {
    const Graph& graph = builder.graph();
    const Node& node = builder.node();
    if (!graph.isConstant(node.inputs[1]) || (hasBias(node) && !graph.isConstant(node.inputs[2])))
        return lowerReference(builder, "Its weights or its bias are computed at run time.");
    const bool int8 = builder.int8(builder.currentNode());
    const auto dstGrid = int8 ? storedGrid(builder, node.output()) : std::nullopt;
    const auto srcGrid = int8 ? graph.value(node.inputs[0]).quant : std::nullopt;
    const HeavyTypes types = HeavyTypes::of(builder);
    const HeavyAttr heavy = heavyAttr(graph, node, op.postOps, srcGrid, int8, dstGrid, kWeightsMask);
    if (areNarrowWindows(builder, op) && lowerAsWindows(builder, types, heavy, srcGrid, dstGrid))
        return;
    const DeconvDesc desc = deconvDesc(graph, node, op, types, heavy.attr);
    if (!desc)
        return lowerReference(builder, "oneDNN has no kernel for this transposed convolution.");
    const std::string kernel = desc.impl_info_str();
    const Form src = builder.require(node.inputs[0], desc.src_desc(), srcGrid,
                                     fmt::format("{} computes in {}: its kernel {} reads {}.", displayText(node.name),
                                                 builder.precision(), kernel, layoutName(desc.src_desc())));
    const Form weights = weightsForm(
        builder, node.inputs[1], int8, plainWeights(op, builder.shape(node.inputs[1]), types.weights),
        desc.weights_desc(),
        weightsLetters(builder.shape(node.inputs[1]).size() + (op.groups > 1 ? 1 : 0), op.groups > 1), kernel);
    const Destination dst = destination(builder, desc.dst_desc(), dstGrid, heavy.residual, src, kernel);
    addHeavyStep(builder,
                 {dnnl::deconvolution_forward(desc), kernel, desc.scratchpad_desc(), desc.bias_desc(), src, weights,
                  dst, desc.dst_desc(), heavy.residual, "", heavy.channelOperands},
                 int8, dstGrid);
}

} // namespace halftone::engine
