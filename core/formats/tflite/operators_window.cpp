// SPDX-License-Identifier: GPL-3.0-or-later
// Convolutions, fully connected layers and pools.
#include "core/base/text.h"
#include "core/formats/common/padding.h"
#include "core/formats/tflite/operators.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/format.h>

namespace halftone::tflite_format {

namespace {

constexpr uint8_t kConv2D = 1, kDepthwiseConv2D = 2, kPool2D = 5, kFullyConnected = 8, kTransposeConv = 49;

struct Window {
    std::vector<int64_t> kernel, strides, dilations;
    Pads pads;
};

template <class Options>
Window window(LayerView& layer, const Options& options, std::vector<int64_t> kernel, std::vector<int64_t> dilations) {
    Window window{std::move(kernel), {options.stride_h(), options.stride_w()}, std::move(dilations), {0, 0, 0, 0}};
    const auto least = [](const std::vector<int64_t>& sizes) { return *std::min_element(sizes.begin(), sizes.end()); };
    if (least(window.strides) < 1 || least(window.dilations) < 1 || least(window.kernel) < 1)
        layer.fail("has a stride, dilation or kernel below 1");
    if (options.padding() == schema::Padding::Valid)
        return window;
    if (options.padding() != schema::Padding::Same)
        layer.fail("has a padding that TFLite does not know");
    const auto input = layer.shape(0);
    for (size_t i = 0; i < 2; ++i) {
        if ((!input || input->size() != 4) && window.strides[i] != 1)
            layer.cannotRun("with padding SAME and an input of unknown size");
        const int64_t size = input && input->size() == 4 ? (*input)[i + 1] : 1;
        const EdgePads edges = samePadding(size, window.kernel[i], window.strides[i], window.dilations[i]);
        window.pads[i] = edges.begin;
        window.pads[i + 2] = edges.end;
    }
    return window;
}

/// Shape of the weights, which have 4 dimensions.
Shape weightShape(LayerView& layer) {
    Shape shape = layer.knownShape(1);
    if (shape.size() != 4 || std::find(shape.begin(), shape.end(), 0) != shape.end())
        layer.fail("has weights of an impossible shape");
    return shape;
}

int64_t inputChannels(LayerView& layer) {
    const auto shape = layer.shape(0);
    if (shape && shape->size() != 4)
        layer.fail(fmt::format("has an input of {} dimensions", shape->size()));
    return shape ? (*shape)[3] : 0;
}

/// With holes where the tensor is spread over the batch: it is in its own place still.
template <class Options>
Conv convolution(LayerView& layer, const Options& options, const Shape& weights, int64_t groups) {
    const Spread* before = layer.spread(0);
    const Window area = window(layer, options, {weights[1], weights[2]}, {options.dilation_h(), options.dilation_w()});
    Conv conv;
    conv.strides = area.strides;
    conv.dilations = area.dilations;
    conv.pads = area.pads;
    conv.groups = groups;
    if (before) {
        Spread after = *before;
        if (!spreadKernel(conv, after))
            layer.refuseSpread("between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND with strides, dilations or padding");
        layer.markSpread(std::move(after));
    }
    return conv;
}

/// Operands of a convolution: x, its weights, and the bias where there is one.
std::vector<Oriented> withBias(LayerView& layer, const Oriented& x, const Oriented& weights, size_t biasIndex = 2) {
    std::vector<Oriented> inputs{x, weights};
    if (layer.has(biasIndex))
        inputs.push_back(layer.asInFile(biasIndex));
    return inputs;
}

/// Weights with the last dimension in front: [1,H,W,channels] as [channels,1,H,W], [out,H,W,in] as [in,out,H,W].
Oriented lastDimensionFirst(LayerView& layer) {
    return layer.writer().permuted(layer.asInFile(1), {3, 0, 1, 2});
}

struct Transposed {
    schema::Padding padding;
    std::vector<int64_t> strides;                   // height, width
    std::optional<std::vector<int64_t>> outputSize; // height, width; absent: as the padding says
    schema::Activation activation = schema::Activation::None;
};

/// x is operand `index`, the weights [out,H,W,in] operand 1, the bias operand `biasIndex`.
void transposeConv(LayerView& layer, size_t index, size_t biasIndex, const Transposed& settings) {
    const Shape weights = weightShape(layer);
    const auto input = layer.shape(index);
    if (!input)
        layer.cannotRun("of an input of unknown size");
    if (input->size() != 4 || input->back() != weights[3])
        layer.fail(fmt::format("has weights for {} channels, and an input of shape {}", weights[3], shapeText(*input)));
    if (settings.strides[0] < 1 || settings.strides[1] < 1)
        layer.fail("has a stride below 1");
    ConvTranspose op;
    op.strides = settings.strides;
    op.dilations = {1, 1};
    op.pads = {0, 0, 0, 0};
    op.outputPadding = {0, 0};
    for (size_t i = 0; i < 2; ++i) {
        const int64_t size = (*input)[i + 1], stride = settings.strides[i], kernel = weights[i + 1];
        const int64_t whole = (size - 1) * stride + kernel;
        const bool same = settings.padding == schema::Padding::Same;
        const int64_t wanted = settings.outputSize ? (*settings.outputSize)[i] : same ? size * stride : whole;
        const int64_t cut = whole - wanted;
        if (wanted < 1 || cut >= kernel || -cut >= stride)
            layer.fail(fmt::format("makes {} positions of {}", wanted, size));
        op.pads[i] = same && cut > 0 ? cut / 2 : 0;
        op.pads[i + 2] = std::max<int64_t>(cut, 0) - op.pads[i];
        op.outputPadding[i] = std::max<int64_t>(-cut, 0);
    }
    layer.result({op, withBias(layer, layer.channelsFirst(index), lastDimensionFirst(layer), biasIndex)},
                 settings.activation);
}

Pool pool(LayerView& layer, PoolKind kind, const schema::Pool2D& options) {
    layer.requireInputs(1, 1);
    const Window area = window(layer, options, {options.filter_height(), options.filter_width()}, {1, 1});
    Pool result;
    result.kind = kind;
    const auto input = layer.shape(0);
    const bool padded = std::any_of(area.pads.begin(), area.pads.end(), [](int64_t pad) { return pad != 0; });
    if (input && input->size() == 4 && !padded && area.kernel == std::vector<int64_t>{(*input)[1], (*input)[2]}) {
        result.global = true;
        return result;
    }
    result.kernel = area.kernel;
    result.strides = area.strides;
    result.dilations = area.dilations;
    result.pads = area.pads;
    return result;
}

void readPool(LayerView& layer, PoolKind kind) {
    const auto& options = layer.options<schema::Pool2D>(kPool2D);
    const Pool op = pool(layer, kind, options);
    layer.result({op, {layer.channelsFirst(0)}}, options.activation());
}

} // namespace

void readConv2d(LayerView& layer) {
    layer.requireInputs(2, 3);
    const auto& options = layer.options<schema::Conv2D>(kConv2D);
    const Shape weights = weightShape(layer); // [out, H, W, in of a group]
    layer.spread(0);                          // may be one
    const int64_t channels = inputChannels(layer);
    const int64_t groups = channels == 0 ? 1 : channels / weights[3];
    if (groups < 1 || (channels != 0 && channels % weights[3] != 0) || weights[0] % groups != 0)
        layer.fail(fmt::format("has weights for {} channels in and {} out, and an input of {}", weights[3], weights[0],
                               channels));
    const Conv conv = convolution(layer, options, weights, groups);
    layer.result({conv, withBias(layer, layer.channelsFirst(0), layer.channelsFirst(1))}, options.activation());
}

void readDepthwiseConv2d(LayerView& layer) {
    layer.requireInputs(2, 3);
    const auto& options = layer.options<schema::DepthwiseConv2D>(kDepthwiseConv2D);
    const Shape weights = weightShape(layer); // [1, H, W, out]
    layer.spread(0);                          // may be one
    const int64_t known = inputChannels(layer);
    const int64_t channels = known == 0 ? weights[3] / std::max(options.depth_multiplier(), 1) : known;
    if (weights[0] != 1 || channels < 1 || weights[3] % channels != 0)
        layer.fail(fmt::format("has weights for {} channels, and an input of {}", weights[3], channels));
    const Conv conv = convolution(layer, options, weights, channels);
    layer.result({conv, withBias(layer, layer.channelsFirst(0), lastDimensionFirst(layer))}, options.activation());
}

void readFullyConnected(LayerView& layer) {
    layer.requireInputs(2, 3);
    const auto& options = layer.options<schema::FullyConnected>(kFullyConnected);
    if (options.weights_format() != 0)
        layer.cannotRun("with shuffled weights");
    const auto weights = layer.shape(1); // [out, in]
    if (!weights || weights->size() != 2)
        layer.fail("has weights that are no matrix");
    const auto input = layer.shape(0);
    if (options.keep_num_dims() && !input)
        layer.cannotRun("of an input of unknown shape");
    Oriented x = layer.asInFile(0);
    if (!input || input->size() != 2 || input->back() != weights->back())
        x = layer.writer().addBefore({Reshape{{-1, weights->back()}}, {x}});
    const Gemm gemm{1, 1, false, true};
    const Step product{gemm, withBias(layer, x, layer.asInFile(1))};
    if (!options.keep_num_dims() || input->size() == 2) {
        layer.result(product, options.activation());
        return;
    }
    std::vector<int64_t> target = *input;
    target.back() = weights->front();
    target.front() = -1; // the batch
    layer.result({Reshape{target}, {layer.writer().add(product)}}, options.activation());
}

void readTransposeConv(LayerView& layer) {
    layer.requireInputs(3, 4);
    const auto& options = layer.options<schema::TransposeConv>(kTransposeConv);
    const std::vector<int64_t> shape = layer.integers(0, "a shape"); // of the result
    if (shape.size() != 4)
        layer.fail(fmt::format("makes a result of {} dimensions", shape.size()));
    transposeConv(
        layer, 2, 3,
        {options.padding(), {options.stride_h(), options.stride_w()}, {{shape[1], shape[2]}}, options.activation()});
}

/// MediaPipe's operator. Its settings are three 32-bit numbers: padding (1 SAME, 2 VALID), horizontal and vertical
/// stride.
void readTransposeConvWithBias(LayerView& layer) {
    layer.requireInputs(3, 3);
    const std::span<const uint8_t> bytes = layer.customOptions();
    std::array<int32_t, 3> settings{};
    if (bytes.size() < sizeof(settings))
        layer.fail("lacks its settings");
    std::memcpy(settings.data(), bytes.data(), sizeof(settings));
    if (settings[0] != 1 && settings[0] != 2)
        layer.fail("has a padding that is neither SAME nor VALID");
    transposeConv(layer, 0, 2,
                  {settings[0] == 1 ? schema::Padding::Same : schema::Padding::Valid, {settings[2], settings[1]}, {}});
}

void readAveragePool(LayerView& layer) {
    readPool(layer, PoolKind::AverageExcludePad);
}

void readMaxPool(LayerView& layer) {
    readPool(layer, PoolKind::Max);
}

namespace {

/// `count` whole numbers that are never negative.
std::vector<int64_t> blockSetting(LayerView& layer, size_t index, size_t count, const char* what) {
    std::vector<int64_t> values = layer.integers(index, what);
    if (values.size() != count)
        layer.cannotRun("of another number of dimensions than 2");
    if (std::ranges::any_of(values, [](int64_t value) { return value < 0 || value > INT32_MAX; }))
        layer.fail(fmt::format("has {} with an impossible number", what));
    return values;
}

} // namespace

void readSpaceToBatch(LayerView& layer) {
    layer.requireInputs(3, 3);
    const std::vector<int64_t> block = blockSetting(layer, 1, 2, "a block"),
                               paddings = blockSetting(layer, 2, 4, "paddings");
    if (block[0] < 1 || block[1] < 1)
        layer.fail("has an empty block");
    inputChannels(layer);
    layer.result({Identity{}, {layer.channelsFirst(0)}});
    layer.markSpread(spreadOver(block, paddings, layer.cropsAhead()));
}

void readBatchToSpace(LayerView& layer) {
    layer.requireInputs(3, 3);
    const Spread* spread = layer.spread(0);
    if (!spread || std::ranges::any_of(spread->pads, [](int64_t pad) { return pad != 0; }))
        layer.refuseSpread("without SPACE_TO_BATCH_ND and a convolution before it");
    const std::vector<int64_t> block = blockSetting(layer, 1, 2, "a block"), crops = blockSetting(layer, 2, 4, "crops");
    if (block != spread->block)
        layer.refuseSpread("with another block than the SPACE_TO_BATCH_ND before it");
    const std::optional<Step> whole = gathered(layer.channelsFirst(0), *spread, crops);
    if (!whole)
        layer.refuseSpread("with other crops than those that its convolution was read with");
    layer.result(*whole);
}

} // namespace halftone::tflite_format
