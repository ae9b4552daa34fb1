// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/quantized_operands.h"

#include "core/base/text.h"
#include "core/formats/common/dequantized.h"
#include "core/graph/element.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace halftone::onnx_format {

namespace {

/// As many as there are scales; an omitted one is 0.
std::vector<int64_t> zeroPointsSetting(LayerView& layer, size_t index, size_t count) {
    if (!layer.hasInput(index))
        return std::vector<int64_t>(count, 0);
    const Tensor& tensor = layer.setting(index, "a zero point");
    if (isFloatType(tensor.type))
        layer.cannotRun("with a zero point that is no integer");
    std::vector<int64_t> points = tensor.toInt64s();
    if (points.size() == 1)
        points.resize(count, points.front());
    if (points.size() != count)
        layer.fail(fmt::format("has {} scales and {} zero points", count, points.size()));
    return points;
}

} // namespace

bool isEightBit(ElementType type) {
    return type == ElementType::U8 || type == ElementType::S8;
}

std::vector<float> scalesSetting(LayerView& layer, size_t index) {
    const Tensor& tensor = layer.setting(index, "a scale");
    const std::vector<float> scales = tensor.toFloats();
    if (scales.empty() || !isFloatType(tensor.type))
        layer.fail("has a scale that is no number");
    if (std::ranges::any_of(scales, [](float scale) { return !std::isfinite(scale) || scale <= 0; }))
        layer.fail("has a scale that is not a number above 0");
    return scales;
}

QuantParams gridSetting(LayerView& layer, size_t scaleIndex, size_t zeroPointIndex, int64_t axis, size_t rank) {
    QuantParams grid;
    grid.scales = scalesSetting(layer, scaleIndex);
    if (layer.hasInput(zeroPointIndex)) {
        const ElementType type = layer.setting(zeroPointIndex, "a zero point").type;
        if (!isEightBit(type))
            layer.cannotRun(fmt::format("to codes of type {}", name(type)));
        grid.storage = type;
    }
    for (const int64_t point : zeroPointsSetting(layer, zeroPointIndex, grid.scales.size()))
        grid.zeroPoints.push_back(static_cast<int32_t>(point));
    if (grid.scales.size() == 1)
        return grid;
    if (rank == 0)
        layer.cannotRun("with a scale for each channel of an activation");
    grid.axis = static_cast<int>(layer.axisOf(axis, rank));
    return grid;
}

Dequantized dequantized(LayerView& layer, size_t index, size_t scaleIndex, size_t zeroPointIndex, int64_t axis) {
    const Tensor& codes = layer.setting(index, "weights");
    const std::vector<float> scales = scalesSetting(layer, scaleIndex);
    const std::vector<int64_t> points = zeroPointsSetting(layer, zeroPointIndex, scales.size());
    std::optional<int> dimension;
    if (scales.size() > 1)
        dimension = static_cast<int>(axis < 0 ? axis + static_cast<int64_t>(codes.shape.size()) : axis);
    const std::string what = fmt::format("Layer \"{}\" ({})", layer.name(), displayText(layer.op(), 64));
    return {halftone::dequantized(codes, scales, points, dimension, what),
            gridOf(codes.type, scales, points, dimension, what)};
}

ValueId codesOn(LayerView& layer, size_t index, const QuantParams& grid) {
    if (*layer.codes(index) != grid)
        layer.cannotRun("of codes that were made with another scale or zero point");
    return layer.input(index);
}

bool isSetting(const LayerView& layer, size_t index) {
    return !layer.hasInput(index) || layer.isConstant(index);
}

std::optional<QuantParams> plainGrid(LayerView& layer, size_t scaleIndex, size_t zeroPointIndex, ElementType codes) {
    if (!isEightBit(codes) || !isSetting(layer, scaleIndex) || !isSetting(layer, zeroPointIndex))
        return std::nullopt;
    if (layer.setting(scaleIndex, "a scale").elements() != 1)
        return std::nullopt;
    QuantParams grid = gridSetting(layer, scaleIndex, zeroPointIndex);
    grid.storage = codes;
    return grid;
}

std::vector<ValueId> presentInputs(LayerView& layer, std::initializer_list<size_t> indices) {
    std::vector<ValueId> inputs;
    for (const size_t index : indices)
        if (layer.hasInput(index))
            inputs.push_back(layer.input(index));
    return inputs;
}

ValueId constantReal(LayerView& layer, size_t index, size_t scale, size_t zeroPoint, int64_t axis) {
    Dequantized constant = dequantized(layer, index, scale, zeroPoint, axis);
    return layer.addConstant(index, std::move(constant.tensor), constant.grid);
}

ValueId realAt(LayerView& layer, size_t index, size_t scale, size_t zeroPoint, int64_t axis) {
    if (layer.codes(index))
        return codesOn(layer, index, gridSetting(layer, scale, zeroPoint));
    if (layer.isConstant(index) && isSetting(layer, scale) && isSetting(layer, zeroPoint))
        return constantReal(layer, index, scale, zeroPoint, axis);
    return layer.step(DequantizeLinear{axis}, presentInputs(layer, {index, scale, zeroPoint}),
                      plainGrid(layer, scale, zeroPoint, layer.type(index)));
}

ValueId realAt(LayerView& layer, size_t index, int64_t axis) {
    return realAt(layer, index, index + 1, index + 2, axis);
}

ValueId biasAt(LayerView& layer, size_t index, size_t xScaleIndex, size_t weightScaleIndex, float factor) {
    if (!layer.hasInput(index))
        return kNoValue;
    if (!layer.isConstant(index) || !layer.isConstant(xScaleIndex) || !layer.isConstant(weightScaleIndex)) {
        if (factor != 1)
            layer.cannotRun("with a bias computed at run time");
        const ValueId scale =
            layer.step(Binary{BinaryKind::Mul, {}}, {layer.input(xScaleIndex), layer.input(weightScaleIndex)});
        return layer.step(DequantizeLinear{0}, {layer.input(index), scale});
    }
    const Tensor& bias = layer.setting(index, "a bias");
    const float xScale = scalesSetting(layer, xScaleIndex).front();
    const std::vector<float> scales = scalesSetting(layer, weightScaleIndex);
    std::vector<float> values = bias.toFloats();
    if (scales.size() != 1 && scales.size() != values.size())
        layer.fail(fmt::format("has {} biases and {} scales", values.size(), scales.size()));
    for (size_t i = 0; i < values.size(); ++i)
        values[i] *= factor * xScale * scales[scales.size() == 1 ? 0 : i];
    return layer.addConstant(index, Tensor::fromFloats(bias.shape, values), std::nullopt);
}

Layer storedAsCodes(LayerView& layer, Op op, std::vector<ValueId> inputs, size_t scaleIndex, size_t zeroPointIndex) {
    if (isSetting(layer, scaleIndex) && isSetting(layer, zeroPointIndex))
        return {std::move(op), std::move(inputs), gridSetting(layer, scaleIndex, zeroPointIndex), true, {}};
    const ElementType type = layer.hasInput(zeroPointIndex) ? layer.type(zeroPointIndex) : ElementType::U8;
    std::vector<ValueId> operands{layer.step(std::move(op), std::move(inputs))};
    for (const ValueId setting : presentInputs(layer, {scaleIndex, zeroPointIndex}))
        operands.push_back(setting);
    return {QuantizeLinear{type}, operands};
}

} // namespace halftone::onnx_format
