// Resize by interpolation. (That by repetition picks values: lower_select.cpp.)
#include "core/engine/kernels_data.h"
#include "core/engine/lower.h"

#include "core/base/text.h"
#include "core/graph/resize.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone::engine {

namespace {

constexpr size_t kMostSpatial = 3;

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

void lowerResize(Builder& builder, const Resize& op) {
    const Node& node = builder.node();
    const ValueId input = node.inputs[0], output = node.outputs.front();
    const Shape &in = builder.shape(input), &out = builder.shape(output);
    if (op.mode == ResizeMode::Nearest)
        return lowerNearestResize(builder, op);
    const bool spatialOnly = in.size() >= 3 && in.size() <= 2 + kMostSpatial && in[0] == out[0] && in[1] == out[1];
    if (!spatialOnly || !canBeListed(out) || op.coordinates == ResizeCoordinates::TfCropAndResize)
        return lowerReference(builder, "Only spatial dimensions of ordinary length have a fast interpolation.");

    Form src = builder.form(input);
    const bool planes = isRowMajor(src.desc) && src.desc.get_data_type() == DataType::f32;
    if (!planes)
        src = builder.require(input, channelsLast(in, DataType::f32), std::nullopt,
                              fmt::format("{} interpolates all channels of a pixel.", displayText(node.name)));
    Interpolation params;
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
    const Form dst =
        builder.define(output, planes ? rowMajor(out, DataType::f32) : channelsLast(out, DataType::f32), std::nullopt);
    builder.addKernel(
        builder.describe("halftone:interpolate", "fp32", {input}, {src}, dst), {src, dst},
        [params](const std::vector<std::byte*>& pointers) {
            return [params, pointers] {
                interpolate(params, reinterpret_cast<const float*>(pointers[0]), reinterpret_cast<float*>(pointers[1]));
            };
        },
        output, dst);
}

} // namespace halftone::engine
