// SPDX-License-Identifier: GPL-3.0-or-later
// Operators of quantized models: those of ONNX and those that ONNX Runtime adds in com.microsoft.
#include "core/base/checked.h"
#include "core/base/text.h"
#include "core/formats/common/dequantized.h"
#include "core/formats/onnx/dynamic_layers.h"
#include "core/formats/onnx/operators.h"
#include "core/formats/onnx/outline.h"
#include "core/graph/element.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <initializer_list>
#include <numeric>
#include <unordered_map>

namespace halftone::onnx_format {

namespace {

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

/// The grid of 8-bit codes with these settings. A list of scales belongs to dimension `axis` of a tensor of this rank.
QuantParams gridSetting(LayerView& layer, size_t scaleIndex, size_t zeroPointIndex, int64_t axis = 0, size_t rank = 0) {
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

/// What integers mean, and the grid that they lie on where they have 8 bits.
struct Dequantized {
    Tensor tensor;
    std::optional<QuantParams> grid;
};

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

Tensor rounded(const Tensor& tensor, const QuantParams& grid) {
    std::vector<float> values = tensor.toFloats();
    size_t inner = 1;
    for (size_t i = static_cast<size_t>(grid.axis.value_or(0)) + 1; grid.axis && i < tensor.shape.size(); ++i)
        inner *= static_cast<size_t>(tensor.shape[i]);
    for (size_t i = 0; i < values.size(); ++i) {
        const size_t channel = i / inner % grid.scales.size();
        const float scale = grid.scales[channel];
        const int32_t zeroPoint = grid.zeroPoints[channel];
        values[i] = dequantize(quantize(values[i], scale, zeroPoint, grid.storage), scale, zeroPoint);
    }
    return Tensor::fromFloats(tensor.shape, values);
}

/// An operand that is codes on this grid.
ValueId codesOn(LayerView& layer, size_t index, const QuantParams& grid) {
    if (*layer.codes(index) != grid)
        layer.cannotRun("of codes that were made with another scale or zero point");
    return layer.input(index);
}

bool isSetting(const LayerView& layer, size_t index) {
    return !layer.hasInput(index) || layer.isConstant(index);
}

/// The grid that these settings give to a tensor, where it is one grid of 8-bit codes for the whole tensor and known.
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

/// Constant codes as real numbers on their grid.
ValueId constantReal(LayerView& layer, size_t index, size_t scale, size_t zeroPoint, int64_t axis) {
    Dequantized constant = dequantized(layer, index, scale, zeroPoint, axis);
    return layer.addConstant(index, std::move(constant.tensor), constant.grid);
}

/// What the codes of operand `index` mean. Codes that the network is given, and those with a computed scale, are
/// converted by an operator of its own.
ValueId realAt(LayerView& layer, size_t index, size_t scale, size_t zeroPoint, int64_t axis) {
    if (layer.codes(index))
        return codesOn(layer, index, gridSetting(layer, scale, zeroPoint));
    if (layer.isConstant(index) && isSetting(layer, scale) && isSetting(layer, zeroPoint))
        return constantReal(layer, index, scale, zeroPoint, axis);
    return layer.step(DequantizeLinear{axis}, presentInputs(layer, {index, scale, zeroPoint}),
                      plainGrid(layer, scale, zeroPoint, layer.type(index)));
}

/// Whose scale and zero point are the next operands.
ValueId realAt(LayerView& layer, size_t index, int64_t axis = 1) {
    return realAt(layer, index, index + 1, index + 2, axis);
}

/// An int32 bias on the grid of the products: scale of x * scale of the weights.
ValueId biasAt(LayerView& layer, size_t index, size_t xScaleIndex, size_t weightScaleIndex, float factor = 1) {
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

/// A layer whose result is stored as codes: on a grid where scale and zero point are settings, else by an operator of
/// its own.
Layer storedAsCodes(LayerView& layer, Op op, std::vector<ValueId> inputs, size_t scaleIndex, size_t zeroPointIndex) {
    if (isSetting(layer, scaleIndex) && isSetting(layer, zeroPointIndex))
        return {std::move(op), std::move(inputs), gridSetting(layer, scaleIndex, zeroPointIndex), true, {}};
    const ElementType type = layer.hasInput(zeroPointIndex) ? layer.type(zeroPointIndex) : ElementType::U8;
    std::vector<ValueId> operands{layer.step(std::move(op), std::move(inputs))};
    for (const ValueId setting : presentInputs(layer, {scaleIndex, zeroPointIndex}))
        operands.push_back(setting);
    return {QuantizeLinear{type}, operands};
}

Layer readQuantizeLinear(LayerView& layer) {
    layer.requireInputs(2, 3);
    layer.ignore("saturate"); // for floats of 8 bits, which are refused
    if (layer.integer("block_size", 0) != 0)
        layer.cannotRun("with a scale for each block");
    const int64_t axis = layer.integer("axis", 1);
    if (layer.codes(0))
        layer.cannotRun("of codes");
    ElementType type = ElementType::U8;
    if (const int64_t given = layer.integer("output_dtype", 0); given != 0)
        type = elementTypeOf(static_cast<int>(std::clamp<int64_t>(given, -1, 1000))).value_or(ElementType::F32);
    if (layer.hasInput(2))
        type = layer.type(2);
    if (isFloatType(type))
        layer.cannotRun("to codes that are no integers");
    if (!layer.isConstant(0) && plainGrid(layer, 1, 2, type))
        return {Identity{}, {layer.input(0)}, plainGrid(layer, 1, 2, type), true, {}};
    if (!layer.isConstant(0) || !isEightBit(type) || !isSetting(layer, 1) || !isSetting(layer, 2))
        return {QuantizeLinear{type, axis}, presentInputs(layer, {0, 1, 2})};
    const Tensor& data = layer.setting(0, "data");
    const QuantParams grid = gridSetting(layer, 1, 2, axis, data.shape.size());
    return {Identity{}, {}, grid, true, rounded(data, grid)};
}

/// Constant codes with a scale for each `block` of them along an axis: their numbers, which lie on no one grid.
Tensor dequantizedInBlocks(LayerView& layer, int64_t axis, int64_t block) {
    const Tensor &codes = layer.setting(0, "codes"), &scales = layer.setting(1, "scales");
    const Tensor* points = layer.hasInput(2) ? &layer.setting(2, "zero points") : nullptr;
    const Shape& shape = codes.shape;
    const auto along = static_cast<size_t>(layer.axisOf(axis, shape.size()));
    Shape wanted = shape;
    wanted[along] = block > 0 ? (shape[along] - 1) / block + 1 : -1;
    if (scales.shape != wanted || (points && points->shape != wanted))
        layer.fail("has scales or zero points of another size than its blocks say");
    const std::vector<float> code = codes.toFloats(), scale = scales.toFloats();
    const std::vector<float> point = points ? points->toFloats() : std::vector<float>(scale.size(), 0);
    const auto inner = static_cast<size_t>(elementCount(std::span(shape).subspan(along + 1)));
    const auto length = static_cast<size_t>(shape[along]), blocks = static_cast<size_t>(wanted[along]);
    std::vector<float> values(code.size());
    for (size_t i = 0; i < values.size(); ++i) {
        const size_t row = i / inner, place = row % length / static_cast<size_t>(block);
        const size_t at = (row / length * blocks + place) * inner + i % inner;
        values[i] = (code[i] - point[at]) * scale[at];
    }
    return castTensor(Tensor::fromFloats(shape, values), scales.type);
}

Layer readDequantizeLinear(LayerView& layer) {
    layer.requireInputs(2, 3);
    layer.ignore("output_dtype"); // that of the scale
    const int64_t axis = layer.integer("axis", 1);
    if (const int64_t block = layer.integer("block_size", 0); block != 0)
        return {Identity{}, {}, {}, false, dequantizedInBlocks(layer, axis, block)};
    if (const QuantParams* codes = layer.codes(0)) {
        const Shape* shape = layer.shape(0);
        const QuantParams grid = gridSetting(layer, 1, 2, axis, codes->axis && shape ? shape->size() : 0);
        return {Identity{}, {codesOn(layer, 0, grid)}, grid, false, {}};
    }
    if (!layer.isConstant(0) || !isSetting(layer, 1) || !isSetting(layer, 2)) // codes that the network is given
        return {DequantizeLinear{axis}, presentInputs(layer, {0, 1, 2}), plainGrid(layer, 1, 2, layer.type(0))};
    Dequantized result = dequantized(layer, 0, 1, 2, axis);
    return {Identity{}, {}, result.grid, false, std::move(result.tensor)};
}

Layer readQLinearConv(LayerView& layer) {
    layer.requireInputs(8, 9);
    if (layer.flag("channels_last", false))
        layer.cannotRun("with channels last");
    const Layer conv = readConvWithWeights(layer, 3);
    return storedAsCodes(layer, conv.op, {realAt(layer, 0), realAt(layer, 3, 0), biasAt(layer, 8, 1, 4)}, 6, 7);
}

Layer readQLinearMatMul(LayerView& layer) {
    layer.requireInputs(8, 8);
    return storedAsCodes(layer, MatMul{}, {realAt(layer, 0), realAt(layer, 3, -1)}, 6, 7);
}

/// The integers of an operand less their zero point, as fp32, which has room for the codes and all their products.
ValueId withoutZeroPoint(LayerView& layer, size_t index, size_t zeroPointIndex, bool alongRows) {
    if (layer.codes(index))
        layer.cannotRun("of codes on a grid");
    const ValueId x = layer.step(Cast{ElementType::F32}, {layer.input(index)});
    if (!layer.hasInput(zeroPointIndex))
        return x;
    ValueId point = layer.step(Cast{ElementType::F32}, {layer.input(zeroPointIndex)});
    const Shape* shape = layer.shape(zeroPointIndex);
    if (!shape)
        layer.cannotRun("with a zero point of unknown shape");
    if (alongRows && shape->size() == 1 && shape->front() > 1) {
        const Shape* operand = layer.shape(index);
        std::vector<int64_t> behind(operand && index == 1 && operand->size() > 2 ? operand->size() - 1 : 1);
        std::iota(behind.begin(), behind.end(), 1);
        point = layer.step(Squeeze{behind, true}, {point});
    }
    return layer.step(Binary{BinaryKind::Sub, {}}, {x, point});
}

/// Sums of products of integers are whole numbers, exact in fp32 up to 2^24.
Layer asIntegers(LayerView& layer, Op op, std::vector<ValueId> inputs) {
    const ValueId sum = layer.step(std::move(op), std::move(inputs));
    return {Cast{ElementType::S32}, {layer.step(Unary{UnaryKind::Round}, {sum})}};
}

Layer readConvInteger(LayerView& layer) {
    layer.requireInputs(2, 4);
    const Layer conv = readConvWithWeights(layer, 1);
    return asIntegers(layer, conv.op, {withoutZeroPoint(layer, 0, 2, false), withoutZeroPoint(layer, 1, 3, true)});
}

/// A list of zero points is one a row of the first operand, one a column of the second.
Layer readMatMulInteger(LayerView& layer) {
    layer.requireInputs(2, 4);
    return asIntegers(layer, MatMul{}, {withoutZeroPoint(layer, 0, 2, true), withoutZeroPoint(layer, 1, 3, false)});
}

/// The function that ONNX defines it by: u8 codes from the range of each tensor, widened to hold 0.
Layer readDynamicQuantizeLinear(LayerView& layer) {
    layer.requireInputs(1, 1);
    const ValueId x = layer.input(0);
    const auto number = [&](float value) { return layer.operand(Tensor::fromFloats({}, std::span(&value, 1))); };
    const auto binary = [&](BinaryKind kind, ValueId a, ValueId b) { return layer.step(Binary{kind, {}}, {a, b}); };
    const ValueId zero = number(0);
    const ValueId hi = binary(BinaryKind::Max, layer.step(Reduce{ReduceKind::Max, {}, false}, {x}), zero);
    const ValueId lo = binary(BinaryKind::Min, layer.step(Reduce{ReduceKind::Min, {}, false}, {x}), zero);
    const ValueId scale = binary(BinaryKind::Div, binary(BinaryKind::Sub, hi, lo), number(255));
    const ValueId start = binary(BinaryKind::Div, binary(BinaryKind::Sub, zero, lo), scale);
    const ValueId bounded = layer.step(Unary{UnaryKind::Clip, 0, 255}, {start});
    const ValueId point = layer.step(Cast{ElementType::U8}, {layer.step(Unary{UnaryKind::Round}, {bounded})});
    return {.results = {layer.step(QuantizeLinear{ElementType::U8}, {x, scale, point}), scale, point}};
}

/// Codes whose readers are products that know what they mean.
Layer readDynamicCodes(LayerView& layer) {
    return {Identity{}, {layer.input(0)}, QuantParams::foundAtRunTime(), true};
}

Layer withBias(LayerView& layer, Op op, std::vector<ValueId> inputs, size_t bias) {
    if (!layer.hasInput(bias))
        return {std::move(op), std::move(inputs)};
    return {Binary{BinaryKind::Add, {}}, {layer.step(std::move(op), std::move(inputs)), layer.input(bias)}};
}

/// See DynamicLayer.
Layer readDynamicMatMul(LayerView& layer) {
    return withBias(layer, MatMul{}, {layer.input(0), constantReal(layer, 1, 3, 5, -1)}, 6);
}

Layer readDynamicConv(LayerView& layer) {
    const Layer conv = readConvWithWeights(layer, 1);
    std::vector<ValueId> inputs{layer.input(0), constantReal(layer, 1, 3, 5, 0)};
    if (layer.hasInput(6))
        inputs.push_back(layer.input(6));
    return {conv.op, inputs};
}

/// com.microsoft: x, weights, their scale and zero point, bias.
Layer readDynamicQuantizeMatMul(LayerView& layer) {
    layer.requireInputs(3, 5);
    const ValueId x = layer.step(Identity{}, {layer.input(0)}, QuantParams::foundAtRunTime());
    return withBias(layer, MatMul{}, {x, constantReal(layer, 1, 2, 3, -1)}, 4);
}

/// com.microsoft: an LSTM whose weights [directions, inputs, gates] are codes, with scale and zero point of both behind
/// the operands. It computes on the real numbers that they mean: states and inputs are not rounded.
Layer readDynamicQuantizeLstm(LayerView& layer) {
    layer.requireInputs(3, 12);
    if (layer.inputCount() < 11)
        layer.fail("lacks the scales of its weights");
    const auto weights = [&](size_t index, size_t scale) {
        const size_t scales = scalesSetting(layer, scale).size();
        const Shape& shape = layer.knownShape(index);
        const bool perChannel = shape.size() == 3 && scales > static_cast<size_t>(shape[0]);
        if (perChannel && shape[0] != 1)
            layer.cannotRun("with scales for the channels of two directions");
        const ValueId real = constantReal(layer, index, scale, scale + 1, perChannel ? 2 : 0);
        return layer.step(Transpose{{0, 2, 1}}, {real});
    };
    return readRecurrentWith<RecurrentKind::Lstm>(layer, weights(1, 8), weights(2, 10));
}

/// com.microsoft: x, weights, bias, their scales, mask, their zero points, earlier keys. The result is real.
Layer readQAttention(LayerView& layer) {
    layer.requireInputs(5, 9);
    layer.ignore("past_present_share_buffer"); // of earlier keys
    if (layer.hasInput(8))
        layer.cannotRun("with earlier keys");
    if (layer.flag("do_rotary", false))
        layer.cannotRun("with rotary positions");
    constexpr size_t kNone = 99; // no operand
    return microsoftAttention(layer, realAt(layer, 0, 3, 6, 1), realAt(layer, 1, 4, 7, 1), layer.input(2), 5, kNone);
}

/// com.microsoft: the scales of tables, scale and shift stand six operands behind them, their zero points eleven.
Layer readQEmbedLayerNormalization(LayerView& layer) {
    layer.requireInputs(1, 18);
    for (const size_t operand : {2, 3, 5, 6})
        layer.input(operand);
    return embedLayerNormalization(
        layer, [&](size_t operand) { return realAt(layer, operand, operand + 6, operand + 11, 0); }, kNoValue);
}

/// com.microsoft. Without an output scale the result is real.
Layer readQGemm(LayerView& layer) {
    layer.requireInputs(6, 9);
    Gemm gemm;
    gemm.alpha = layer.real("alpha", 1);
    gemm.transA = layer.flag("transA", false);
    gemm.transB = layer.flag("transB", false);
    std::vector<ValueId> inputs{realAt(layer, 0), realAt(layer, 3, gemm.transB ? 0 : 1)};
    // The bias is on the grid of alpha * x * weights.
    if (const ValueId bias = biasAt(layer, 6, 1, 4, gemm.alpha); bias != kNoValue)
        inputs.push_back(bias);
    return layer.hasInput(7) ? storedAsCodes(layer, gemm, inputs, 7, 8) : Layer{gemm, inputs};
}

/// com.microsoft: both operands and the result with scale and zero point each.
template <BinaryKind kind> Layer readQLinearBinary(LayerView& layer) {
    layer.requireInputs(7, 8);
    return storedAsCodes(layer, Binary{kind, {}}, {realAt(layer, 0), realAt(layer, 3)}, 6, 7);
}

/// com.microsoft: x, its scale and zero point, then those of the result.
Layer onCodes(LayerView& layer, Op op) {
    return storedAsCodes(layer, std::move(op), {realAt(layer, 0)}, 3, 4);
}

Layer readQLinearAveragePool(LayerView& layer) {
    layer.requireInputs(4, 5);
    if (layer.flag("channels_last", false))
        layer.cannotRun("with channels last");
    return onCodes(layer, averagePool(layer));
}

Layer readQLinearGlobalAveragePool(LayerView& layer) {
    layer.requireInputs(4, 5);
    if (layer.flag("channels_last", false))
        layer.cannotRun("with channels last");
    Pool pool;
    pool.kind = PoolKind::AverageExcludePad;
    pool.global = true;
    return onCodes(layer, pool);
}

Layer readQLinearLeakyRelu(LayerView& layer) {
    layer.requireInputs(4, 5);
    return onCodes(layer, Unary{UnaryKind::LeakyRelu, layer.real("alpha", 0.01F), 0});
}

Layer readQLinearSigmoid(LayerView& layer) {
    layer.requireInputs(4, 5);
    return onCodes(layer, Unary{UnaryKind::Sigmoid});
}

Layer readQLinearSoftmax(LayerView& layer) {
    layer.requireInputs(4, 5);
    const bool coerce2d = layer.integer("opset", 13) < 13;
    return onCodes(layer, Softmax{layer.integer("axis", coerce2d ? 1 : -1), coerce2d, false});
}

Layer readQLinearReduceMean(LayerView& layer) {
    layer.requireInputs(4, 5);
    const auto axes = layer.integers("axes").value_or(std::vector<int64_t>{});
    return onCodes(layer, Reduce{ReduceKind::Mean, axes, layer.flag("keepdims", true)});
}

/// com.microsoft: scale and zero point of the result, then each operand with its own.
Layer readQLinearConcat(LayerView& layer) {
    const size_t count = layer.inputCount();
    if (count < 5 || (count - 2) % 3 != 0)
        layer.fail(fmt::format("has {} inputs and needs 2, and 3 for each operand", count));
    std::vector<ValueId> operands;
    for (size_t i = 2; i < count; i += 3)
        operands.push_back(realAt(layer, i));
    return storedAsCodes(layer, Concat{layer.integer("axis")}, operands, 0, 1);
}

const std::unordered_map<std::string_view, OperatorReader> kOnnx = {
    {"ConvInteger", readConvInteger},
    {"DequantizeLinear", readDequantizeLinear},
    {"DynamicQuantizeLinear", readDynamicQuantizeLinear},
    {"MatMulInteger", readMatMulInteger},
    {"QLinearConv", readQLinearConv},
    {"QLinearMatMul", readQLinearMatMul},
    {"QuantizeLinear", readQuantizeLinear},
};

const std::unordered_map<std::string_view, OperatorReader> kDynamic = {
    {"ConvInteger", readDynamicConv},
    {"DynamicQuantizeLinear", readDynamicCodes},
    {"MatMulInteger", readDynamicMatMul},
    {"MatMulIntegerToFloat", readDynamicMatMul},
};

const std::unordered_map<std::string_view, OperatorReader> kMicrosoft = {
    {"DequantizeLinear", readDequantizeLinear},
    {"DynamicQuantizeLSTM", readDynamicQuantizeLstm},
    {"DynamicQuantizeMatMul", readDynamicQuantizeMatMul},
    {"QAttention", readQAttention},
    {"QEmbedLayerNormalization", readQEmbedLayerNormalization},
    {"QGemm", readQGemm},
    {"QLinearAdd", readQLinearBinary<BinaryKind::Add>},
    {"QLinearAveragePool", readQLinearAveragePool},
    {"QLinearConcat", readQLinearConcat},
    {"QLinearConv", readQLinearConv},
    {"QLinearGlobalAveragePool", readQLinearGlobalAveragePool},
    {"QLinearLeakyRelu", readQLinearLeakyRelu},
    {"QLinearMul", readQLinearBinary<BinaryKind::Mul>},
    {"QLinearReduceMean", readQLinearReduceMean},
    {"QLinearSigmoid", readQLinearSigmoid},
    {"QLinearSoftmax", readQLinearSoftmax},
    {"QuantizeLinear", readQuantizeLinear},
};

} // namespace

OperatorReader quantizedReader(const std::string& domain, std::string_view op) {
    const auto in = [&](const auto& readers) -> OperatorReader {
        const auto found = readers.find(op);
        return found == readers.end() ? nullptr : found->second;
    };
    if (isDefaultDomain(domain))
        return in(kOnnx);
    if (domain == kDynamicDomain)
        return in(kDynamic);
    return domain == "com.microsoft" ? in(kMicrosoft) : nullptr;
}

} // namespace halftone::onnx_format
