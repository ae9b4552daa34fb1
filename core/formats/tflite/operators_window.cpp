// Convolutions, fully connected layers and pools.
#include "core/formats/padding.h"
#include "core/formats/tflite/operators.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone::tflite_format {

namespace {

constexpr uint8_t kConv2D = 1, kDepthwiseConv2D = 2, kPool2D = 5, kFullyConnected = 8;

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
    const auto shape = layer.shape(1);
    if (!shape)
        layer.cannotRun("with weights of unknown shape");
    if (shape->size() != 4 || std::find(shape->begin(), shape->end(), 0) != shape->end())
        layer.fail("has weights of an impossible shape");
    return *shape;
}

int64_t inputChannels(LayerView& layer) {
    const auto shape = layer.shape(0);
    if (shape && shape->size() != 4)
        layer.fail(fmt::format("has an input of {} dimensions", shape->size()));
    return shape ? (*shape)[3] : 0;
}

Conv conv(const Window& window, int64_t groups) {
    Conv result;
    result.strides = window.strides;
    result.dilations = window.dilations;
    result.pads = window.pads;
    result.groups = groups;
    return result;
}

/// With the bias as third operand, where there is one.
std::vector<ValueId> withBias(LayerView& layer, ValueId x, ValueId weights) {
    std::vector<ValueId> inputs{x, weights};
    if (layer.has(2))
        inputs.push_back(layer.nhwc().asInFile(layer.input(2)));
    return inputs;
}

/// Weights [1,H,W,channels] as [channels,1,H,W].
ValueId depthwiseWeights(LayerView& layer) {
    constexpr std::array<int64_t, 4> order{3, 0, 1, 2};
    const std::string& name = layer.input(1);
    if (!layer.isConstant(1))
        return layer.nhwc().addBefore(Transpose{{order.begin(), order.end()}}, {layer.nhwc().asInFile(name)});
    std::optional<QuantParams> grid = layer.constantGrid(1);
    if (grid && grid->axis)
        grid->axis = std::array<int, 4>{1, 2, 3, 0}[static_cast<size_t>(*grid->axis)];
    return layer.nhwc().constant(name, permuted(layer.setting(1, "weights"), order), grid);
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
    layer.result(op, {layer.nhwc().channelsFirst(layer.input(0))}, AxisOrder::ChannelsFirst, options.activation());
}

} // namespace

void readConv2d(LayerView& layer) {
    layer.requireInputs(2, 3);
    const auto& options = layer.options<schema::Conv2D>(kConv2D);
    const Shape weights = weightShape(layer); // [out, H, W, in of a group]
    const Window area = window(layer, options, {weights[1], weights[2]}, {options.dilation_h(), options.dilation_w()});
    const int64_t channels = inputChannels(layer);
    const int64_t groups = channels == 0 ? 1 : channels / weights[3];
    if (groups < 1 || (channels != 0 && channels % weights[3] != 0) || weights[0] % groups != 0)
        layer.fail(fmt::format("has weights for {} channels in and {} out, and an input of {}", weights[3], weights[0],
                               channels));
    const ValueId x = layer.nhwc().channelsFirst(layer.input(0));
    layer.result(conv(area, groups), withBias(layer, x, layer.nhwc().channelsFirst(layer.input(1))),
                 AxisOrder::ChannelsFirst, options.activation());
}

void readDepthwiseConv2d(LayerView& layer) {
    layer.requireInputs(2, 3);
    const auto& options = layer.options<schema::DepthwiseConv2D>(kDepthwiseConv2D);
    const Shape weights = weightShape(layer); // [1, H, W, out]
    const Window area = window(layer, options, {weights[1], weights[2]}, {options.dilation_h(), options.dilation_w()});
    const int64_t known = inputChannels(layer);
    const int64_t channels = known == 0 ? weights[3] / std::max(options.depth_multiplier(), 1) : known;
    if (weights[0] != 1 || channels < 1 || weights[3] % channels != 0)
        layer.fail(fmt::format("has weights for {} channels, and an input of {}", weights[3], channels));
    const ValueId x = layer.nhwc().channelsFirst(layer.input(0));
    layer.result(conv(area, channels), withBias(layer, x, depthwiseWeights(layer)), AxisOrder::ChannelsFirst,
                 options.activation());
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
    ValueId x = layer.nhwc().asInFile(layer.input(0));
    if (!input || input->size() != 2 || input->back() != weights->back())
        x = layer.nhwc().addBefore(Reshape{{-1, weights->back()}}, {x});
    const Gemm gemm{1, 1, false, true};
    const std::vector<ValueId> inputs = withBias(layer, x, layer.nhwc().asInFile(layer.input(1)));
    if (!options.keep_num_dims() || input->size() == 2) {
        layer.result(gemm, inputs, AxisOrder::AsInFile, options.activation());
        return;
    }
    std::vector<int64_t> target = *input;
    target.back() = weights->front();
    target.front() = -1; // the batch
    layer.result(Reshape{target}, {layer.nhwc().add(gemm, inputs)}, AxisOrder::AsInFile, options.activation());
}

void readAveragePool(LayerView& layer) {
    readPool(layer, PoolKind::AverageExcludePad);
}

void readMaxPool(LayerView& layer) {
    readPool(layer, PoolKind::Max);
}

} // namespace halftone::tflite_format
