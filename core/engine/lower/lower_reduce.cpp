// SPDX-License-Identifier: GPL-3.0-or-later
// Reductions: fp32 only.
#include "core/engine/lower/lower.h"

#include "core/base/text.h"
#include "core/engine/kernels/reduce.h"

#include <fmt/format.h>

namespace halftone::engine {

namespace {

struct Primitive {
    dnnl::algorithm algorithm;
    float p; // order of a norm
};

std::optional<Primitive> primitiveOf(ReduceKind kind) {
    using dnnl::algorithm;
    switch (kind) {
    case ReduceKind::Mean: return Primitive{algorithm::reduction_mean, 0};
    case ReduceKind::Sum: return Primitive{algorithm::reduction_sum, 0};
    case ReduceKind::Max: return Primitive{algorithm::reduction_max, 0};
    case ReduceKind::Min: return Primitive{algorithm::reduction_min, 0};
    case ReduceKind::Prod: return Primitive{algorithm::reduction_mul, 0};
    case ReduceKind::L1: return Primitive{algorithm::reduction_norm_lp_sum, 1};
    case ReduceKind::L2: return Primitive{algorithm::reduction_norm_lp_sum, 2};
    case ReduceKind::SumSquare: return Primitive{algorithm::reduction_norm_lp_power_p_sum, 2};
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

/// The reduction as one of three dimensions, where those that it reduces stand beside each other.
std::optional<Reduction> besideEachOther(ReduceKind kind, const Shape& shape, const Shape& kept) {
    Reduction params{kind};
    enum { Outer, Reduced, Inner } now = Outer;
    for (size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] == 1)
            continue;
        const bool reduces = kept[i] != shape[i];
        if (reduces && now == Inner)
            return std::nullopt;
        now = reduces ? Reduced : now == Outer ? Outer : Inner;
        (now == Outer ? params.outer : now == Reduced ? params.reduced : params.inner) *= shape[i];
    }
    return canReduce(kind) ? std::optional(params) : std::nullopt;
}

} // namespace

void lowerReduce(Builder& builder, const Reduce& op) {
    const Node& node = builder.node();
    const ValueId input = node.inputs[0], output = node.output();
    const Shape& shape = builder.shape(input);
    Shape kept = shape;
    const auto rank = static_cast<int64_t>(shape.size());
    if (op.axes.empty())
        kept.assign(shape.size(), 1);
    for (const int64_t axis : op.axes)
        kept[static_cast<size_t>(axis < 0 ? axis + rank : axis)] = 1;
    const Form src = builder.require(input, rowMajor(shape, DataType::f32), std::nullopt,
                                     fmt::format("{} computes in fp32.", displayText(node.name)));
    const std::optional<Primitive> how = primitiveOf(op.kind);
    if (kept == shape && how)
        return lowerReduceNothing(builder, op.kind, src);
    const std::optional<Reduction> ours = besideEachOther(op.kind, shape, kept);
    if (!ours && !how)
        return lowerReference(builder);
    Form dst = builder.define(output, rowMajor(builder.shape(output), DataType::f32), std::nullopt);
    if (ours) {
        builder.addKernel(
            builder.describe("halftone:reduce", "fp32", {input}, {src}, dst), {src, dst},
            [params = *ours](const std::vector<std::byte*>& at) {
                return [params, from = reinterpret_cast<const float*>(at[0]), to = reinterpret_cast<float*>(at[1])] {
                    reduceFloats(params, from, to);
                };
            },
            output, dst);
        return;
    }
    Form wide = dst;
    wide.desc = rowMajor(kept, DataType::f32);
    const dnnl::reduction::primitive_desc desc(cpuEngine(), how->algorithm, src.desc, wide.desc, how->p, 0.0F,
                                               userScratchpad());
    builder.addPrimitive(builder.describe(desc.impl_info_str(), "fp32", {input}, {src}, dst), dnnl::reduction(desc),
                         desc.scratchpad_desc(), {{DNNL_ARG_SRC, src}, {DNNL_ARG_DST, wide}}, output);
}

} // namespace halftone::engine
