// Transposed convolution: fp32 only.
#include "core/engine/heavy.h"

#include "core/base/text.h"

#include <fmt/format.h>

namespace halftone::engine {

namespace {

using Dims = dnnl::memory::dims;
using DeconvDesc = dnnl::deconvolution_forward::primitive_desc;

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

} // namespace

void lowerConvTranspose(Builder& builder, const ConvTranspose& op) {
    const Graph& graph = builder.graph();
    const Node& node = builder.node();
    if (!graph.isConstant(node.inputs[1]) || (hasBias(node) && !graph.isConstant(node.inputs[2])))
        return lowerReference(builder, "Its weights or its bias are computed at run time.");
    const HeavyAttr heavy = heavyAttr(graph, node, op.postOps, std::nullopt, false, std::nullopt, 1);
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
