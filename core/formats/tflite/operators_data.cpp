// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that resize, look up or repeat elements.
#include "core/formats/tflite/operators.h"

#include <fmt/format.h>

namespace halftone::tflite_format {

namespace {

constexpr uint8_t kLrn = 13, kResizeBilinear = 15, kSpaceToDepth = 19, kGather = 23, kResizeNearest = 74,
                  kDepthToSpace = 94;

ValueId inFile(LayerView& layer, size_t index) {
    return layer.nhwc().asInFile(layer.input(index));
}

void resize(LayerView& layer, Resize op) {
    layer.requireInputs(2, 2);
    const std::vector<int64_t> size = layer.integers(1, "a size");
    if (size.size() != 2 || size[0] < 1 || size[1] < 1)
        layer.fail("has a size that is none");
    op.sizes = {0, 0, size[0], size[1]};
    layer.result(std::move(op), {layer.nhwc().channelsFirst(layer.input(0))}, AxisOrder::ChannelsFirst);
}

/// Shape [N,H,W,C], all but the batch known.
Shape picture(LayerView& layer) {
    const auto shape = layer.shape(0);
    if (!shape)
        layer.cannotRun("of an input of unknown shape");
    if (shape->size() != 4)
        layer.fail(fmt::format("has an input of {} dimensions", shape->size()));
    return *shape;
}

int64_t blockSize(LayerView& layer, uint8_t options) {
    const int64_t block = layer.options<schema::BlockSize>(options).block_size();
    if (block < 1)
        layer.fail(fmt::format("has blocks of {} elements", block));
    return block;
}

/// Whole numbers in the type that the file wants.
void integerResult(LayerView& layer, Op op, std::vector<ValueId> inputs) {
    const std::optional<ElementType> type = layer.outputInfo().type;
    if (type == ElementType::S64)
        layer.result(std::move(op), std::move(inputs), AxisOrder::AsInFile);
    else
        layer.result(Cast{type.value_or(ElementType::S32)}, {layer.nhwc().add(std::move(op), std::move(inputs))},
                     AxisOrder::AsInFile);
}

void argReduce(LayerView& layer, bool largest) {
    layer.requireInputs(2, 2);
    const std::vector<int64_t> axes = layer.integers(1, "a dimension");
    if (axes.size() != 1)
        layer.fail("works along more than one dimension");
    integerResult(layer, ArgReduce{largest, layer.axis(0, axes.front()), false, false}, {inFile(layer, 0)});
}

} // namespace

void readResizeBilinear(LayerView& layer) {
    const auto& options = layer.options<schema::ResizeBilinear>(kResizeBilinear);
    Resize op;
    op.mode = ResizeMode::Linear;
    op.coordinates = options.align_corners()        ? ResizeCoordinates::AlignCorners
                     : options.half_pixel_centers() ? ResizeCoordinates::HalfPixel
                                                    : ResizeCoordinates::Asymmetric;
    resize(layer, op);
}

void readResizeNearest(LayerView& layer) {
    const auto& options = layer.options<schema::ResizeNearestNeighbor>(kResizeNearest);
    Resize op;
    op.coordinates = options.align_corners()        ? ResizeCoordinates::AlignCorners
                     : options.half_pixel_centers() ? ResizeCoordinates::TfHalfPixelForNn
                                                    : ResizeCoordinates::Asymmetric;
    op.rounding = options.align_corners() ? ResizeRounding::PreferCeil : ResizeRounding::Floor;
    resize(layer, op);
}

void readDepthToSpace(LayerView& layer) {
    layer.requireInputs(1, 1);
    const int64_t block = blockSize(layer, kDepthToSpace);
    const Shape shape = picture(layer); // channels of a block come row by row
    const int64_t height = shape[1], width = shape[2], channels = shape[3] / block / block;
    if (channels * block * block != shape[3])
        layer.fail(fmt::format("makes blocks of {} x {} from {} channels", block, block, shape[3]));
    const ValueId x = layer.nhwc().channelsFirst(layer.input(0));
    const ValueId apart = layer.nhwc().add(Reshape{{0, block, block, channels, height, width}}, {x});
    const ValueId moved = layer.nhwc().add(Transpose{{0, 3, 4, 1, 5, 2}}, {apart});
    layer.result(Reshape{{0, channels, height * block, width * block}}, {moved}, AxisOrder::ChannelsFirst);
}

void readSpaceToDepth(LayerView& layer) {
    layer.requireInputs(1, 1);
    const int64_t block = blockSize(layer, kSpaceToDepth);
    const Shape shape = picture(layer);
    const int64_t height = shape[1] / block, width = shape[2] / block, channels = shape[3];
    if (height * block != shape[1] || width * block != shape[2])
        layer.fail(fmt::format("takes blocks of {} x {} from {} x {}", block, block, shape[1], shape[2]));
    const ValueId x = layer.nhwc().channelsFirst(layer.input(0));
    const ValueId apart = layer.nhwc().add(Reshape{{0, channels, height, block, width, block}}, {x});
    const ValueId moved = layer.nhwc().add(Transpose{{0, 3, 5, 1, 2, 4}}, {apart});
    layer.result(Reshape{{0, block * block * channels, height, width}}, {moved}, AxisOrder::ChannelsFirst);
}

/// (bias + alpha * sum of squares)^beta, alpha not divided by the number of channels summed.
void readLocalResponseNormalization(LayerView& layer) {
    layer.requireInputs(1, 1);
    const auto& options = layer.options<schema::LocalResponseNormalization>(kLrn);
    if (options.radius() < 0 || options.radius() > 1'000'000)
        layer.fail(fmt::format("has the radius {}", options.radius()));
    const int64_t size = 2 * int64_t{options.radius()} + 1;
    const Lrn op{size, options.alpha() * static_cast<float>(size), options.beta(), options.bias()};
    layer.result(op, {layer.nhwc().channelsFirst(layer.input(0))}, AxisOrder::ChannelsFirst);
}

void readGather(LayerView& layer) {
    layer.requireInputs(2, 2);
    const auto* options = layer.optionsOrNull<schema::Gather>(kGather);
    if (options && options->batch_dims() != 0)
        layer.cannotRun("for each element of a batch");
    const int64_t axis = layer.axis(0, options ? options->axis() : 0);
    layer.result(Gather{axis}, {inFile(layer, 0), inFile(layer, 1)}, AxisOrder::AsInFile);
}

void readTile(LayerView& layer) {
    layer.requireInputs(2, 2);
    const std::vector<int64_t> repeats = layer.integers(1, "repeats");
    if (repeats.size() != layer.rank(0))
        layer.fail(fmt::format("repeats {} of {} dimensions", repeats.size(), layer.rank(0)));
    layer.result(Tile{repeats}, {inFile(layer, 0)}, AxisOrder::AsInFile);
}

void readBroadcastTo(LayerView& layer) {
    layer.requireInputs(2, 2);
    layer.result(Expand{layer.integers(1, "a shape")}, {inFile(layer, 0)}, AxisOrder::AsInFile);
}

void readShape(LayerView& layer) {
    layer.requireInputs(1, 1);
    integerResult(layer, ShapeOf{}, {inFile(layer, 0)});
}

void readArgMax(LayerView& layer) {
    argReduce(layer, true);
}

void readArgMin(LayerView& layer) {
    argReduce(layer, false);
}

} // namespace halftone::tflite_format
