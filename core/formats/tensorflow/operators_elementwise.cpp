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
    return {layer.emit(Unary{kind, alpha, beta}, {layer.pointwiseInput(0)})};
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
    if (x.deferred || x.constant || x.dead || x.areCodes)
        return {x};
    return {layer.emit(Identity{}, {x})};
}

/// One number for each channel, against `x`: [C] or [1,..,1,C].
bool isPerChannel(LayerView& layer, const Operand& factor, const Operand& x) {
    if (!factor.constant || factor.channelsFirst || factor.constant->tensor.shape.empty())
        return false;
    const Shape& shape = factor.constant->tensor.shape;
    const std::optional<Shape> of = layer.network().shape(x);
    return of && (of->size() == 2 || of->size() == 4) && shape.size() <= of->size() && shape.back() == of->back() &&
           std::all_of(shape.begin(), shape.end() - 1, [](int64_t dim) { return dim == 1; });
}

Operand asVector(LayerView& layer, const Operand& constant) {
    return layer.emit(Reshape{{-1}, false}, {constant});
}

bool isNormalizable(LayerView& layer, const Operand& x) {
    return !x.constant && !x.deferred && !x.dead && (x.channelsFirst || layer.network().rank(x) == 2U);
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
        result.deferred = std::make_shared<Deferred>(Scaled{factor, layer.name()});
        return {result};
    }
    return {
        layer.emit(Binary{BinaryKind::Mul, {}}, aligned(layer, {layer.pointwiseInput(0), layer.pointwiseInput(1)}))};
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
        shift = layer.emit(Unary{UnaryKind::Neg}, {shift});
    const Shape channels = factor.constant->tensor.shape;
    const auto count = static_cast<size_t>(channels.front());
    const Operand zeros = layer.constant(Tensor::fromFloats(channels, std::vector<float>(count, 0)));
    const Operand ones = layer.constant(Tensor::fromFloats(channels, std::vector<float>(count, 1)));
    return layer.network().emit(layer.name(), "", BatchNorm{0, {}}, {x, factor, shift, zeros, ones}, {},
                                {product->layer});
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
    return {layer.emit(Binary{kind, {}}, aligned(layer, {layer.pointwiseInput(0), layer.pointwiseInput(1)}))};
}

Results readSquaredDifference(LayerView& layer) {
    layer.requireInputs(2, 2);
    const Operand difference = layer.emit(Binary{BinaryKind::Sub, {}},
                                          aligned(layer, {layer.pointwiseInput(0), layer.pointwiseInput(1)}), "sub");
    return {layer.emit(Unary{UnaryKind::Square}, {difference})};
}

Results readNotEqual(LayerView& layer) {
    layer.requireInputs(2, 2);
    const Operand equal = layer.emit(Binary{BinaryKind::Equal, {}},
                                     aligned(layer, {layer.pointwiseInput(0), layer.pointwiseInput(1)}), "equal");
    return {layer.emit(Unary{UnaryKind::Not}, {equal})};
}

/// Select-1 takes a list of conditions too, one for each sample.
Results readSelect(LayerView& layer) {
    layer.requireInputs(3, 3);
    const std::optional<size_t> condition = layer.network().rank(layer.rawInput(0)),
                                x = layer.network().rank(layer.rawInput(1));
    if (layer.op() == "Select" && condition != x && condition != 0U)
        layer.cannotRun("with a condition for each sample");
    return {layer.emit(Where{}, aligned(layer, layer.allInputs()))};
}

Results readAddN(LayerView& layer) {
    if (layer.inputCount() == 0)
        layer.fail("has no input");
    Operand sum = layer.pointwiseInput(0);
    for (size_t i = 1; i < layer.inputCount(); ++i)
        sum = layer.emit(Binary{BinaryKind::Add, {}}, aligned(layer, {sum, layer.pointwiseInput(i)}),
                         i + 1 < layer.inputCount() ? fmt::format("sum_{}", i) : std::string());
    return {layer.inputCount() == 1 ? layer.emit(Identity{}, {sum}) : sum};
}

Results readBiasAdd(LayerView& layer) {
    layer.requireInputs(2, 2);
    const bool last = layer.op() == "BiasAddV1" || layer.channelsLast();
    const std::optional<Shape> bias = layer.network().shape(layer.rawInput(1));
    if (bias && bias->size() != 1)
        layer.fail(fmt::format("has a bias of {} dimensions", bias->size()));
    if (last)
        return readBinary<BinaryKind::Add>(layer);
    const Operand x = layer.network().asInFile(layer.pointwiseInput(0), layer.name());
    const std::optional<size_t> rank = layer.network().rank(x);
    std::vector<int64_t> shape(rank && *rank > 1 ? *rank - 1 : 3, 1);
    shape.front() = -1;
    const Operand perChannel = layer.emit(Reshape{shape, false}, {layer.input(1)}, "bias");
    return {layer.emit(Binary{BinaryKind::Add, {}}, {x, perChannel})};
}

Results readCast(LayerView& layer) {
    layer.requireInputs(1, 1);
    const graphdef::DataType to = layer.type("DstT", graphdef::DT_FLOAT);
    const std::optional<ElementType> type = elementTypeOf(to);
    if (!type)
        layer.cannotRun(fmt::format("to {}", dataTypeName(to)));
    return {layer.emit(Cast{computedType(*type)}, {layer.input(0)})};
}

Results readSwish(LayerView& layer) {
    layer.requireInputs(1, 2);
    const float beta = layer.inputCount() > 1 ? layer.realSetting(1, "beta") : layer.real("beta", 1);
    return {layer.emit(Unary{UnaryKind::Swish, beta, 0}, {layer.pointwiseInput(0)})};
}

const OperatorReaders kReaders = {
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

std::vector<Operand> aligned(LayerView& layer, std::vector<Operand> operands) {
    Network& network = layer.network();
    if (std::ranges::none_of(operands, &Operand::channelsFirst))
        return operands;
    const auto canTurn = [&](const Operand& operand) {
        const std::optional<size_t> rank = network.rank(operand);
        return operand.dead || (rank && *rank <= 4);
    };
    if (!std::ranges::all_of(operands, canTurn)) {
        for (Operand& operand : operands)
            operand = network.asInFile(operand, layer.name());
        return operands;
    }
    for (Operand& operand : operands) {
        const size_t rank = network.rank(operand).value_or(0);
        if (operand.channelsFirst || operand.dead || rank == 0)
            continue;
        if (rank < 4) {
            std::vector<int64_t> axes;
            for (size_t axis = 0; axis + rank < 4; ++axis)
                axes.push_back(static_cast<int64_t>(axis));
            const std::string name = operand.name;
            operand = layer.emit(Squeeze{axes, true}, {operand}, "expand");
            operand.name = operand.constant ? name : operand.name;
        }
        operand = network.channelsFirst(operand, layer.name());
    }
    return operands;
}

OperatorReader elementwiseReader(std::string_view op) {
    return readerOf(kReaders, op);
}

} // namespace halftone::tensorflow_format
