// SPDX-License-Identifier: GPL-3.0-or-later
// Reductions: fp32 only.
#include "core/engine/lower/lower.h"

#include "core/base/text.h"

#include <fmt/format.h>

namespace halftone::engine {

namespace {

dnnl::primitive_attr userScratchpad() {
    dnnl::primitive_attr attr;
    attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return attr;
}

struct Reduction {
    dnnl::algorithm algorithm;
    float p; // order of a norm
};

std::optional<Reduction> reduction(ReduceKind kind) {
    using dnnl::algorithm;
    switch (kind) {
    case ReduceKind::Mean: return Reduction{algorithm::reduction_mean, 0};
    case ReduceKind::Sum: return Reduction{algorithm::reduction_sum, 0};
    case ReduceKind::Max: return Reduction{algorithm::reduction_max, 0};
    case ReduceKind::Min: return Reduction{algorithm::reduction_min, 0};
    case ReduceKind::Prod: return Reduction{algorithm::reduction_mul, 0};
    case ReduceKind::L1: return Reduction{algorithm::reduction_norm_lp_sum, 1};
    case ReduceKind::L2: return Reduction{algorithm::reduction_norm_lp_sum, 2};
    case ReduceKind::SumSquare: return Reduction{algorithm::reduction_norm_lp_power_p_sum, 2};
    case ReduceKind::LogSum:
    case ReduceKind::LogSumExp: return std::nullopt;
    }
    return std::nullopt;
}

/// oneDNN refuses a reduction that reduces nothing: all its dimensions have size 1. What is left of it works on each
/// element.
void lowerReduceNothing(Builder& builder, ReduceKind kind, const Form& src) {
    const bool isAbs = kind == ReduceKind::L1 || kind == ReduceKind::L2;
    if (!isAbs && kind != ReduceKind::SumSquare)
        return lowerReshape(builder);
    const ValueId output = builder.node().output();
    const dnnl::eltwise_forward::primitive_desc desc(cpuEngine(), dnnl::prop_kind::forward_inference,
                                                     isAbs ? dnnl::algorithm::eltwise_abs
                                                           : dnnl::algorithm::eltwise_square,
                                                     src.desc, src.desc, 0.0F, 0.0F, userScratchpad());
    const Form dst = builder.define(output, rowMajor(builder.shape(output), DataType::f32), std::nullopt);
    Form seen = dst;
    seen.desc = src.desc;
    builder.addPrimitive(builder.describe(desc.impl_info_str(), "fp32", {builder.node().inputs[0]}, {src}, dst),
                         dnnl::eltwise_forward(desc), desc.scratchpad_desc(),
                         {{DNNL_ARG_SRC, src}, {DNNL_ARG_DST, seen}}, output);
}

} // namespace

void lowerReduce(Builder& builder, const Reduce& op) {
    const Node& node = builder.node();
    const ValueId input = node.inputs[0], output = node.output();
    const Shape& shape = builder.shape(input);
    const std::optional<Reduction> how = reduction(op.kind);
    if (!how)
        return lowerReference(builder);
    Shape kept = shape;
    const auto rank = static_cast<int64_t>(shape.size());
    if (op.axes.empty())
        kept.assign(shape.size(), 1);
    for (const int64_t axis : op.axes)
        kept[static_cast<size_t>(axis < 0 ? axis + rank : axis)] = 1;
    const Form src = builder.require(input, rowMajor(shape, DataType::f32), std::nullopt,
                                     fmt::format("{} computes in fp32.", displayText(node.name)));
    if (kept == shape)
        return lowerReduceNothing(builder, op.kind, src);
    Form dst = builder.define(output, rowMajor(builder.shape(output), DataType::f32), std::nullopt);
    Form wide = dst;
    wide.desc = rowMajor(kept, DataType::f32);
    const dnnl::reduction::primitive_desc desc(cpuEngine(), how->algorithm, src.desc, wide.desc, how->p, 0.0F,
                                               userScratchpad());
    builder.addPrimitive(builder.describe(desc.impl_info_str(), "fp32", {input}, {src}, dst), dnnl::reduction(desc),
                         desc.scratchpad_desc(), {{DNNL_ARG_SRC, src}, {DNNL_ARG_DST, wide}}, output);
}

} // namespace halftone::engine
