// SPDX-License-Identifier: GPL-3.0-or-later
// Operators of quantized models: those of ONNX and those that ONNX Runtime adds in com.microsoft.
#include "core/base/checked.h"
#include "core/formats/onnx/operators.h"
#include "core/formats/onnx/outline.h"
#include "core/formats/onnx/quantized_operands.h"
#include "core/graph/element.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>

namespace halftone::onnx_format {

namespace {

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

const std::unordered_map<std::string_view, OperatorReader> kQuantizedReaders = {
    {"DequantizeLinear", readDequantizeLinear},
    {"QLinearConv", readQLinearConv},
    {"QLinearMatMul", readQLinearMatMul},
    {"QuantizeLinear", readQuantizeLinear},
};

const std::unordered_map<std::string_view, OperatorReader> kQuantizedMicrosoftReaders = {
    {"DequantizeLinear", readDequantizeLinear},
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
    if (const OperatorReader reader = integerReader(domain, op))
        return reader;
    if (isDefaultDomain(domain))
        return in(kQuantizedReaders);
    return domain == "com.microsoft" ? in(kQuantizedMicrosoftReaders) : nullptr;
}

} // namespace halftone::onnx_format
