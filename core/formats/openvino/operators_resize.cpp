// SPDX-License-Identifier: GPL-3.0-or-later
// Interpolate, in the three forms that operator sets know.
#include "core/formats/openvino/operators.h"

#include <fmt/format.h>
#include <numeric>

namespace halftone::openvino_format {

namespace {

ResizeCoordinates coordinatesOf(LayerView& layer) {
    const std::string mode = layer.text("coordinate_transformation_mode", "half_pixel");
    if (mode == "half_pixel")
        return ResizeCoordinates::HalfPixel;
    if (mode == "pytorch_half_pixel")
        return ResizeCoordinates::PytorchHalfPixel;
    if (mode == "asymmetric")
        return ResizeCoordinates::Asymmetric;
    if (mode == "tf_half_pixel_for_nn")
        return ResizeCoordinates::TfHalfPixelForNn;
    if (mode == "align_corners")
        return ResizeCoordinates::AlignCorners;
    layer.fail("has a coordinate_transformation_mode that OpenVINO does not know");
}

ResizeRounding roundingOf(LayerView& layer) {
    const std::string mode = layer.text("nearest_mode", "round_prefer_floor");
    if (mode == "round_prefer_floor")
        return ResizeRounding::PreferFloor;
    if (mode == "round_prefer_ceil")
        return ResizeRounding::PreferCeil;
    if (mode == "floor")
        return ResizeRounding::Floor;
    if (mode == "ceil")
        return ResizeRounding::Ceil;
    layer.cannotRun("with nearest_mode " + mode);
}

Resize resizeOf(LayerView& layer) {
    Resize op;
    const std::string mode = layer.text("mode");
    if (mode == "nearest")
        op.mode = ResizeMode::Nearest;
    else if (mode == "linear" || mode == "linear_onnx")
        op.mode = ResizeMode::Linear;
    else if (mode == "cubic")
        op.mode = ResizeMode::Cubic;
    else
        layer.cannotRun("with mode " + mode);
    if (layer.flag("antialias", false))
        layer.cannotRun("with antialias");
    for (const char* attribute : {"pads_begin", "pads_end"})
        if (layer.has(attribute))
            for (const int64_t pad : layer.integers(attribute))
                if (pad != 0)
                    layer.cannotRun("with pads");
    op.coordinates = coordinatesOf(layer);
    op.rounding = roundingOf(layer);
    op.cubicA = layer.real("cube_coeff", -0.75F);
    return op;
}

} // namespace

namespace {

/// What version 1 means: sizes for the dimensions that an attribute lists, and fewer choices, which OpenVINO itself
/// translates to those of version 4.
Resize firstVersion(LayerView& layer) {
    layer.requireInputs(2, 2);
    if (layer.text("mode") == "area")
        layer.cannotRun("with mode area");
    const size_t rank = layer.rank(0);
    const std::vector<int64_t> axes = layer.integers("axes"), sizes = layer.integerSetting(1, "sizes");
    if (axes.size() != sizes.size())
        layer.fail(fmt::format("has {} sizes for {} dimensions", sizes.size(), axes.size()));
    Resize op = resizeOf(layer);
    op.sizes.assign(rank, 0);
    bool grows = false, shrinks = false;
    for (size_t i = 0; i < axes.size(); ++i) {
        const auto axis = static_cast<size_t>(layer.axisOf(axes[i], rank));
        op.sizes[axis] = sizes[i];
        grows |= sizes[i] > (*layer.shape(0))[axis];
        shrinks |= sizes[i] < (*layer.shape(0))[axis];
    }
    const bool isPicture = rank == 4 && axes == std::vector<int64_t>{2, 3};
    op.coordinates = layer.flag("align_corners", true)             ? ResizeCoordinates::AlignCorners
                     : op.mode == ResizeMode::Linear && !isPicture ? ResizeCoordinates::HalfPixel
                                                                   : ResizeCoordinates::Asymmetric;
    if (op.mode == ResizeMode::Nearest && grows && shrinks)
        layer.cannotRun("that enlarges one dimension and makes another one smaller");
    op.rounding = shrinks ? ResizeRounding::Ceil : ResizeRounding::Floor;
    return op;
}

/// Of each dimension, what operand `index` says for those in `axes`.
template <class T>
std::vector<T> perDimension(LayerView& layer, const std::vector<T>& values, T others, size_t axesIndex) {
    const size_t rank = layer.rank(0);
    std::vector<int64_t> axes(rank);
    std::iota(axes.begin(), axes.end(), 0);
    if (layer.inputCount() > axesIndex)
        axes = layer.integerSetting(axesIndex, "dimensions");
    if (values.size() != axes.size())
        layer.fail(fmt::format("has sizes or scales for {} of {} dimensions", values.size(), axes.size()));
    std::vector<T> result(rank, others);
    for (size_t i = 0; i < axes.size(); ++i)
        result[static_cast<size_t>(layer.axisOf(axes[i], rank))] = values[i];
    return result;
}

} // namespace

/// Version 1: data, sizes. Version 4: data, sizes, scales, dimensions (may be absent: all of them). Version 11: data,
/// sizes or scales, dimensions (may be absent).
void readInterpolate(LayerView& layer) {
    if (layer.has("axes")) {
        layer.result(firstVersion(layer), {layer.input(0)});
        return;
    }
    const bool together = layer.opset() == "opset11"; // sizes and scales are one operand
    layer.requireInputs(together ? 2 : 3, together ? 3 : 4);
    const size_t scalesIndex = together ? 1 : 2, axesIndex = together ? 2 : 3;
    Resize op = resizeOf(layer);
    const std::string by = layer.text("shape_calculation_mode");
    if (by == "sizes")
        op.sizes = perDimension<int64_t>(layer, layer.integerSetting(1, "sizes"), 0, axesIndex);
    else if (by == "scales")
        op.scales = perDimension<float>(layer, layer.setting(scalesIndex, "scales").toFloats(), 1, axesIndex);
    else
        layer.fail("has a shape_calculation_mode that OpenVINO does not know");
    layer.result(op, {layer.input(0)});
}

} // namespace halftone::openvino_format
