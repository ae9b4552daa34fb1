// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that sample, cut or put together pictures, and that choose boxes in them.
#include "core/base/checked.h"
#include "core/formats/onnx/operators.h"
#include "core/graph/element.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <numeric>

namespace halftone::onnx_format {

Layer readGridSample(LayerView& layer) {
    layer.requireInputs(2, 2);
    GridSample op;
    const std::string mode = layer.text("mode", "bilinear"), padding = layer.text("padding_mode", "zeros");
    if (mode == "nearest")
        op.mode = ResizeMode::Nearest;
    else if (mode == "bicubic" || mode == "cubic")
        op.mode = ResizeMode::Cubic;
    else if (mode != "bilinear" && mode != "linear")
        layer.fail("has a mode that ONNX does not know");
    if (padding == "border")
        op.padding = GridPadding::Border;
    else if (padding == "reflection")
        op.padding = GridPadding::Reflection;
    else if (padding != "zeros")
        layer.fail("has a padding that ONNX does not know");
    op.alignCorners = layer.flag("align_corners", false);
    return {op, layer.allInputs()};
}

Layer readRoiAlign(LayerView& layer) {
    layer.requireInputs(3, 3);
    const std::string mode = layer.text("mode", "avg");
    const std::string coordinates =
        layer.opset() < 16 ? "output_half_pixel" : layer.text("coordinate_transformation_mode", "half_pixel");
    if ((mode != "avg" && mode != "max") || (coordinates != "half_pixel" && coordinates != "output_half_pixel"))
        layer.fail("has a mode that ONNX does not know");
    RoiAlign op;
    op.height = layer.integer("output_height", 1);
    op.width = layer.integer("output_width", 1);
    op.samples = layer.integer("sampling_ratio", 0);
    op.scale = layer.real("spatial_scale", 1);
    op.halfPixel = coordinates == "half_pixel";
    op.largest = mode == "max";
    constexpr int64_t kMost = 1 << 15;
    if (op.height < 1 || op.width < 1 || op.samples < 0 || op.height > kMost || op.width > kMost || op.samples > 1024)
        layer.fail(fmt::format("has impossible parts: {} x {}, {} samples", op.height, op.width, op.samples));
    return {op, layer.allInputs()};
}

namespace {

/// The sizes of the spatial dimensions, each at least 1.
std::vector<int64_t> spatialSetting(LayerView& layer, size_t index, std::string_view what, size_t rank) {
    const std::vector<int64_t> sizes = layer.integerSetting(index, what);
    return layer.sizesOf(sizes, rank, 1, what);
}

/// The centres of `size` elements from -1 to 1, which are those of the first and last one (`align`) or their edges.
std::vector<double> centres(int64_t size, bool align) {
    std::vector<double> result(static_cast<size_t>(size));
    const auto length = static_cast<double>(size);
    for (size_t i = 0; i < result.size(); ++i)
        result[i] = !align     ? (2 * static_cast<double>(i) + 1) / length - 1
                    : size > 1 ? 2 * static_cast<double>(i) / (length - 1) - 1
                               : 0;
    return result;
}

} // namespace

/// theta [N, D, D+1] and the size [N, C, spatial...] of a picture: the grid that GridSample reads it by.
Layer readAffineGrid(LayerView& layer) {
    layer.requireInputs(2, 2);
    const Shape theta = layer.knownShape(0);
    const std::vector<int64_t> size = layer.integerSetting(1, "a size");
    if (theta.size() != 3 || (theta[1] != 2 && theta[1] != 3) || theta[2] != theta[1] + 1 ||
        static_cast<int64_t>(size.size()) != theta[1] + 2)
        layer.fail("has a matrix or a size that is not that of a picture");
    const bool align = layer.flag("align_corners", false);
    const std::vector<int64_t> spatial =
        layer.sizesOf(std::vector<int64_t>(size.begin() + 2, size.end()), size.size() - 2, 1, "size");
    const int64_t positions = elementCount(spatial, "its size"), rank = theta[1];
    constexpr int64_t kMost = int64_t{1} << 26;
    if (positions > kMost)
        layer.cannotRun(fmt::format("of {} positions", positions));
    std::vector<double> base; // [rank + 1, positions]: the last dimension first, then 1
    for (int64_t dim = rank; dim-- > 0;) {
        const std::vector<double> along = centres(spatial[static_cast<size_t>(dim)], align);
        const int64_t behind = elementCount(std::span(spatial).subspan(static_cast<size_t>(dim) + 1));
        for (int64_t i = 0; i < positions; ++i)
            base.push_back(along[static_cast<size_t>(i / behind) % along.size()]);
    }
    base.insert(base.end(), static_cast<size_t>(positions), 1);
    const ValueId grid = layer.operand(tensorFromDoubles(layer.type(0), {rank + 1, positions}, base));
    const ValueId moved = layer.step(MatMul{}, {layer.input(0), grid});
    Shape shape{theta[0]};
    shape.insert(shape.end(), spatial.begin(), spatial.end());
    shape.push_back(rank);
    return {Reshape{shape, true}, {layer.step(Transpose{{0, 2, 1}}, {moved})}};
}

/// Cuts off, or adds zeros, on both sides alike; what is odd lies at the end.
Layer readCenterCropPad(LayerView& layer) {
    layer.requireInputs(2, 2);
    const Shape shape = layer.knownShape(0);
    const std::vector<int64_t> wanted = layer.integerSetting(1, "a shape");
    std::vector<int64_t> axes(shape.size());
    std::iota(axes.begin(), axes.end(), 0);
    axes = layer.integers("axes").value_or(axes);
    layer.sizesOf(wanted, axes.size(), 0, "shape");
    Pad pad;
    pad.pads.assign(2 * shape.size(), 0);
    for (size_t i = 0; i < axes.size(); ++i) {
        const auto axis = static_cast<size_t>(layer.axisOf(axes[i], shape.size()));
        const int64_t more = wanted[i] - shape[axis];
        pad.pads[axis] = more / 2;
        pad.pads[shape.size() + axis] = more - more / 2;
    }
    return {pad, {layer.input(0)}};
}

/// The gradient of a convolution whose kernels each pick one place of a block.
Layer readCol2Im(LayerView& layer) {
    layer.requireInputs(3, 3);
    const Shape shape = layer.knownShape(0);
    const size_t rank = layer.integerSetting(1, "a size of the picture").size();
    if (shape.size() != 3 || rank < 1 || rank > 3)
        layer.cannotRun(fmt::format("with {} spatial dimensions", rank));
    const std::vector<int64_t> picture = spatialSetting(layer, 1, "a size of the picture", rank),
                               block = spatialSetting(layer, 2, "a size of the blocks", rank);
    const int64_t blockSize = elementCount(block, "its blocks");
    ConvTranspose op;
    op.strides = layer.sizes("strides", rank, 1, 1);
    op.dilations = layer.sizes("dilations", rank, 1, 1);
    op.pads = layer.sizes("pads", 2 * rank, 0, 0);
    Shape blocks{shape[0], shape[1]};
    for (size_t i = 0; i < rank; ++i) {
        const int64_t whole = picture[i] + op.pads[i] + op.pads[rank + i] - op.dilations[i] * (block[i] - 1) - 1;
        if (whole < 0)
            layer.fail("has blocks larger than its picture");
        blocks.push_back(whole / op.strides[i] + 1);
        op.outputPadding.push_back(whole % op.strides[i]);
    }
    if (blockSize < 1 || shape[1] % blockSize != 0 ||
        elementCount(std::span(blocks).subspan(2), "its blocks") != shape[2])
        layer.fail("has another number of blocks than its picture");
    op.groups = shape[1] / blockSize;
    Shape weights{shape[1], 1};
    weights.insert(weights.end(), block.begin(), block.end());
    constexpr int64_t kMost = int64_t{1} << 26;
    if (checkedMul(shape[1], blockSize, "its blocks") > kMost)
        layer.cannotRun(fmt::format("of {} channels", shape[1]));
    std::vector<float> picks(static_cast<size_t>(shape[1] * blockSize), 0);
    for (int64_t i = 0; i < shape[1]; ++i)
        picks[static_cast<size_t>(i * blockSize + i % blockSize)] = 1;
    const ValueId kernel = layer.operand(castTensor(Tensor::fromFloats(weights, picks), layer.type(0)));
    return {op, {layer.step(Reshape{blocks, true}, {layer.input(0)}), kernel}};
}

/// Puts values where a MaxPool took them from, in a tensor of zeros as large as its input was.
Layer readMaxUnpool(LayerView& layer) {
    layer.requireInputs(2, 3);
    const Shape x = layer.knownShape(0);
    const size_t rank = layer.integers("kernel_shape").value_or(std::vector<int64_t>{}).size();
    if (rank < 1 || x.size() != rank + 2)
        layer.fail("has a kernel that does not fit its input");
    const std::vector<int64_t> kernel = layer.sizes("kernel_shape", rank, 1, 1),
                               strides = layer.sizes("strides", rank, 1, 1), pads = layer.sizes("pads", 2 * rank, 0, 0);
    Shape shape{x[0], x[1]};
    for (size_t i = 0; i < rank; ++i)
        shape.push_back((x[i + 2] - 1) * strides[i] + kernel[i] - pads[i] - pads[rank + i]);
    constexpr int64_t kMost = int64_t{1} << 40; // of a tensor
    if (std::ranges::any_of(shape, [](int64_t size) { return size < 1 || size > kMost; }))
        layer.fail("has an impossible output size");
    const auto flat = [&](size_t operand) { return layer.step(Reshape{{-1}}, {layer.input(operand)}); };
    const ValueId zeros = layer.step(Expand{{elementCount(shape, "its output")}}, {layer.number(0, layer.type(0))});
    const ValueId filled = layer.step(ScatterElements{0}, {zeros, flat(1), flat(0)});
    const ValueId y = layer.step(Reshape{shape, true}, {filled});
    if (!layer.hasInput(2))
        return {.results = {y}};
    const std::vector<int64_t> given = layer.integerSetting(2, "a shape");
    Pad pad;
    pad.pads.assign(2 * shape.size(), 0);
    for (size_t i = 0; i < shape.size(); ++i) {
        if (given.size() != shape.size() || given[i] < shape[i] || given[i] > kMost)
            layer.fail("has an output shape that does not fit its kernel");
        pad.pads[shape.size() + i] = given[i] - shape[i];
    }
    return {pad, {y}};
}

namespace {

/// y1, x1, y2, x2, the first two the smaller ones.
using Box = std::array<float, 4>;

Box boxOf(std::span<const float> numbers, bool centre) {
    if (centre)
        return {numbers[1] - numbers[3] / 2, numbers[0] - numbers[2] / 2, numbers[1] + numbers[3] / 2,
                numbers[0] + numbers[2] / 2};
    return {std::min(numbers[0], numbers[2]), std::min(numbers[1], numbers[3]), std::max(numbers[0], numbers[2]),
            std::max(numbers[1], numbers[3])};
}

float overlap(const Box& a, const Box& b) {
    const auto area = [](const Box& box) { return (box[2] - box[0]) * (box[3] - box[1]); };
    const float height = std::min(a[2], b[2]) - std::max(a[0], b[0]),
                width = std::min(a[3], b[3]) - std::max(a[1], b[1]);
    const float common = height > 0 && width > 0 ? height * width : 0, all = area(a) + area(b) - common;
    return common > 0 && all > 0 ? common / all : 0;
}

} // namespace

/// How many boxes are left depends on what they are: only those that are known can be chosen from.
Layer readNonMaxSuppression(LayerView& layer) {
    layer.requireInputs(2, 5);
    const Tensor &boxes = layer.setting(0, "boxes"), &scores = layer.setting(1, "scores");
    const int64_t most = layer.hasInput(2) ? layer.integerSetting(2, "a number of boxes").at(0) : 0;
    const float limit = layer.hasInput(3) ? layer.realSetting(3, "a largest overlap") : 0;
    const bool centre = layer.flag("center_point_box", false);
    if (boxes.shape.size() != 3 || scores.shape.size() != 3 || boxes.shape[2] != 4 ||
        boxes.shape[0] != scores.shape[0] || boxes.shape[1] != scores.shape[2])
        layer.fail("has boxes and scores that do not fit together");
    constexpr int64_t kMostBoxes = 1 << 16;
    const int64_t count = boxes.shape[1], classes = scores.shape[1];
    if (count > kMostBoxes)
        layer.cannotRun(fmt::format("of {} boxes", count));
    const std::vector<float> corners = boxes.toFloats(), values = scores.toFloats();
    std::vector<int64_t> chosen;
    for (int64_t line = 0; line < boxes.shape[0] * classes; ++line) {
        const auto score = [&](int64_t box) { return values[static_cast<size_t>(line * count + box)]; };
        const auto box = [&](int64_t index) {
            return boxOf(std::span(corners).subspan(static_cast<size_t>(line / classes * count + index) * 4, 4),
                         centre);
        };
        std::vector<int64_t> order(static_cast<size_t>(count)), kept;
        std::iota(order.begin(), order.end(), 0);
        if (layer.hasInput(4))
            std::erase_if(order, [&, least = layer.realSetting(4, "a smallest score")](int64_t each) {
                return !(score(each) > least);
            });
        std::ranges::stable_sort(order, [&](int64_t a, int64_t b) { return score(a) > score(b); });
        for (const int64_t candidate : order) {
            if (static_cast<int64_t>(kept.size()) >= most)
                break;
            if (std::ranges::none_of(kept,
                                     [&](int64_t other) { return overlap(box(candidate), box(other)) > limit; })) {
                kept.push_back(candidate);
                chosen.insert(chosen.end(), {line / classes, line % classes, candidate});
            }
        }
    }
    return {Identity{}, {}, {}, false, Tensor::fromInt64s({static_cast<int64_t>(chosen.size()) / 3, 3}, chosen)};
}

} // namespace halftone::onnx_format
