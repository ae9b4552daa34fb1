// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that resize, rearrange or repeat elements.
#include "core/formats/common/layers.h"
#include "core/formats/tflite/operators.h"

#include <fmt/format.h>

namespace halftone::tflite_format {

namespace {

constexpr uint8_t kLrn = 13, kResizeBilinear = 15, kSpaceToDepth = 19, kResizeNearest = 74, kDepthToSpace = 94;

template <class Options> void resize(LayerView& layer, ResizeMode mode, const Options& options) {
    layer.requireInputs(2, 2);
    const std::vector<int64_t> size = layer.integers(1, "a size");
    if (size.size() != 2 || size[0] < 1 || size[1] < 1)
        layer.fail("has a size that is none");
    layer.result({resizeTo(mode, options.align_corners(), options.half_pixel_centers(), size[0], size[1]),
                  {layer.channelsFirst(0)}});
}

/// Shape [N,C,H,W] of an input [N,H,W,C].
Shape picture(LayerView& layer) {
    const Shape shape = layer.knownShape(0);
    if (shape.size() != 4)
        layer.fail(fmt::format("has an input of {} dimensions", shape.size()));
    return {shape[0], shape[3], shape[1], shape[2]};
}

int64_t blockSize(LayerView& layer, uint8_t options) {
    const int64_t block = layer.options<schema::BlockSize>(options).block_size();
    if (block < 1)
        layer.fail(fmt::format("has blocks of {} elements", block));
    return block;
}

/// Whole numbers in the type that the file wants.
void integerResult(LayerView& layer, const Step& step) {
    const std::optional<ElementType> type = layer.outputInfo().type;
    if (type == ElementType::S64)
        layer.result(step);
    else
        layer.result({Cast{type.value_or(ElementType::S32)}, {layer.writer().add(step)}});
}

void argReduce(LayerView& layer, bool largest) {
    layer.requireInputs(2, 2);
    const std::vector<int64_t> axes = layer.integers(1, "a dimension");
    if (axes.size() != 1)
        layer.fail("works along more than one dimension");
    integerResult(layer, argReduced(layer.writer(), layer.input(0), largest, layer.axis(0, axes.front())));
}

} // namespace

void readResizeBilinear(LayerView& layer) {
    resize(layer, ResizeMode::Linear, layer.options<schema::ResizeBilinear>(kResizeBilinear));
}

void readResizeNearest(LayerView& layer) {
    resize(layer, ResizeMode::Nearest, layer.options<schema::ResizeNearestNeighbor>(kResizeNearest));
}

void readDepthToSpace(LayerView& layer) {
    layer.requireInputs(1, 1);
    const int64_t block = blockSize(layer, kDepthToSpace);
    const Shape shape = picture(layer);
    if (shape[1] / block / block * block * block != shape[1])
        layer.fail(fmt::format("makes blocks of {} x {} from {} channels", block, block, shape[1]));
    layer.result(layer.writer().inRow(depthToSpace(shape, block), layer.channelsFirst(0)));
}

void readSpaceToDepth(LayerView& layer) {
    layer.requireInputs(1, 1);
    const int64_t block = blockSize(layer, kSpaceToDepth);
    const Shape shape = picture(layer);
    if (shape[2] % block != 0 || shape[3] % block != 0)
        layer.fail(fmt::format("takes blocks of {} x {} from {} x {}", block, block, shape[2], shape[3]));
    layer.result(layer.writer().inRow(spaceToDepth(shape, block), layer.channelsFirst(0)));
}

/// (bias + alpha * sum of squares)^beta, alpha not divided by the number of channels summed.
void readLocalResponseNormalization(LayerView& layer) {
    layer.requireInputs(1, 1);
    const auto& options = layer.options<schema::LocalResponseNormalization>(kLrn);
    if (options.radius() < 0 || options.radius() > 1'000'000)
        layer.fail(fmt::format("has the radius {}", options.radius()));
    layer.result(
        {localResponses(options.radius(), options.bias(), options.alpha(), options.beta()), {layer.channelsFirst(0)}});
}

void readTile(LayerView& layer) {
    layer.requireInputs(2, 2);
    const std::vector<int64_t> repeats = layer.integers(1, "repeats");
    if (repeats.size() != layer.rank(0))
        layer.fail(fmt::format("repeats {} of {} dimensions", repeats.size(), layer.rank(0)));
    layer.result(tiled(layer.input(0), repeats));
}

void readBroadcastTo(LayerView& layer) {
    layer.requireInputs(2, 2);
    layer.result({Expand{layer.integers(1, "a shape")}, {layer.asInFile(0)}});
}

void readShape(LayerView& layer) {
    layer.requireInputs(1, 1);
    integerResult(layer, {ShapeOf{}, {layer.asInFile(0)}});
}

void readArgMax(LayerView& layer) {
    argReduce(layer, true);
}

void readArgMin(LayerView& layer) {
    argReduce(layer, false);
}

} // namespace halftone::tflite_format
