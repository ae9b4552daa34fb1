// Transposed convolution: fp32 only.
#include "core/engine/heavy.h"

#include "core/base/text.h"
#include "core/engine/kernel_choice.h"
#include "core/engine/kernels_data.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone::engine {

namespace {

using Dims = dnnl::memory::dims;
using DeconvDesc = dnnl::deconvolution_forward::primitive_desc;

constexpr int64_t kNarrow = 4; // channels: half of a vector

/// The file has [I, O/g, kernel...], oneDNN wants [g, O/g, I/g, kernel...]: the same bytes with other strides.
Desc plainWeights(const ConvTranspose& op, const Shape& file) {
    const auto fileStrides = rowMajor(file, DataType::f32).get_strides();
    Dims dims{file[1], file[0] / op.groups}, strides{fileStrides[1], fileStrides[0]};
    for (size_t i = 2; i < file.size(); ++i) {
        dims.push_back(file[i]);
        strides.push_back(fileStrides[i]);
    }
    if (op.groups > 1) {
        dims.insert(dims.begin(), op.groups);
        strides.insert(strides.begin(), fileStrides[0] * (file[0] / op.groups));
    }
    return Desc(dims, DataType::f32, strides);
}

/// An empty descriptor when oneDNN has no implementation.
DeconvDesc deconvDesc(const Graph& graph, const Node& node, const ConvTranspose& op, const dnnl::primitive_attr& attr) {
    const Shape &in = graph.value(node.inputs[0]).shape, &out = graph.value(node.outputs.front()).shape;
    const size_t spatial = op.strides.size();
    Dims dilations, padBegin, padEnd;
    for (size_t i = 0; i < spatial; ++i) {
        dilations.push_back(op.dilations[i] - 1);
        padBegin.push_back(op.pads[i]);
        // What is added at the end is less padding; oneDNN counts the positions of the input back from the result.
        padEnd.push_back(op.pads[i + spatial] - op.outputPadding[i]);
    }
    const Desc weights = anyLayout(plainWeights(op, graph.value(node.inputs[1]).shape).get_dims(), DataType::f32);
    const Desc bias = hasBias(node) ? rowMajor({out[1]}, DataType::f32) : Desc();
    return DeconvDesc(cpuEngine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::deconvolution_direct,
                      anyLayout(in, DataType::f32), weights, bias, anyLayout(out, DataType::f32), op.strides, dilations,
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
std::vector<float> asProducts(const std::vector<float>& file, const Shape& shape) {
    const auto channels = static_cast<size_t>(shape[0]), results = static_cast<size_t>(shape[1]);
    const auto taps = static_cast<size_t>(shape[2] * shape[3]);
    std::vector<float> products(file.size());
    for (size_t c = 0; c < channels; ++c)
        for (size_t m = 0; m < results; ++m)
            for (size_t tap = 0; tap < taps; ++tap)
                products[(tap * results + m) * channels + c] = file[(c * results + m) * taps + tap];
    return products;
}

/// A 1x1 convolution whose channels are the values of a window, and a step that places them. False, and nothing done,
/// where oneDNN has only slow kernels for it.
bool lowerAsWindows(Builder& builder, const HeavyAttr& heavy) {
    const Graph& graph = builder.graph();
    const Node& node = builder.node();
    const ValueId output = node.outputs.front();
    const Shape &in = builder.shape(node.inputs[0]), &weights = builder.shape(node.inputs[1]);
    const int64_t window = weights[1] * weights[2] * weights[3];
    const Shape plain{window, in[1], 1, 1};
    const Desc bias = hasBias(node) ? rowMajor({window}, DataType::f32) : Desc();
    const Dims ones{1, 1}, zeros{0, 0};
    dnnl::convolution_forward::primitive_desc desc(
        cpuEngine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
        channelsLast(in, DataType::f32), anyLayout(plain, DataType::f32), bias,
        channelsLast({in[0], window, in[2], in[3]}, DataType::f32), ones, zeros, zeros, zeros, heavy.attr, true);
    if (!desc || !isGenerated(desc.impl_info_str()))
        return false;
    const std::string name = displayText(node.name), kernel = desc.impl_info_str();
    const Form src = builder.require(node.inputs[0], desc.src_desc(), std::nullopt,
                                     fmt::format("{} computes in fp32: its kernel {} reads nhwc.", name, kernel));
    const std::vector<float> products = asProducts(graph.value(node.inputs[1]).constant->toFloats(), weights);
    const Form packed =
        builder.packedWeights(node.inputs[1], rowMajor(plain, DataType::f32), products.data(), desc.weights_desc(),
                              weightsLetters(plain.size(), false),
                              fmt::format("The kernel {} of {} reads its weights packed.", kernel, name));
    Form windows = builder.temporary(desc.dst_desc());
    std::vector<Arg> args{{DNNL_ARG_SRC, src}, {DNNL_ARG_WEIGHTS, packed}, {DNNL_ARG_DST, windows}};
    std::vector<ValueId> sources{node.inputs[0], node.inputs[1]};
    std::vector<Form> forms{src, packed};
    if (hasBias(node)) {
        const std::vector<float> own = graph.value(node.inputs[2]).constant->toFloats();
        std::vector<float> repeated;
        for (int64_t tap = 0; tap < weights[2] * weights[3]; ++tap)
            repeated.insert(repeated.end(), own.begin(), own.end());
        args.push_back({DNNL_ARG_BIAS, builder.constant(bias, repeated.data())});
        sources.push_back(node.inputs[2]);
        forms.push_back(args.back().form);
    }
    windows.desc = Desc({in[0], weights[1], in[2], weights[2], in[3], weights[3]}, DataType::f32,
                        Dims{in[2] * in[3] * window, 1, in[3] * window, weights[3] * weights[1], window, weights[1]});
    builder.addPrimitive(builder.describe(kernel, "fp32", sources, forms, windows), dnnl::convolution_forward(desc),
                         desc.scratchpad_desc(), args, kNoValue);

    const Form dst = builder.define(output, channelsLast(builder.shape(output), DataType::f32), std::nullopt);
    StepInfo info = builder.describe("halftone:windows", "", {output}, {windows}, dst);
    info.name = fmt::format("{} to pixels", displayText(graph.value(output).name));
    info.kind = StepKind::ConvertLayout;
    info.op = "Reorder";
    info.macs = info.paddingMacs = 0;
    info.origins.clear();
    info.producer = info.consumer = node.name;
    info.why = fmt::format("{} computes all values of a window side by side.", name);
    builder.addKernel(
        std::move(info), {windows, dst},
        [params =
             Windows{in[0] * in[2], in[3], weights[2], weights[3] * weights[1]}](const std::vector<std::byte*>& at) {
            return [params, src = reinterpret_cast<const float*>(at[0]), dst = reinterpret_cast<float*>(at[1])] {
                placeWindows(params, src, dst);
            };
        },
        output, dst);
    return true;
}

} // namespace

void lowerConvTranspose(Builder& builder, const ConvTranspose& op) {
    const Graph& graph = builder.graph();
    const Node& node = builder.node();
    if (!graph.isConstant(node.inputs[1]) || (hasBias(node) && !graph.isConstant(node.inputs[2])))
        return lowerReference(builder, "Its weights or its bias are computed at run time.");
    const HeavyAttr heavy = heavyAttr(graph, node, op.postOps, std::nullopt, false, std::nullopt, 1);
    if (areNarrowWindows(builder, op) && lowerAsWindows(builder, heavy))
        return;
    const DeconvDesc desc = deconvDesc(graph, node, op, heavy.attr);
    if (!desc)
        return lowerReference(builder, "oneDNN has no kernel for this transposed convolution.");
    const std::string kernel = desc.impl_info_str();
    const Form src = builder.require(node.inputs[0], desc.src_desc(), std::nullopt,
                                     fmt::format("{} computes in fp32: its kernel {} reads {}.", displayText(node.name),
                                                 kernel, layoutName(desc.src_desc())));
    const Form weights = weightsForm(
        builder, node.inputs[1], false, plainWeights(op, builder.shape(node.inputs[1])), desc.weights_desc(),
        weightsLetters(builder.shape(node.inputs[1]).size() + (op.groups > 1 ? 1 : 0), op.groups > 1), kernel);
    const Destination dst = destination(builder, desc.dst_desc(), std::nullopt, heavy.residual, src, kernel);
    addHeavyStep(builder,
                 {dnnl::deconvolution_forward(desc), kernel, desc.scratchpad_desc(), desc.bias_desc(), src, weights,
                  dst, desc.dst_desc(), heavy.residual, "", heavy.slopes},
                 false, std::nullopt);
}

} // namespace halftone::engine
