// SPDX-License-Identifier: GPL-3.0-or-later
// Resize by interpolation. (That by repetition picks values: lower_select.cpp.)
#include "core/engine/kernels/kernels_data.h"
#include "core/engine/lower/lower.h"

#include "core/base/text.h"
#include "core/graph/resize.h"

#include <algorithm>
#include <fmt/format.h>
#include <omp.h>

namespace halftone::engine {

namespace {

/// Every position with as many elements as the one with the most; the others get ones that weigh nothing.
std::vector<WeightedIndex> flattened(const ResizeTaps& taps, size_t count) {
    std::vector<WeightedIndex> flat;
    for (const std::vector<ResizeTap>& position : taps)
        for (size_t i = 0; i < count; ++i)
            flat.push_back(i < position.size()
                               ? WeightedIndex{position[i].index, static_cast<float>(position[i].weight)}
                               : WeightedIndex{});
    return flat;
}

} // namespace

bool interpolatesSpace(const Graph& graph, const Node& node) {
    const auto* op = std::get_if<Resize>(&node.op);
    const Shape &in = graph.value(node.inputs[0]).shape, &out = graph.value(node.output()).shape;
    return op && op->mode != ResizeMode::Nearest && op->coordinates != ResizeCoordinates::TfCropAndResize &&
           in.size() >= 3 && in.size() <= 2 + kMostSpatial && in[0] == out[0] && in[1] == out[1] && canBeListed(out);
}

void lowerResize(Builder& builder, const Resize& op) {
    const Node& node = builder.node();
    const ValueId input = node.inputs[0], output = node.output();
    const Shape &in = builder.shape(input), &out = builder.shape(output);
    if (op.mode == ResizeMode::Nearest)
        return lowerNearestResize(builder, op);
    if (!interpolatesSpace(builder.graph(), node))
        return lowerReference(builder, "Only spatial dimensions of ordinary length have a fast interpolation.");

    Form src = builder.form(input);
    const bool int8 = builder.int8(builder.currentNode());
    const bool planes = !int8 && isRowMajor(src.desc) && src.desc.get_data_type() == DataType::f32;
    Interpolation params;
    if (int8) {
        params.src = builder.graph().value(input).quant;
        params.dst = storedGrid(builder, output);
    }
    if (!planes)
        src = builder.require(input, channelsLast(in, storedType(builder, params.src)), params.src,
                              fmt::format("{} interpolates all channels of a pixel.", displayText(node.name)));
    params.batch = planes ? in[0] * in[1] : in[0];
    params.channels = planes ? 1 : in[1];
    const size_t first = kMostSpatial - (in.size() - 2);
    for (size_t dim = 0; dim < kMostSpatial; ++dim) {
        ResizeTaps taps{{ResizeTap{}}};
        if (dim >= first) {
            const size_t from = dim - first + 2;
            taps = resizeTaps(op, from, in[from], out[from]);
            params.in[dim] = in[from];
            params.out[dim] = out[from];
        }
        params.count[dim] =
            std::ranges::max(taps, {}, [](const std::vector<ResizeTap>& position) { return position.size(); }).size();
        params.taps[dim] = flattened(taps, params.count[dim]);
    }
    const DataType type = storedType(builder, params.dst);
    const Form dst = builder.define(output, planes ? rowMajor(out, type) : channelsLast(out, type), params.dst);
    const Form scratch =
        builder.temporary(rowMajor({omp_get_max_threads(), interpolationScratch(params)}, DataType::f32));
    builder.addKernel(
        builder.describe("halftone:interpolate", int8 ? "int8" : "fp32", {input}, {src}, dst), {src, scratch, dst},
        [params](const std::vector<std::byte*>& pointers) {
            return [params, pointers] {
                interpolate(params, pointers[0], reinterpret_cast<float*>(pointers[1]), pointers[2]);
            };
        },
        output, dst);
}

} // namespace halftone::engine
