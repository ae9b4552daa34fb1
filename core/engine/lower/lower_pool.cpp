// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/lower/lower.h"

#include "core/base/text.h"
#include "core/engine/kernels/kernels.h"
#include "core/engine/kernels/max_pool.h"

#include <algorithm>
#include <fmt/format.h>
#include <omp.h>

namespace halftone::engine {

namespace {

using PoolDesc = dnnl::pooling_forward::primitive_desc;

/// As oneDNN wants a window. `whyNot` says why it has none for this one.
struct PoolWindow {
    dnnl::algorithm algorithm = dnnl::algorithm::pooling_max;
    dnnl::memory::dims kernel, strides, dilations, begin, end;
    std::string whyNot;
};

PoolWindow poolWindow(const Pool& op, const Shape& in, const Shape& out) {
    const size_t spatial = in.size() - 2;
    const dnnl::memory::dims ones(spatial, 1), zeros(spatial, 0);
    const bool countsPadding =
        op.kind == PoolKind::AverageIncludePad && std::ranges::any_of(op.pads, [](int64_t pad) { return pad > 0; });
    PoolWindow window{op.kind == PoolKind::Max ? dnnl::algorithm::pooling_max
                      : countsPadding          ? dnnl::algorithm::pooling_avg_include_padding
                                               : dnnl::algorithm::pooling_avg_exclude_padding,
                      ones,
                      ones,
                      zeros,
                      zeros,
                      zeros,
                      {}};
    for (size_t i = 0; i < spatial; ++i) {
        window.kernel[i] = op.global ? in[i + 2] : op.kernel[i];
        if (op.global)
            continue;
        window.strides[i] = op.strides[i];
        window.dilations[i] = op.dilations[i] - 1;
        window.begin[i] = op.pads[i];
        // With ceilMode the last window may reach beyond the padding: oneDNN wants that written down as padding.
        const int64_t extent = (window.kernel[i] - 1) * op.dilations[i] + 1;
        const int64_t end = (out[i + 2] - 1) * window.strides[i] + extent - in[i + 2] - window.begin[i];
        if (countsPadding && end > op.pads[i + spatial])
            window.whyNot = "oneDNN has no average that counts padding with windows beyond the padding.";
        window.end[i] = std::max<int64_t>(end, 0);
    }
    return window;
}

/// An empty descriptor when oneDNN has no implementation.
PoolDesc poolDesc(const PoolWindow& window, const Desc& src, const Shape& out) {
    dnnl::primitive_attr attr = userScratchpad();
    return PoolDesc(cpuEngine(), dnnl::prop_kind::forward_inference, window.algorithm, src,
                    anyLayout(out, src.get_data_type()), window.strides, window.kernel, window.dilations, window.begin,
                    window.end, attr, true);
}

void lowerGlobalAverageInt8(Builder& builder) {
    const Node& node = builder.node();
    const ValueId input = node.inputs[0], output = node.output();
    const Shape& shape = builder.shape(input);
    const auto& srcGrid = builder.graph().value(input).quant;
    const auto dstGrid = storedGrid(builder, output);
    const Form src = builder.require(input, channelsLast(shape, storedType(builder, srcGrid)), srcGrid,
                                     fmt::format("{} averages codes channel by channel.", displayText(node.name)));
    const Form dst = builder.define(output, channelsLast(builder.shape(output), storedType(builder, dstGrid)), dstGrid);
    GlobalAverage kernel{shape[0], shape[1], 1, *srcGrid, dstGrid};
    for (size_t i = 2; i < shape.size(); ++i)
        kernel.positions *= shape[i];
    builder.addKernel(
        builder.describe("halftone:global_average", "int8", {input}, {src}, dst), {src, dst},
        [kernel](const std::vector<std::byte*>& pointers) {
            return [kernel, pointers] { globalAverage(kernel, pointers[0], pointers[1]); };
        },
        output, dst);
}

/// What the windows see of a dimension; empty where one of them sees nothing but padding.
std::vector<SeenElements> seenElements(const PoolWindow& window, size_t dim, int64_t in, int64_t out) {
    std::vector<SeenElements> seen;
    const int64_t step = window.dilations[dim] + 1;
    for (int64_t at = 0; at < out; ++at) {
        const int64_t first = at * window.strides[dim] - window.begin[dim];
        const int64_t before = first < 0 ? (-first + step - 1) / step : 0; // elements of the window in the padding
        const int64_t behind = std::max<int64_t>((in - first + step - 1) / step, 0);
        const SeenElements elements{first + before * step, std::min(window.kernel[dim], behind) - before};
        if (elements.count < 1)
            return {};
        seen.push_back(elements);
    }
    return seen;
}

/// False, and nothing done, where a window sees nothing.
bool lowerMaxOfCodes(Builder& builder, const PoolWindow& window) {
    const Node& node = builder.node();
    const ValueId input = node.inputs[0], output = node.output();
    const Shape &in = builder.shape(input), &out = builder.shape(output);
    const size_t spatial = in.size() - 2;
    if (spatial > kMostSpatial)
        return false;
    const auto& grid = builder.graph().value(input).quant;
    MaxPool params{in[0], in[1], {1, 1, 1}, {}, {1, 1, 1}, grid->storage == ElementType::S8};
    params.seen.fill({SeenElements{}});
    for (size_t dim = 0; dim < spatial; ++dim) {
        const size_t to = kMostSpatial - spatial + dim;
        params.in[to] = in[dim + 2];
        params.steps[to] = window.dilations[dim] + 1;
        params.seen[to] = seenElements(window, dim, in[dim + 2], out[dim + 2]);
        if (params.seen[to].empty())
            return false;
    }
    const Form src = builder.require(input, channelsLast(in, storedType(builder, grid)), grid,
                                     fmt::format("{} pools codes channels-last.", displayText(node.name)));
    const Form dst = builder.define(output, channelsLast(out, src.desc.get_data_type()), grid);
    const Form scratch = builder.temporary(rowMajor({omp_get_max_threads(), maxPoolScratch(params)}, DataType::u8));
    builder.addKernel(
        builder.describe("halftone:max_pool", "int8", {input}, {src}, dst), {src, scratch, dst},
        [params](const std::vector<std::byte*>& at) { return [params, at] { maxPool(params, at[0], at[1], at[2]); }; },
        output, dst);
    return true;
}

} // namespace

std::string whyNotFloatPool(const Graph& graph, const Node& node, const Pool& op, DataType type) {
    const Shape &in = graph.value(node.inputs[0]).shape, &out = graph.value(node.output()).shape;
    return whyNotKernel(poolDesc(poolWindow(op, in, out), channelsLast(in, type), out), precisionName(type));
}

void lowerPool(Builder& builder, const Pool& op) {
    const Node& node = builder.node();
    const ValueId input = node.inputs[0], output = node.output();
    const bool int8 = builder.int8(builder.currentNode());
    if (int8 && isGlobalAverage(op))
        return lowerGlobalAverageInt8(builder);
    const Shape &in = builder.shape(input), &out = builder.shape(output);
    const PoolWindow window = poolWindow(op, in, out);
    if (!window.whyNot.empty())
        return lowerReference(builder, window.whyNot);
    if (int8 && op.kind == PoolKind::Max && lowerMaxOfCodes(builder, window))
        return;
    const auto grid = int8 ? builder.graph().value(input).quant : std::nullopt;
    const std::string need =
        fmt::format("{} pools {}.", displayText(node.name), int8 ? "codes channels-last" : builder.precision());
    Form src = int8 ? builder.require(input, channelsLast(in, storedType(builder, grid)), grid, need)
                    : builder.requireFloat(input, need);
    PoolDesc desc = poolDesc(window, src.desc, out);
    if (!whyNotKernel(desc, builder.precision()).empty()) {
        src = builder.require(
            input, channelsLast(in, src.desc.get_data_type()), grid,
            fmt::format("{} has only a slow kernel for {}.", displayText(node.name), layoutName(src.desc)));
        desc = poolDesc(window, src.desc, out);
    }
    if (!desc)
        return lowerReference(builder, "oneDNN has no kernel for this pooling.");
    const Form dst = builder.define(output, desc.dst_desc(), grid);
    builder.addPrimitive(builder.describe(desc.impl_info_str(), builder.precision(), {input}, {src}, dst),
                         dnnl::pooling_forward(desc), desc.scratchpad_desc(),
                         {{DNNL_ARG_SRC, src}, {DNNL_ARG_DST, dst}}, output);
}

} // namespace halftone::engine
