// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that compute on whole numbers, and those whose ranges are found at run time.
#include "core/formats/onnx/dynamic_layers.h"
#include "core/formats/onnx/operators.h"
#include "core/formats/onnx/outline.h"
#include "core/formats/onnx/quantized_operands.h"

#include <numeric>
#include <unordered_map>

namespace halftone::onnx_format {

namespace {

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

const std::unordered_map<std::string_view, OperatorReader> kIntegerReaders = {
    {"ConvInteger", readConvInteger},
    {"DynamicQuantizeLinear", readDynamicQuantizeLinear},
    {"MatMulInteger", readMatMulInteger},
};

const std::unordered_map<std::string_view, OperatorReader> kDynamic = {
    {"ConvInteger", readDynamicConv},
    {"DynamicQuantizeLinear", readDynamicCodes},
    {"MatMulInteger", readDynamicMatMul},
    {"MatMulIntegerToFloat", readDynamicMatMul},
};

const std::unordered_map<std::string_view, OperatorReader> kIntegerMicrosoftReaders = {
    {"DynamicQuantizeLSTM", readDynamicQuantizeLstm},
    {"DynamicQuantizeMatMul", readDynamicQuantizeMatMul},
};

} // namespace

OperatorReader integerReader(const std::string& domain, std::string_view op) {
    const auto in = [&](const auto& readers) -> OperatorReader {
        const auto found = readers.find(op);
        return found == readers.end() ? nullptr : found->second;
    };
    if (isDefaultDomain(domain))
        return in(kIntegerReaders);
    if (domain == kDynamicDomain)
        return in(kDynamic);
    return domain == "com.microsoft" ? in(kIntegerMicrosoftReaders) : nullptr;
}

} // namespace halftone::onnx_format
