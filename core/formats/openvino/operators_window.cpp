// SPDX-License-Identifier: GPL-3.0-or-later
// Convolutions and pools.
#include "core/formats/common/padding.h"
#include "core/formats/openvino/operators.h"

#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone::openvino_format {

namespace {

constexpr size_t kMaxSpatialRank = 3;

struct Window {
    std::vector<int64_t> kernel, strides, dilations;
    Pads pads;
};

void requireSpatialRank(LayerView& layer, size_t rank) {
    if (rank == 0)
        layer.fail("has a window without dimensions");
    if (rank > kMaxSpatialRank)
        layer.cannotRun(fmt::format("with {} spatial dimensions", rank));
}

/// What auto_pad names is computed; what the file has as numbers then counts for nothing.
Pads readPads(LayerView& layer, const Window& window) {
    const size_t rank = window.kernel.size();
    const std::string autoPad = layer.text("auto_pad", "explicit");
    Pads pads(2 * rank, 0);
    if (autoPad == "valid")
        return pads;
    if (autoPad == "explicit" || autoPad == "notset" || autoPad.empty()) {
        pads = layer.sizes("pads_begin", rank, 0, 0);
        const Pads behind = layer.sizes("pads_end", rank, 0, 0);
        pads.insert(pads.end(), behind.begin(), behind.end());
        return pads;
    }
    if (autoPad != "same_upper" && autoPad != "same_lower")
        layer.fail("has an auto_pad that OpenVINO does not know");
    const Shape* input = layer.shape(0);
    for (size_t i = 0; i < rank; ++i) {
        if ((!input || input->size() != rank + 2) && window.strides[i] != 1)
            layer.cannotRun("with auto_pad SAME and an input of unknown size");
        const int64_t size = input && input->size() == rank + 2 ? (*input)[i + 2] : 1;
        const EdgePads edges =
            samePadding(size, window.kernel[i], window.strides[i], window.dilations[i], autoPad == "same_upper");
        pads[i] = edges.begin;
        pads[rank + i] = edges.end;
    }
    return pads;
}

/// `weights` [out, in, kernel...].
Window convWindow(LayerView& layer, const Shape& weights) {
    if (weights.size() < 3 || std::find(weights.begin(), weights.end(), 0) != weights.end())
        layer.fail(fmt::format("has weights of shape {}", shapeText(weights)));
    const size_t rank = weights.size() - 2;
    requireSpatialRank(layer, rank);
    Window window;
    window.kernel.assign(weights.begin() + 2, weights.end());
    window.strides = layer.sizes("strides", rank, 1, {});
    window.dilations = layer.sizes("dilations", rank, 1, 1);
    return window;
}

const Shape& weightShape(LayerView& layer) {
    const Shape* weights = layer.shape(1);
    if (!weights)
        layer.cannotRun("with weights of unknown shape");
    return *weights;
}

/// Weights [groups, a, b, kernel...] as [groups * a, b, kernel...].
struct Grouped {
    int64_t groups;
    Shape shape;
    ValueId weights;
};

Grouped joinGroups(LayerView& layer) {
    const Shape whole = weightShape(layer);
    if (whole.size() < 4)
        layer.fail(fmt::format("has weights of shape {}", shapeText(whole)));
    Shape shape(whole.begin() + 1, whole.end());
    shape.front() *= whole.front();
    const std::string& name = layer.inputName(1);
    GraphBuilder& builder = layer.network().builder;
    if (!builder.isConstant(name))
        return {whole.front(), shape, layer.writer().addBefore(Reshape{shape, true}, {layer.input(1)})};
    std::optional<QuantParams> grid;
    if (const auto merged = layer.network().groupedGrids.find(name); merged != layer.network().groupedGrids.end())
        grid = merged->second;
    else if (const QuantParams* own = builder.grid(name); own && (!own->axis || *own->axis == 0)) {
        grid = *own;
        if (grid->axis) { // one scale a group
            const auto channels = static_cast<size_t>(whole[1]);
            grid->scales.clear();
            grid->zeroPoints.clear();
            for (size_t i = 0; i < own->scales.size() * channels; ++i) {
                grid->scales.push_back(own->scales[i / channels]);
                grid->zeroPoints.push_back(own->zeroPoints[i / channels]);
            }
        }
    }
    const Tensor& tensor = *builder.constant(name);
    return {whole.front(), shape,
            layer.writer().constant(name, Tensor::fromBytes(tensor.type, shape, tensor.bytes), grid)};
}

void convolution(LayerView& layer, int64_t groups, const Shape& shape, ValueId weights) {
    Window window = convWindow(layer, shape);
    window.pads = readPads(layer, window);
    Conv op;
    op.strides = window.strides;
    op.dilations = window.dilations;
    op.pads = window.pads;
    op.groups = groups;
    layer.productResult(op, {layer.input(0), weights});
}

/// `shape` is that of weights [in, out of a group, kernel...].
void transposedConvolution(LayerView& layer, int64_t groups, const Shape& shape, ValueId weights) {
    const Window window = convWindow(layer, shape);
    const size_t rank = window.kernel.size();
    ConvTranspose op;
    op.strides = window.strides;
    op.dilations = window.dilations;
    op.groups = groups;
    op.outputPadding = layer.sizes("output_padding", rank, 0, 0);
    const std::string autoPad = layer.text("auto_pad", "explicit");
    const bool same = autoPad == "same_upper" || autoPad == "same_lower";
    if (layer.inputCount() < 3 && !same) {
        op.pads = readPads(layer, window);
        layer.result(op, {layer.input(0), weights});
        return;
    }
    const Shape* input = layer.shape(0);
    if (!input || input->size() != rank + 2)
        layer.cannotRun("of an input of unknown size");
    std::vector<int64_t> wanted;
    if (layer.inputCount() > 2)
        wanted = layer.integerSetting(2, "an output shape");
    else
        for (size_t i = 0; i < rank; ++i)
            wanted.push_back((*input)[i + 2] * window.strides[i]);
    if (wanted.size() != rank)
        layer.fail(fmt::format("has an output shape of {} dimensions and needs {}", wanted.size(), rank));
    op.pads.assign(2 * rank, 0);
    for (size_t i = 0; i < rank; ++i) {
        const int64_t whole = ((*input)[i + 2] - 1) * window.strides[i] + (window.kernel[i] - 1) * window.dilations[i] +
                              1 + op.outputPadding[i];
        const int64_t cut = whole - wanted[i];
        if (wanted[i] < 1 || cut < 0)
            layer.cannotRun("with an output larger than its input makes");
        // The odd one goes to the other side than in a convolution of the same name.
        op.pads[i] = autoPad == "same_upper" ? cut / 2 : cut - cut / 2;
        op.pads[rank + i] = cut - op.pads[i];
    }
    layer.result(op, {layer.input(0), weights});
}

void readPool(LayerView& layer, PoolKind kind) {
    layer.requireInputs(1, 1);
    Pool op;
    op.kind = kind;
    op.kernel = layer.integers("kernel");
    requireSpatialRank(layer, op.kernel.size());
    const size_t rank = op.kernel.size();
    op.kernel = layer.sizes("kernel", rank, 1, {});
    op.strides = layer.sizes("strides", rank, 1, {});
    op.dilations = kind == PoolKind::Max ? layer.sizes("dilations", rank, 1, 1) : std::vector<int64_t>(rank, 1);
    op.pads = readPads(layer, {op.kernel, op.strides, op.dilations, {}});
    const std::string rounding = layer.text("rounding_type", "floor");
    if (rounding != "floor" && rounding != "ceil")
        layer.cannotRun("with rounding " + rounding);
    op.ceilMode = rounding == "ceil";
    layer.result(op, {layer.input(0)});
}

} // namespace

void readConvolution(LayerView& layer) {
    layer.requireInputs(2, 2);
    convolution(layer, 1, weightShape(layer), layer.input(1));
}

void readGroupConvolution(LayerView& layer) {
    layer.requireInputs(2, 2);
    const Grouped grouped = joinGroups(layer);
    convolution(layer, grouped.groups, grouped.shape, grouped.weights);
}

void readConvolutionBackpropData(LayerView& layer) {
    layer.requireInputs(2, 3);
    transposedConvolution(layer, 1, weightShape(layer), layer.input(1));
}

void readGroupConvolutionBackpropData(LayerView& layer) {
    layer.requireInputs(2, 3);
    const Grouped grouped = joinGroups(layer);
    transposedConvolution(layer, grouped.groups, grouped.shape, grouped.weights);
}

void readMaxPool(LayerView& layer) {
    readPool(layer, PoolKind::Max);
}

void readAvgPool(LayerView& layer) {
    readPool(layer, layer.flag("exclude-pad") ? PoolKind::AverageExcludePad : PoolKind::AverageIncludePad);
}

} // namespace halftone::openvino_format
