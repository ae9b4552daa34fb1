// SPDX-License-Identifier: GPL-3.0-or-later
// Resize and its predecessor Upsample.
#include "core/formats/onnx/operators.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <unordered_map>

namespace halftone::onnx_format {

namespace {

ResizeMode modeOf(LayerView& layer) {
    const std::string mode = layer.text("mode", "nearest");
    if (mode == "nearest")
        return ResizeMode::Nearest;
    if (mode == "linear" || mode == "bilinear")
        return ResizeMode::Linear;
    if (mode == "cubic")
        return ResizeMode::Cubic;
    layer.fail("has a mode that ONNX does not know");
}

void readCoordinates(LayerView& layer, Resize& resize) {
    static const std::unordered_map<std::string_view, ResizeCoordinates> kCoordinates = {
        {"half_pixel", ResizeCoordinates::HalfPixel},
        {"half_pixel_symmetric", ResizeCoordinates::HalfPixelSymmetric},
        {"pytorch_half_pixel", ResizeCoordinates::PytorchHalfPixel},
        {"align_corners", ResizeCoordinates::AlignCorners},
        {"asymmetric", ResizeCoordinates::Asymmetric},
        {"tf_half_pixel_for_nn", ResizeCoordinates::TfHalfPixelForNn},
        {"tf_crop_and_resize", ResizeCoordinates::TfCropAndResize},
    };
    static const std::unordered_map<std::string_view, ResizeRounding> kRoundings = {
        {"round_prefer_floor", ResizeRounding::PreferFloor},
        {"round_prefer_ceil", ResizeRounding::PreferCeil},
        {"floor", ResizeRounding::Floor},
        {"ceil", ResizeRounding::Ceil},
    };
    const auto coordinates = kCoordinates.find(layer.text("coordinate_transformation_mode", "half_pixel"));
    const auto rounding = kRoundings.find(layer.text("nearest_mode", "round_prefer_floor"));
    if (coordinates == kCoordinates.end() || rounding == kRoundings.end())
        layer.fail("has a coordinate map or a rounding that ONNX does not know");
    resize.coordinates = coordinates->second;
    resize.rounding = rounding->second;
}

std::vector<float> floatSetting(LayerView& layer, size_t index, std::string_view what) {
    return layer.hasInput(index) ? layer.setting(index, what).toFloats() : std::vector<float>{};
}

/// `given` for the dimensions `axes`, `others` for the rest.
template <class T>
std::vector<T> spread(LayerView& layer, const std::vector<T>& given, const std::vector<int64_t>& axes, size_t rank,
                      T others) {
    if (axes.empty())
        return given;
    if (given.size() != axes.size())
        layer.fail("has axes and settings of different lengths");
    std::vector<T> all(rank, others);
    for (size_t i = 0; i < axes.size(); ++i)
        all[static_cast<size_t>(axes[i])] = given[i];
    return all;
}

std::vector<int64_t> resizedAxes(LayerView& layer, size_t rank) {
    std::vector<int64_t> axes = layer.integers("axes").value_or(std::vector<int64_t>{});
    for (int64_t& axis : axes) {
        axis += axis < 0 ? static_cast<int64_t>(rank) : 0;
        if (axis < 0 || axis >= static_cast<int64_t>(rank))
            layer.fail("has an axis that its input does not have");
    }
    return axes;
}

/// Sizes that keep the ratio of the sides: all by the smallest ("not_larger") or largest ("not_smaller") scale asked
/// for.
void keepAspectRatio(LayerView& layer, const std::string& policy, const std::vector<int64_t>& axes, const Shape& shape,
                     std::vector<int64_t>& sizes) {
    if (policy == "stretch")
        return;
    if (policy != "not_larger" && policy != "not_smaller")
        layer.fail("has a policy for the ratio of its sides that ONNX does not know");
    std::vector<size_t> changed;
    for (size_t i = 0; i < shape.size(); ++i)
        if (axes.empty() || std::ranges::count(axes, static_cast<int64_t>(i)) > 0)
            changed.push_back(i);
    double scale = policy == "not_larger" ? INFINITY : 0;
    for (const size_t i : changed) {
        if (sizes[i] < 1 || sizes[i] > int64_t{1} << 30 || shape[i] < 1)
            layer.fail(fmt::format("resizes {} elements to {}", shape[i], sizes[i]));
        const double own = static_cast<double>(sizes[i]) / static_cast<double>(shape[i]);
        scale = policy == "not_larger" ? std::min(scale, own) : std::max(scale, own);
    }
    for (const size_t i : changed)
        sizes[i] = static_cast<int64_t>(std::floor(scale * static_cast<double>(shape[i]) + 0.5));
}

Layer finished(LayerView& layer, Resize resize) {
    const size_t given = std::max(resize.scales.size(), resize.sizes.size());
    if (resize.scales.empty() == resize.sizes.empty())
        layer.fail("needs either scales or sizes");
    if (const Shape* shape = layer.shape(0); shape && shape->size() != given)
        layer.fail(fmt::format("has {} scales or sizes and {} dimensions", given, shape->size()));
    if (std::ranges::any_of(resize.scales, [](float scale) { return !(scale > 0) || !std::isfinite(scale); }))
        layer.fail("has a scale that is not a number above 0");
    return {std::move(resize), {layer.input(0)}};
}

} // namespace

Layer readUpsample(LayerView& layer) {
    Resize resize{modeOf(layer), ResizeCoordinates::Asymmetric, ResizeRounding::Floor};
    if (layer.opset() < 7) {
        layer.requireInputs(1, 1);
        resize.scales = {1, 1, layer.real("height_scale", 1), layer.real("width_scale", 1)};
    } else if (layer.opset() < 9) {
        layer.requireInputs(1, 1);
        resize.scales = layer.reals("scales");
    } else {
        layer.requireInputs(2, 2);
        resize.scales = floatSetting(layer, 1, "scales");
    }
    return finished(layer, std::move(resize));
}

Layer readResize(LayerView& layer) {
    Resize resize{modeOf(layer), ResizeCoordinates::Asymmetric, ResizeRounding::Floor};
    if (layer.opset() < 11) {
        layer.requireInputs(2, 2);
        resize.scales = floatSetting(layer, 1, "scales");
        return finished(layer, std::move(resize));
    }
    layer.requireInputs(1, 4);
    readCoordinates(layer, resize);
    resize.cubicA = layer.real("cubic_coeff_a", -0.75F);
    resize.excludeOutside = layer.flag("exclude_outside", false);
    resize.extrapolation = layer.real("extrapolation_value", 0);
    if (layer.flag("antialias", false))
        layer.cannotRun("with antialias");
    const bool isCrop = resize.coordinates == ResizeCoordinates::TfCropAndResize;
    const std::vector<int64_t> axes =
        layer.has("axes") ? resizedAxes(layer, layer.knownShape(0).size()) : std::vector<int64_t>{};
    const size_t rank = axes.empty() ? 0 : layer.knownShape(0).size();
    if (isCrop) {
        const std::vector<float> roi = floatSetting(layer, 1, "a region");
        if (axes.empty()) {
            resize.roi = roi;
        } else if (roi.size() == 2 * axes.size()) {
            const auto half = roi.begin() + static_cast<ptrdiff_t>(axes.size());
            resize.roi = spread(layer, {roi.begin(), half}, axes, rank, 0.0F);
            const std::vector<float> ends = spread(layer, {half, roi.end()}, axes, rank, 1.0F);
            resize.roi.insert(resize.roi.end(), ends.begin(), ends.end());
        }
    }
    resize.scales =
        spread(layer, floatSetting(layer, 2, "scales"), layer.hasInput(3) ? std::vector<int64_t>{} : axes, rank, 1.0F);
    const std::string policy = layer.text("keep_aspect_ratio_policy", "stretch");
    if (layer.hasInput(3)) {
        const std::vector<int64_t> sizes = layer.integerSetting(3, "sizes");
        if (!sizes.empty())
            resize.scales.clear();
        resize.sizes = spread(layer, sizes, axes, rank, int64_t{0});
        if (policy != "stretch" && !resize.sizes.empty())
            keepAspectRatio(layer, policy, axes, layer.knownShape(0), resize.sizes);
    }
    return finished(layer, std::move(resize));
}

} // namespace halftone::onnx_format
