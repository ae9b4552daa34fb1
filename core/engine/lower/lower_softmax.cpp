// SPDX-License-Identifier: GPL-3.0-or-later
// Softmax: fp32 only.
#include "core/engine/lower/lower.h"

#include "core/base/text.h"
#include "core/engine/kernels/softmax.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

namespace halftone::engine {

namespace {

constexpr int64_t kFewRows = 16; // our own kernel computes many of them at once

/// The dimensions of a tensor without gaps as they lie in memory, the outermost first.
std::vector<size_t> orderInMemory(const Desc& desc) {
    const auto strides = desc.get_strides();
    std::vector<size_t> order(strides.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, std::greater<>(), [&](size_t dim) { return strides[dim]; });
    return order;
}

SoftmaxShape shapeInMemory(const Desc& desc, size_t axis, bool log) {
    const std::vector<size_t> order = orderInMemory(desc);
    const auto dims = desc.get_dims();
    SoftmaxShape shape{1, dims[axis], 1, log};
    bool behind = false;
    for (const size_t dim : order) {
        if (dim != axis)
            (behind ? shape.positions : shape.rows) *= dims[dim];
        behind |= dim == axis;
    }
    return shape;
}

void lowerByLibrary(Builder& builder, const SoftmaxShape& shape, Form src, Form dst) {
    dnnl::primitive_attr attr = userScratchpad();
    const Desc rows = rowMajor({shape.rows, shape.length}, DataType::f32);
    const dnnl::softmax_forward::primitive_desc desc(
        cpuEngine(), dnnl::prop_kind::forward_inference,
        shape.log ? dnnl::algorithm::softmax_log : dnnl::algorithm::softmax_accurate, rows, rows, 1, attr);
    const Node& node = builder.node();
    const StepInfo info = builder.describe(desc.impl_info_str(), "fp32", {node.inputs[0]}, {src}, dst);
    src.desc = dst.desc = rows;
    builder.addPrimitive(info, dnnl::softmax_forward(desc), desc.scratchpad_desc(),
                         {{DNNL_ARG_SRC, src}, {DNNL_ARG_DST, dst}}, node.output());
}

} // namespace

void lowerSoftmax(Builder& builder, const Softmax& op) {
    const Node& node = builder.node();
    const ValueId input = node.inputs[0], output = node.output();
    const Shape& shape = builder.shape(input);
    const auto axis = static_cast<size_t>(op.axis < 0 ? op.axis + static_cast<int64_t>(shape.size()) : op.axis);
    Form src = builder.form(input);
    const bool asItLies = src.desc.get_data_type() == DataType::f32 && isDense(src.desc) && !isBlocked(src.desc);
    if (op.coerce2d || !asItLies) {
        const bool overChannels = !op.coerce2d && axis == 1 && shape.size() > 2;
        src = builder.require(input, overChannels ? channelsLast(shape, DataType::f32) : rowMajor(shape, DataType::f32),
                              std::nullopt, fmt::format("{} needs the precision of fp32.", displayText(node.name)));
    }
    SoftmaxShape seen = shapeInMemory(src.desc, axis, op.log);
    if (op.coerce2d) { // before opset 13 the tensor is seen as a matrix
        const auto columns = static_cast<std::ptrdiff_t>(axis);
        seen.rows = std::accumulate(shape.begin(), shape.begin() + columns, int64_t{1}, std::multiplies<>());
        seen.length = std::accumulate(shape.begin() + columns, shape.end(), int64_t{1}, std::multiplies<>());
        seen.positions = 1;
    }
    const Form dst = builder.define(output, src.desc, std::nullopt);
    if (seen.positions == 1 && (seen.length > kMostBesideEachOther || seen.rows < kFewRows))
        return lowerByLibrary(builder, seen, src, dst);
    builder.addKernel(
        builder.describe("halftone:softmax", "fp32", {input}, {src}, dst), {src, dst},
        [seen](const std::vector<std::byte*>& pointers) {
            return [seen, from = reinterpret_cast<const float*>(pointers[0]),
                    to = reinterpret_cast<float*>(pointers[1])] { softmax(seen, from, to); };
        },
        output, dst);
}

} // namespace halftone::engine
