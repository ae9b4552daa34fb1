// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that compute element by element.
#include "core/formats/common/layers.h"
#include "core/formats/onnx/operators.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <numeric>
#include <unordered_map>

namespace halftone::onnx_format {

namespace {

Layer unary(LayerView& layer, UnaryKind kind, float alpha = 0, float beta = 0) {
    layer.requireInputs(1, 1);
    return {Unary{kind, alpha, beta}, {layer.input(0)}};
}

template <UnaryKind kind> Layer readUnary(LayerView& layer) {
    return unary(layer, kind);
}

Layer readLeakyRelu(LayerView& layer) {
    return unary(layer, UnaryKind::LeakyRelu, layer.real("alpha", 0.01F));
}

Layer readElu(LayerView& layer) {
    return unary(layer, UnaryKind::Elu, layer.real("alpha", 1));
}

Layer readHardSigmoid(LayerView& layer) {
    const float alpha = layer.real("alpha", 0.2F);
    return unary(layer, UnaryKind::HardSigmoid, alpha, layer.real("beta", 0.5F));
}

Layer readHardSwish(LayerView& layer) {
    return unary(layer, UnaryKind::HardSwish, 1.0F / 6, 0.5F);
}

Layer readGelu(LayerView& layer) {
    const bool approximate = layer.text("approximate", "none") == "tanh";
    return unary(layer, approximate ? UnaryKind::GeluTanh : UnaryKind::Gelu);
}

Layer readSwish(LayerView& layer) {
    return unary(layer, UnaryKind::Swish, layer.real("alpha", 1));
}

Layer readSelu(LayerView& layer) {
    const bool old = layer.opset() < 6;
    const float alpha = layer.real("alpha", old ? 1.6732F : 1.67326319F);
    return unary(layer, UnaryKind::Selu, alpha, layer.real("gamma", old ? 1.0507F : 1.05070102F));
}

Layer readCelu(LayerView& layer) {
    const float alpha = layer.real("alpha", 1);
    if (alpha == 0)
        layer.fail("divides by its alpha of 0");
    return unary(layer, UnaryKind::Celu, alpha);
}

Layer readThresholdedRelu(LayerView& layer) {
    return unary(layer, UnaryKind::ThresholdedRelu, layer.real("alpha", 1));
}

Layer readShrink(LayerView& layer) {
    const float limit = layer.real("lambd", 0.5F);
    return unary(layer, UnaryKind::Shrink, limit, layer.real("bias", 0));
}

/// A bound that is no setting is one more operator.
Layer clipAtRunTime(LayerView& layer) {
    ValueId x = layer.input(0);
    if (layer.hasInput(1))
        x = layer.step(Binary{BinaryKind::Max, {}}, {x, layer.input(1)});
    if (layer.hasInput(2))
        x = layer.step(Binary{BinaryKind::Min, {}}, {x, layer.input(2)});
    return {.results = {x}};
}

Layer readClip(LayerView& layer) {
    Unary clip{UnaryKind::Clip, -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::infinity()};
    if (layer.opset() < 11) {
        layer.requireInputs(1, 1);
        clip.alpha = layer.real("min", std::numeric_limits<float>::lowest());
        clip.beta = layer.real("max", std::numeric_limits<float>::max());
    } else {
        layer.requireInputs(1, 3);
        if ((layer.hasInput(1) && !layer.isConstant(1)) || (layer.hasInput(2) && !layer.isConstant(2)))
            return clipAtRunTime(layer);
        if (layer.hasInput(1))
            clip.alpha = layer.realSetting(1, "bounds");
        if (layer.hasInput(2))
            clip.beta = layer.realSetting(2, "bounds");
    }
    return {clip, {layer.input(0)}};
}

/// The second operand. Before operator set 7 its dimensions are those of the first one from `axis` on, if it is not as
/// large as that.
ValueId secondOperand(LayerView& layer) {
    const ValueId b = layer.input(1);
    if (layer.opset() >= 7)
        return b;
    const bool broadcasts = layer.flag("broadcast", false);
    const bool hasAxis = layer.has("axis");
    const int64_t axis = layer.integer("axis", 0);
    if (!broadcasts || !hasAxis)
        return b;
    const Shape *left = layer.shape(0), *right = layer.shape(1);
    if (!left || !right)
        layer.cannotRun("of tensors of unknown shape");
    const auto rank = static_cast<int64_t>(left->size());
    const int64_t first = axis < 0 ? axis + rank : axis, behind = rank - first - static_cast<int64_t>(right->size());
    if (first < 0 || behind < 0)
        layer.fail(fmt::format("repeats its second input along axis {} of {} dimensions", axis, rank));
    if (behind == 0)
        return b;
    std::vector<int64_t> axes(static_cast<size_t>(behind));
    std::iota(axes.begin(), axes.end(), static_cast<int64_t>(right->size()));
    return layer.step(Squeeze{axes, true}, {b});
}

template <BinaryKind kind> Layer readBinary(LayerView& layer) {
    layer.requireInputs(2, 2);
    return {Binary{kind, {}}, {layer.input(0), secondOperand(layer)}};
}

/// The slope's dimensions are the last ones of the input; before operator set 7 a vector has one slope a channel.
Layer readPRelu(LayerView& layer) {
    layer.requireInputs(2, 2);
    ValueId slope = layer.input(1);
    const Shape *x = layer.shape(0), *shape = layer.shape(1);
    if (layer.opset() < 7 && x && shape && shape->size() == 1 && x->size() > 2) {
        std::vector<int64_t> behind(x->size() - 2);
        std::iota(behind.begin(), behind.end(), 1);
        slope = layer.step(Squeeze{behind, true}, {slope});
    }
    return {Binary{BinaryKind::PRelu, {}}, {layer.input(0), slope}};
}

/// The remainder has the sign of the divisor, or (fmod) of what is divided.
Layer readMod(LayerView& layer) {
    return layer.flag("fmod", false) ? readBinary<BinaryKind::TruncMod>(layer)
                                     : readBinary<BinaryKind::FloorMod>(layer);
}

Layer readBitShift(LayerView& layer) {
    const std::string direction = layer.text("direction", "");
    if (direction != "LEFT" && direction != "RIGHT")
        layer.fail("has a direction that ONNX does not know");
    return direction == "LEFT" ? readBinary<BinaryKind::ShiftLeft>(layer) : readBinary<BinaryKind::ShiftRight>(layer);
}

/// Sum, Min and Max take any number of operands.
template <BinaryKind kind> Layer readVariadic(LayerView& layer) {
    const size_t count = std::max<size_t>(layer.inputCount(), 1);
    layer.requireInputs(count, count);
    return {.results = {combine(layer.writer(), kind, layer.allInputs())}};
}

Layer readMean(LayerView& layer) {
    const Layer sum = readVariadic<BinaryKind::Add>(layer);
    const float count = static_cast<float>(layer.inputCount());
    const ValueId divisor = layer.operand(Tensor::fromFloats({}, std::span(&count, 1)));
    return {Binary{BinaryKind::Div, {}}, {sum.results.front(), divisor}};
}

Layer readWhere(LayerView& layer) {
    layer.requireInputs(3, 3);
    return {Where{}, layer.allInputs()};
}

const std::unordered_map<std::string_view, OperatorReader> kElementwiseReaders = {
    {"Abs", readUnary<UnaryKind::Abs>},
    {"Acos", readUnary<UnaryKind::Acos>},
    {"Acosh", readUnary<UnaryKind::Acosh>},
    {"Add", readBinary<BinaryKind::Add>},
    {"And", readBinary<BinaryKind::And>},
    {"Asin", readUnary<UnaryKind::Asin>},
    {"Asinh", readUnary<UnaryKind::Asinh>},
    {"Atan", readUnary<UnaryKind::Atan>},
    {"Atanh", readUnary<UnaryKind::Atanh>},
    {"BitShift", readBitShift},
    {"BitwiseAnd", readBinary<BinaryKind::BitwiseAnd>},
    {"BitwiseNot", readUnary<UnaryKind::BitwiseNot>},
    {"BitwiseOr", readBinary<BinaryKind::BitwiseOr>},
    {"BitwiseXor", readBinary<BinaryKind::BitwiseXor>},
    {"Ceil", readUnary<UnaryKind::Ceil>},
    {"Celu", readCelu},
    {"Clip", readClip},
    {"Cos", readUnary<UnaryKind::Cos>},
    {"Cosh", readUnary<UnaryKind::Cosh>},
    {"Div", readBinary<BinaryKind::Div>},
    {"Elu", readElu},
    {"Equal", readBinary<BinaryKind::Equal>},
    {"Erf", readUnary<UnaryKind::Erf>},
    {"Exp", readUnary<UnaryKind::Exp>},
    {"Floor", readUnary<UnaryKind::Floor>},
    {"Gelu", readGelu},
    {"Greater", readBinary<BinaryKind::Greater>},
    {"GreaterOrEqual", readBinary<BinaryKind::GreaterOrEqual>},
    {"HardSigmoid", readHardSigmoid},
    {"HardSwish", readHardSwish},
    {"LeakyRelu", readLeakyRelu},
    {"Less", readBinary<BinaryKind::Less>},
    {"LessOrEqual", readBinary<BinaryKind::LessOrEqual>},
    {"Log", readUnary<UnaryKind::Log>},
    {"Max", readVariadic<BinaryKind::Max>},
    {"Mean", readMean},
    {"Min", readVariadic<BinaryKind::Min>},
    {"Mish", readUnary<UnaryKind::Mish>},
    {"Mod", readMod},
    {"Mul", readBinary<BinaryKind::Mul>},
    {"Neg", readUnary<UnaryKind::Neg>},
    {"Not", readUnary<UnaryKind::Not>},
    {"Or", readBinary<BinaryKind::Or>},
    {"PRelu", readPRelu},
    {"Pow", readBinary<BinaryKind::Pow>},
    {"Reciprocal", readUnary<UnaryKind::Reciprocal>},
    {"Relu", readUnary<UnaryKind::Relu>},
    {"Round", readUnary<UnaryKind::Round>},
    {"Selu", readSelu},
    {"Shrink", readShrink},
    {"Sigmoid", readUnary<UnaryKind::Sigmoid>},
    {"Sign", readUnary<UnaryKind::Sign>},
    {"Sin", readUnary<UnaryKind::Sin>},
    {"Sinh", readUnary<UnaryKind::Sinh>},
    {"Softplus", readUnary<UnaryKind::Softplus>},
    {"Softsign", readUnary<UnaryKind::Softsign>},
    {"Sqrt", readUnary<UnaryKind::Sqrt>},
    {"Sub", readBinary<BinaryKind::Sub>},
    {"Sum", readVariadic<BinaryKind::Add>},
    {"Swish", readSwish},
    {"Tan", readUnary<UnaryKind::Tan>},
    {"Tanh", readUnary<UnaryKind::Tanh>},
    {"ThresholdedRelu", readThresholdedRelu},
    {"Where", readWhere},
    {"Xor", readBinary<BinaryKind::Xor>},
};

} // namespace

OperatorReader elementwiseReader(std::string_view op) {
    const auto found = kElementwiseReaders.find(op);
    return found == kElementwiseReaders.end() ? nullptr : found->second;
}

} // namespace halftone::onnx_format
