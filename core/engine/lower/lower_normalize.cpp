// SPDX-License-Identifier: GPL-3.0-or-later
// Normalizations by statistics that are taken at run time.
#include "core/engine/kernels/kernels_data.h"
#include "core/engine/lower/lower.h"

#include "core/base/checked.h"
#include "core/base/text.h"
#include "core/graph/shape_rules.h"

#include <fmt/format.h>

namespace halftone::engine {

void lowerNormalize(Builder& builder, const Normalize& op) {
    const Node& node = builder.node();
    const ValueId input = node.inputs[0], output = node.output();
    const Shape& shape = builder.shape(input);
    const std::vector<size_t> axes = normalizedAxes(op.axes, shape.size());
    if (axes.empty() || axes.front() + axes.size() != shape.size())
        return lowerReference(builder, "The values that it takes together do not lie together.");
    const Form src =
        builder.require(input, rowMajor(shape, DataType::f32), std::nullopt,
                        fmt::format("{} takes statistics of values that lie together.", displayText(node.name)));
    const Form dst = builder.define(output, src.desc, std::nullopt);
    const std::span<const int64_t> dims(shape);
    const int64_t rows = elementCount(dims.first(axes.front())), length = elementCount(dims.subspan(axes.front()));
    builder.addKernel(
        builder.describe("halftone:normalize", "fp32", {input}, {src}, dst), {src, dst},
        [rows, length, epsilon = op.epsilon](const std::vector<std::byte*>& pointers) {
            return [=] {
                normalizeRows(rows, length, epsilon, reinterpret_cast<const float*>(pointers[0]),
                              reinterpret_cast<float*>(pointers[1]));
            };
        },
        output, dst);
}

void lowerLrn(Builder& builder, const Lrn& op) {
    const Node& node = builder.node();
    const ValueId input = node.inputs[0], output = node.output();
    if (op.size % 2 == 0) // oneDNN takes as many channels before as after
        return lowerReference(builder, "oneDNN normalizes over odd numbers of channels.");
    dnnl::primitive_attr attr = userScratchpad();
    const Form src = builder.require(input, rowMajor(builder.shape(input), DataType::f32), std::nullopt,
                                     fmt::format("{} computes in fp32.", displayText(node.name)));
    const dnnl::lrn_forward::primitive_desc desc(cpuEngine(), dnnl::prop_kind::forward_inference,
                                                 dnnl::algorithm::lrn_across_channels, src.desc, src.desc, op.size,
                                                 op.alpha, op.beta, op.bias, attr, true);
    if (!desc)
        return lowerReference(builder, "oneDNN has no kernel for this normalization.");
    const Form dst = builder.define(output, desc.dst_desc(), std::nullopt);
    builder.addPrimitive(builder.describe(desc.impl_info_str(), "fp32", {input}, {src}, dst), dnnl::lrn_forward(desc),
                         desc.scratchpad_desc(), {{DNNL_ARG_SRC, src}, {DNNL_ARG_DST, dst}}, output);
}

} // namespace halftone::engine
