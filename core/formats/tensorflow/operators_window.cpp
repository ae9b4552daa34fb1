// SPDX-License-Identifier: GPL-3.0-or-later
// Convolution and pooling: operators that slide a window over pictures.
#include "core/formats/common/layers.h"
#include "core/formats/common/padding.h"
#include "core/formats/tensorflow/operators.h"

#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace halftone::tensorflow_format {

namespace {

using Results = std::vector<Operand>;
using HeightAndWidth = std::array<int64_t, 2>;

struct Window {
    HeightAndWidth kernel{1, 1}, strides{1, 1}, dilations{1, 1};
    Pads pads{0, 0, 0, 0};
};

/// Height and width of four numbers in the order of data_format, of which those for batch and channels must be 1.
HeightAndWidth spatialOf(const LayerView& layer, const std::vector<int64_t>& sizes, std::string_view what) {
    const size_t first = layer.channelsLast() ? 1 : 2;
    if (sizes[0] != 1 || sizes[layer.channelsLast() ? 3 : 1] != 1)
        layer.cannotRun(fmt::format("with {} over the batch or the channels", what));
    return {sizes[first], sizes[first + 1]};
}

/// `shape`: of the tensor whose size decides about SAME padding, as the file has it.
Pads padsOf(const LayerView& layer, const Window& window, const std::optional<Shape>& shape) {
    const std::string padding = layer.text("padding", "");
    if (padding == "VALID")
        return {0, 0, 0, 0};
    const size_t first = layer.channelsLast() ? 1 : 2;
    if (padding == "EXPLICIT") {
        const std::vector<int64_t> pads = layer.integers("explicit_paddings");
        if (pads.size() != 8)
            layer.fail(fmt::format("has {} numbers in its attribute explicit_paddings and needs 8", pads.size()));
        if (std::ranges::any_of(pads, [](int64_t pad) { return pad < 0 || pad > INT32_MAX; }))
            layer.fail("has an impossible padding");
        const size_t channels = layer.channelsLast() ? 6 : 2;
        if (pads[0] != 0 || pads[1] != 0 || pads[channels] != 0 || pads[channels + 1] != 0)
            layer.cannotRun("with padding of batch or channels");
        return {pads[2 * first], pads[2 * first + 2], pads[2 * first + 1], pads[2 * first + 3]};
    }
    if (padding != "SAME")
        layer.fail(fmt::format("has the padding \"{}\", which TensorFlow does not know", displayText(padding, 32)));
    Pads pads(4);
    for (size_t i = 0; i < 2; ++i) {
        // With stride 1 the padding does not depend on the input.
        if (!shape && window.strides[i] != 1)
            layer.cannotRun("with padding SAME and an input of unknown size");
        const EdgePads edges =
            samePadding(shape ? (*shape)[first + i] : 1, window.kernel[i], window.strides[i], window.dilations[i]);
        pads[i] = edges.begin;
        pads[2 + i] = edges.end;
    }
    return pads;
}

std::optional<Shape> pictureShape(const LayerView& layer, const Oriented& x) {
    std::optional<Shape> shape = layer.shape(x);
    if (shape && shape->size() != 4)
        layer.fail(fmt::format("slides a window over a tensor of {} dimensions and needs 4", shape->size()));
    return shape;
}

/// The picture, NCHW in the graph whatever the file has.
Operand picture(LayerView& layer, const Operand& given) {
    return layer.channelsLast() ? layer.channelsFirst(given) : layer.asInFile(given);
}

Shape kernelShape(const LayerView& layer, const Oriented& weights) {
    const Shape shape = layer.shapeOf(weights);
    if (shape.size() != 4 || std::ranges::any_of(shape, [](int64_t dim) { return dim < 1; }))
        layer.fail(fmt::format("has weights of shape {} and needs 4 dimensions", shapeText(shape)));
    return shape;
}

/// Between SpaceToBatchND and BatchToSpaceND it has holes in its kernel.
Results convolution(LayerView& layer, const HeightAndWidth& kernel, int64_t groups, const Oriented& weights) {
    Operand given = layer.pointwiseInput(0);
    const std::shared_ptr<const Deferred> deferred = std::exchange(given.deferred, nullptr);
    const std::optional<Shape> shape = pictureShape(layer, given);
    Window window;
    window.kernel = kernel;
    window.strides = spatialOf(layer, layer.fourSizes("strides", true), "strides");
    window.dilations = spatialOf(layer, layer.fourSizes("dilations", false), "dilations");
    window.pads = padsOf(layer, window, shape);
    Conv conv;
    conv.strides.assign(window.strides.begin(), window.strides.end());
    conv.dilations.assign(window.dilations.begin(), window.dilations.end());
    conv.pads = window.pads;
    conv.groups = groups;
    const Operand x = picture(layer, given);
    if (!deferred)
        return {layer.result(conv, {x, weights})};
    Spread spread = std::get<Spread>(deferred->what);
    if (!layer.channelsLast() || !spreadKernel(conv, spread))
        layer.cannotRun("between SpaceToBatchND and BatchToSpaceND with strides, dilations or padding");
    Operand result = layer.result(conv, {x, weights});
    result.deferred = std::make_shared<Deferred>(Deferred{std::move(spread)});
    return {result};
}

int64_t channelsOf(const LayerView& layer, const Oriented& x) {
    const std::optional<Shape> shape = pictureShape(layer, x);
    return shape ? (*shape)[layer.channelsLast() ? 3 : 1] : 0;
}

Results readConv2D(LayerView& layer) {
    layer.requireInputs(2, 2);
    const Oriented given = layer.asInFile(1);
    const Shape kernel = kernelShape(layer, given);
    const int64_t channels = channelsOf(layer, layer.rawInput(0));
    if (channels > 0 && channels % kernel[2] != 0)
        layer.fail(fmt::format("has weights for {} channels and an input of {}", kernel[2], channels));
    const Oriented weights = layer.writer().permuted(given, {3, 2, 0, 1});
    return convolution(layer, {kernel[0], kernel[1]}, channels > 0 ? channels / kernel[2] : 1, weights);
}

/// [H,W,C,M] as [C*M,1,H,W]. A grid along M repeats for each channel.
Oriented depthwiseWeights(LayerView& layer, const Oriented& given, const Shape& kernel) {
    const Shape shape{kernel[2] * kernel[3], 1, kernel[0], kernel[1]};
    const Oriented weights = layer.writer().permuted(given, {2, 3, 0, 1});
    if (!layer.isConstant(weights))
        return layer.step(Reshape{shape, false}, {weights});
    const QuantParams* of = layer.writer().builder().grid(weights.name);
    std::optional<QuantParams> grid;
    if (of && (!of->axis || *of->axis <= 1)) // not one scale for each place of the kernel
        grid = *of;
    if (grid && grid->axis) {
        grid->scales.clear();
        grid->zeroPoints.clear();
        for (int64_t c = 0; c < kernel[2]; ++c)
            for (int64_t m = 0; m < kernel[3]; ++m) {
                const auto index = static_cast<size_t>(*of->axis == 0 ? c : m);
                grid->scales.push_back(of->scales[index]);
                grid->zeroPoints.push_back(of->zeroPoints[index]);
            }
        grid->axis = 0;
    }
    const Tensor& tensor = *layer.writer().known(weights);
    return layer.writer().constant(given.name, Tensor::fromBytes(tensor.type, shape, tensor.bytes), grid);
}

Results readDepthwise(LayerView& layer) {
    layer.requireInputs(2, 2);
    const Oriented given = layer.asInFile(1);
    const Shape kernel = kernelShape(layer, given);
    const int64_t channels = channelsOf(layer, layer.rawInput(0));
    if (channels > 0 && channels != kernel[2])
        layer.fail(fmt::format("has weights for {} channels and an input of {}", kernel[2], channels));
    return convolution(layer, {kernel[0], kernel[1]}, kernel[2], depthwiseWeights(layer, given, kernel));
}

/// Sizes of the result, filter [H,W,M,C], x: a convolution backwards. Its padding is that of the convolution from the
/// result.
Results readConvBackwards(LayerView& layer) {
    layer.requireInputs(3, 3);
    const Oriented given = layer.asInFile(1);
    const Shape kernel = kernelShape(layer, given);
    const size_t first = layer.channelsLast() ? 1 : 2;
    std::vector<int64_t> sizes = layer.integerSetting(0, "sizes");
    if (sizes.size() == 4)
        sizes = {sizes[first], sizes[first + 1]};
    if (sizes.size() != 2 || sizes[0] < 1 || sizes[1] < 1)
        layer.fail("has impossible sizes of its result");
    const Operand picturesGiven = layer.input(2);
    const std::optional<Shape> shape = pictureShape(layer, picturesGiven);
    if (!shape)
        layer.cannotRun("of a tensor of unknown shape");
    if ((*shape)[layer.channelsLast() ? 3 : 1] != kernel[3])
        layer.fail(fmt::format("has weights for {} channels and an input of shape {}", kernel[3], shapeText(*shape)));
    Window window;
    window.kernel = {kernel[0], kernel[1]};
    window.strides = spatialOf(layer, layer.fourSizes("strides", true), "strides");
    window.dilations = spatialOf(layer, layer.fourSizes("dilations", false), "dilations");
    Shape result = *shape;
    std::ranges::copy(sizes, result.begin() + static_cast<ptrdiff_t>(first));
    window.pads = padsOf(layer, window, result);
    ConvTranspose conv;
    conv.strides.assign(window.strides.begin(), window.strides.end());
    conv.dilations.assign(window.dilations.begin(), window.dilations.end());
    conv.pads = window.pads;
    for (size_t i = 0; i < 2; ++i) {
        const int64_t reached = ((*shape)[first + i] - 1) * window.strides[i] +
                                (window.kernel[i] - 1) * window.dilations[i] + 1 - window.pads[i] - window.pads[2 + i];
        if (sizes[i] < reached || sizes[i] - reached >= window.strides[i])
            layer.fail(fmt::format("makes {} rows or columns and says {}", reached, sizes[i]));
        conv.outputPadding.push_back(sizes[i] - reached);
    }
    const Oriented weights = layer.writer().permuted(given, {3, 2, 0, 1});
    return {layer.result(conv, {picture(layer, picturesGiven), weights})};
}

Results resize(LayerView& layer, ResizeMode mode) {
    layer.requireInputs(2, 2);
    const std::vector<int64_t> sizes = layer.integerSetting(1, "a size");
    if (sizes.size() != 2 || sizes[0] < 1 || sizes[1] < 1)
        layer.fail("has an impossible size");
    const bool corners = layer.flag("align_corners", false), centers = layer.flag("half_pixel_centers", false);
    if (corners && centers)
        layer.fail("has both align_corners and half_pixel_centers");
    const Operand given = layer.input(0);
    pictureShape(layer, given);
    return {layer.result(resizeTo(mode, corners, centers, sizes[0], sizes[1]), {layer.channelsFirst(given)})};
}

Results readResizeBilinear(LayerView& layer) {
    return resize(layer, ResizeMode::Linear);
}

Results readResizeNearest(LayerView& layer) {
    return resize(layer, ResizeMode::Nearest);
}

/// Blocks of channels become blocks of pixels, or the other way round.
Results moveBlocks(LayerView& layer, bool toSpace) {
    layer.requireInputs(1, 1);
    const int64_t block = layer.integer("block_size", 0);
    const Operand x = picture(layer, layer.input(0));
    const std::optional<Shape> file = pictureShape(layer, x);
    if (!file)
        layer.cannotRun("of a tensor of unknown shape");
    const size_t first = layer.channelsLast() ? 1 : 2;
    const int64_t channels = (*file)[layer.channelsLast() ? 3 : 1], height = (*file)[first], width = (*file)[first + 1];
    const bool fits = block > 1 && block < 4096 &&
                      (toSpace ? channels % (block * block) == 0 : height % block == 0 && width % block == 0);
    if (!fits)
        layer.fail(fmt::format("has the block size {} for a tensor of shape {}", block, shapeText(*file)));
    const Shape shape{(*file)[0], channels, height, width};
    return {layer.result(layer.writer().inRow(toSpace ? depthToSpace(shape, block) : spaceToDepth(shape, block), x))};
}

Results readDepthToSpace(LayerView& layer) {
    return moveBlocks(layer, true);
}

Results readSpaceToDepth(LayerView& layer) {
    return moveBlocks(layer, false);
}

Results pool(LayerView& layer, PoolKind kind) {
    layer.requireInputs(1, 1);
    const Operand given = layer.input(0);
    Window window;
    window.kernel = spatialOf(layer, layer.fourSizes("ksize", true), "a window");
    window.strides = spatialOf(layer, layer.fourSizes("strides", true), "strides");
    window.pads = padsOf(layer, window, pictureShape(layer, given));
    Pool pool;
    pool.kind = kind;
    pool.kernel.assign(window.kernel.begin(), window.kernel.end());
    pool.strides.assign(window.strides.begin(), window.strides.end());
    pool.dilations = {1, 1};
    pool.pads = window.pads;
    return {layer.result(pool, {picture(layer, given)})};
}

Results readMaxPool(LayerView& layer) {
    return pool(layer, PoolKind::Max);
}

Results readAvgPool(LayerView& layer) {
    return pool(layer, PoolKind::AverageExcludePad);
}

/// Two numbers a dimension, for height and width.
std::vector<int64_t> blockSetting(LayerView& layer, size_t index, size_t count, std::string_view what) {
    std::vector<int64_t> values = layer.integerSetting(index, what);
    if (values.size() != count)
        layer.cannotRun(fmt::format("with {} of {} numbers", what, values.size()));
    if (std::ranges::any_of(values, [](int64_t value) { return value < 0 || value > INT32_MAX; }))
        layer.fail(fmt::format("has {} with an impossible number", what));
    return values;
}

Results readSpaceToBatch(LayerView& layer) {
    layer.requireInputs(3, 3);
    const std::vector<int64_t> block = blockSetting(layer, 1, 2, "a block"),
                               paddings = blockSetting(layer, 2, 4, "paddings");
    if (block[0] < 1 || block[1] < 1)
        layer.fail("has an empty block");
    const Operand given = layer.input(0);
    pictureShape(layer, given);
    Operand result = layer.result(Identity{}, {layer.channelsFirst(given)});
    result.deferred = std::make_shared<Deferred>(Deferred{spreadOver(block, paddings, layer.cropsAhead)});
    return {result};
}

Results readBatchToSpace(LayerView& layer) {
    layer.requireInputs(3, 3);
    const Operand x = layer.pointwiseInput(0);
    const auto* spread = x.deferred ? std::get_if<Spread>(&x.deferred->what) : nullptr;
    if (!spread)
        layer.cannotRun("without a SpaceToBatchND before it");
    const std::vector<int64_t> block = blockSetting(layer, 1, 2, "a block"), crops = blockSetting(layer, 2, 4, "crops");
    if (block != spread->block)
        layer.cannotRun("with another block than the SpaceToBatchND before it");
    if (std::ranges::any_of(spread->pads, [](int64_t pad) { return pad != 0; }))
        layer.cannotRun("without a convolution before it");
    const std::optional<Step> whole = gathered(x, *spread, crops);
    if (!whole)
        layer.cannotRun("with other crops than those that its convolution was read with");
    return {layer.result(*whole)};
}

const OperatorReaders kWindowReaders = {
    {"AvgPool", readAvgPool},
    {"BatchToSpaceND", readBatchToSpace},
    {"Conv2D", readConv2D},
    {"Conv2DBackpropInput", readConvBackwards},
    {"DepthToSpace", readDepthToSpace},
    {"DepthwiseConv2dNative", readDepthwise},
    {"MaxPool", readMaxPool},
    {"ResizeBilinear", readResizeBilinear},
    {"ResizeNearestNeighbor", readResizeNearest},
    {"SpaceToBatchND", readSpaceToBatch},
    {"SpaceToDepth", readSpaceToDepth},
};

} // namespace

OperatorReader windowReader(std::string_view op) {
    return readerOf(kWindowReaders, op);
}

} // namespace halftone::tensorflow_format
