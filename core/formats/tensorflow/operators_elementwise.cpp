// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that compute element by element.
#include "core/formats/tensorflow/operators.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone::tensorflow_format {

namespace {

using Results = std::vector<Operand>;

Results unary(LayerView& layer, UnaryKind kind, float alpha = 0, float beta = 0) {
    layer.requireInputs(1, 1);
    return {layer.result(Unary{kind, alpha, beta}, {layer.pointwiseInput(0)})};
}

template <UnaryKind kind> Results readUnary(LayerView& layer) {
    return unary(layer, kind);
}

Results readLeakyRelu(LayerView& layer) {
    return unary(layer, UnaryKind::LeakyRelu, layer.real("alpha", 0.2F));
}

Results readRelu6(LayerView& layer) {
    return unary(layer, UnaryKind::Clip, 0, 6);
}

Results readElu(LayerView& layer) {
    return unary(layer, UnaryKind::Elu, 1);
}

/// From https://arxiv.org/abs/1706.02515.
Results readSelu(LayerView& layer) {
    return unary(layer, UnaryKind::Selu, 1.67326324F, 1.05070098F);
}

Results readIdentity(LayerView& layer) {
    if (layer.inputCount() == 0)
        layer.fail("has no input");
    const Operand& x = layer.rawInput(0);
    if (x.deferred || layer.isConstant(x) || x.areCodes)
        return {x};
    return {layer.result(Identity{}, {x})};
}

/// One number for each channel, against `x`: [C] or [1,..,1,C].
bool isPerChannel(const LayerView& layer, const Oriented& factor, const Oriented& x) {
    if (!layer.isConstant(factor) || factor.isChannelsFirst())
        return false;
    const Shape shape = layer.shapeOf(factor);
    const std::optional<Shape> of = layer.shape(x);
    return of && !shape.empty() && (of->size() == 2 || of->size() == 4) && shape.size() <= of->size() &&
           shape.back() == of->back() &&
           std::all_of(shape.begin(), shape.end() - 1, [](int64_t dim) { return dim == 1; });
}

Operand asVector(LayerView& layer, const Oriented& constant) {
    return layer.step(Reshape{{-1}, false}, {constant});
}

bool isNormalizable(const LayerView& layer, const Operand& x) {
    return !layer.isConstant(x) && !x.deferred && (x.isChannelsFirst() || layer.rank(x) == 2U);
}

/// Both operands in one order.
std::vector<Operand> pair(LayerView& layer) {
    layer.requireInputs(2, 2);
    return layer.aligned({layer.pointwiseInput(0), layer.pointwiseInput(1)});
}

/// x * factor is put off when an addition of a constant follows: both are one normalization then.
Results readMul(LayerView& layer) {
    layer.requireInputs(2, 2);
    for (const size_t side : {0, 1}) {
        const Operand& x = layer.rawInput(side);
        const Operand& factor = layer.rawInput(1 - side);
        if (!layer.shiftFollows || !isNormalizable(layer, x) || !isPerChannel(layer, factor, x))
            continue;
        Operand result = x;
        result.deferred = std::make_shared<Deferred>(Deferred{Scaled{factor, layer.name()}});
        return {result};
    }
    return {layer.result(Binary{BinaryKind::Mul, {}}, pair(layer))};
}

/// BatchNorm of x * factor + sign * shift, where the operands are such.
std::optional<Operand> normalized(LayerView& layer, size_t side, float sign) {
    const Operand& scaled = layer.rawInput(side);
    const auto* product = scaled.deferred ? std::get_if<Scaled>(&scaled.deferred->what) : nullptr;
    Operand x = scaled;
    x.deferred = nullptr;
    if (!product || !isPerChannel(layer, layer.rawInput(1 - side), x))
        return std::nullopt;
    const Operand factor = asVector(layer, product->factor);
    Operand shift = asVector(layer, layer.rawInput(1 - side));
    if (sign < 0)
        shift = layer.step(Unary{UnaryKind::Neg}, {shift});
    const Shape channels = layer.shapeOf(factor);
    const auto count = static_cast<size_t>(channels.front());
    const Oriented zeros = layer.constant(Tensor::fromFloats(channels, std::vector<float>(count, 0)));
    const Oriented ones = layer.constant(Tensor::fromFloats(channels, std::vector<float>(count, 1)));
    layer.writer().startLayer(layer.name(), {product->layer});
    return layer.result(BatchNorm{0, {}}, {x, factor, shift, zeros, ones});
}

template <BinaryKind kind> Results readBinary(LayerView& layer) {
    layer.requireInputs(2, 2);
    if (kind == BinaryKind::Add || kind == BinaryKind::Sub)
        for (const size_t side : {0, 1}) {
            if (kind == BinaryKind::Sub && side == 1)
                continue;
            if (const auto result = normalized(layer, side, kind == BinaryKind::Sub ? -1 : 1))
                return {*result};
        }
    return {layer.result(Binary{kind, {}}, pair(layer))};
}

Results readSquaredDifference(LayerView& layer) {
    return {layer.result(Unary{UnaryKind::Square}, {layer.step(Binary{BinaryKind::Sub, {}}, pair(layer))})};
}

Results readNotEqual(LayerView& layer) {
    return {layer.result(Unary{UnaryKind::Not}, {layer.step(Binary{BinaryKind::Equal, {}}, pair(layer))})};
}

/// Select-1 takes a list of conditions too, one for each sample.
Results readSelect(LayerView& layer) {
    layer.requireInputs(3, 3);
    const std::optional<size_t> condition = layer.rank(layer.rawInput(0)), x = layer.rank(layer.rawInput(1));
    if (layer.op() == "Select" && condition != x && condition != 0U)
        layer.cannotRun("with a condition for each sample");
    return {layer.result(Where{}, layer.aligned(layer.allInputs()))};
}

Results readAddN(LayerView& layer) {
    if (layer.inputCount() == 0)
        layer.fail("has no input");
    Operand sum = layer.pointwiseInput(0);
    const size_t last = layer.inputCount() - 1;
    for (size_t i = 1; i < last; ++i)
        sum = layer.step(Binary{BinaryKind::Add, {}}, layer.aligned({sum, layer.pointwiseInput(i)}));
    if (last == 0)
        return {layer.result(Identity{}, {sum})};
    return {layer.result(Binary{BinaryKind::Add, {}}, layer.aligned({sum, layer.pointwiseInput(last)}))};
}

Results readBiasAdd(LayerView& layer) {
    layer.requireInputs(2, 2);
    const bool last = layer.op() == "BiasAddV1" || layer.channelsLast();
    const std::optional<Shape> bias = layer.shape(layer.rawInput(1));
    if (bias && bias->size() != 1)
        layer.fail(fmt::format("has a bias of {} dimensions", bias->size()));
    if (last)
        return readBinary<BinaryKind::Add>(layer);
    const Operand x = layer.asInFile(layer.pointwiseInput(0));
    const std::optional<size_t> rank = layer.rank(x);
    std::vector<int64_t> shape(rank && *rank > 1 ? *rank - 1 : 3, 1);
    shape.front() = -1;
    const Operand perChannel = layer.step(Reshape{shape, false}, {layer.input(1)});
    return {layer.result(Binary{BinaryKind::Add, {}}, {x, perChannel})};
}

Results readCast(LayerView& layer) {
    layer.requireInputs(1, 1);
    const graphdef::DataType to = layer.type("DstT", graphdef::DT_FLOAT);
    const std::optional<ElementType> type = elementTypeOf(to);
    if (!type)
        layer.cannotRun(fmt::format("to {}", dataTypeName(to)));
    return {layer.result(Cast{computedType(*type)}, {layer.input(0)})};
}

Results readSwish(LayerView& layer) {
    layer.requireInputs(1, 2);
    const float beta = layer.inputCount() > 1 ? layer.realSetting(1, "beta") : layer.real("beta", 1);
    return {layer.result(Unary{UnaryKind::Swish, beta, 0}, {layer.pointwiseInput(0)})};
}

const OperatorReaders kElementwiseReaders = {
    {"Abs", readUnary<UnaryKind::Abs>},
    {"Add", readBinary<BinaryKind::Add>},
    {"AddN", readAddN},
    {"AddV2", readBinary<BinaryKind::Add>},
    {"BiasAdd", readBiasAdd},
    {"BiasAddV1", readBiasAdd},
    {"Cast", readCast},
    {"Ceil", readUnary<UnaryKind::Ceil>},
    {"CheckNumerics", readIdentity},
    {"Cos", readUnary<UnaryKind::Cos>},
    {"Div", readBinary<BinaryKind::Div>},
    {"Elu", readElu},
    {"EnsureShape", readIdentity},
    {"Equal", readBinary<BinaryKind::Equal>},
    {"Erf", readUnary<UnaryKind::Erf>},
    {"Exp", readUnary<UnaryKind::Exp>},
    {"Floor", readUnary<UnaryKind::Floor>},
    {"FloorDiv", readBinary<BinaryKind::FloorDiv>},
    {"FloorMod", readBinary<BinaryKind::FloorMod>},
    {"Greater", readBinary<BinaryKind::Greater>},
    {"GreaterEqual", readBinary<BinaryKind::GreaterOrEqual>},
    {"Identity", readIdentity},
    {"LeakyRelu", readLeakyRelu},
    {"Less", readBinary<BinaryKind::Less>},
    {"LessEqual", readBinary<BinaryKind::LessOrEqual>},
    {"Log", readUnary<UnaryKind::Log>},
    {"LogicalAnd", readBinary<BinaryKind::And>},
    {"LogicalNot", readUnary<UnaryKind::Not>},
    {"LogicalOr", readBinary<BinaryKind::Or>},
    {"Maximum", readBinary<BinaryKind::Max>},
    {"Minimum", readBinary<BinaryKind::Min>},
    {"Mul", readMul},
    {"Neg", readUnary<UnaryKind::Neg>},
    {"NotEqual", readNotEqual},
    {"PlaceholderWithDefault", readIdentity},
    {"Pow", readBinary<BinaryKind::Pow>},
    {"PreventGradient", readIdentity},
    {"RealDiv", readBinary<BinaryKind::Div>},
    {"Reciprocal", readUnary<UnaryKind::Reciprocal>},
    {"Relu", readUnary<UnaryKind::Relu>},
    {"Relu6", readRelu6},
    {"Round", readUnary<UnaryKind::Round>},
    {"Rsqrt", readUnary<UnaryKind::Rsqrt>},
    {"Select", readSelect},
    {"SelectV2", readSelect},
    {"Selu", readSelu},
    {"Sigmoid", readUnary<UnaryKind::Sigmoid>},
    {"Sign", readUnary<UnaryKind::Sign>},
    {"Sin", readUnary<UnaryKind::Sin>},
    {"Snapshot", readIdentity},
    {"Softsign", readUnary<UnaryKind::Softsign>},
    {"Softplus", readUnary<UnaryKind::Softplus>},
    {"Sqrt", readUnary<UnaryKind::Sqrt>},
    {"Square", readUnary<UnaryKind::Square>},
    {"SquaredDifference", readSquaredDifference},
    {"StopGradient", readIdentity},
    {"Sub", readBinary<BinaryKind::Sub>},
    {"SwishF32", readSwish},
    {"Tanh", readUnary<UnaryKind::Tanh>},
};

} // namespace

OperatorReader elementwiseReader(std::string_view op) {
    return readerOf(kElementwiseReaders, op);
}

} // namespace halftone::tensorflow_format
