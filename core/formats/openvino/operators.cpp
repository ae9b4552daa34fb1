// SPDX-License-Identifier: GPL-3.0-or-later
// The table of operators, and those that compute element by element or along dimensions.
#include "core/formats/openvino/operators.h"

#include "core/formats/common/layers.h"

#include <algorithm>
#include <unordered_map>

namespace halftone::openvino_format {

namespace {

template <UnaryKind kind> void readUnary(LayerView& layer) {
    layer.requireInputs(1, 1);
    layer.result(Unary{kind}, {layer.input(0)});
}

void unary(LayerView& layer, Unary op) {
    layer.result(op, {layer.input(0)});
}

void readClamp(LayerView& layer) {
    layer.requireInputs(1, 1);
    unary(layer, Unary{UnaryKind::Clip, layer.real("min"), layer.real("max")});
}

void readElu(LayerView& layer) {
    layer.requireInputs(1, 1);
    unary(layer, Unary{UnaryKind::Elu, layer.real("alpha")});
}

void readHSwish(LayerView& layer) {
    layer.requireInputs(1, 1);
    unary(layer, Unary{UnaryKind::HardSwish, 1.0F / 6, 0.5F});
}

void readHSigmoid(LayerView& layer) {
    layer.requireInputs(1, 1);
    unary(layer, Unary{UnaryKind::HardSigmoid, 1.0F / 6, 0.5F});
}

void readHardSigmoid(LayerView& layer) {
    layer.requireInputs(3, 3);
    const float alpha = layer.realSetting(1, "alpha");
    unary(layer, Unary{UnaryKind::HardSigmoid, alpha, layer.realSetting(2, "beta")});
}

void readSelu(LayerView& layer) {
    layer.requireInputs(3, 3);
    const float alpha = layer.realSetting(1, "alpha");
    unary(layer, Unary{UnaryKind::Selu, alpha, layer.realSetting(2, "lambda")});
}

void readSwish(LayerView& layer) {
    layer.requireInputs(1, 2);
    unary(layer, Unary{UnaryKind::Swish, layer.inputCount() > 1 ? layer.realSetting(1, "beta") : 1});
}

void readGelu(LayerView& layer) {
    layer.requireInputs(1, 1);
    std::string mode = layer.text("approximation_mode", "erf");
    std::transform(mode.begin(), mode.end(), mode.begin(), [](unsigned char c) { return std::tolower(c); });
    unary(layer, Unary{mode == "tanh" ? UnaryKind::GeluTanh : UnaryKind::Gelu});
}

void readRound(LayerView& layer) {
    layer.requireInputs(1, 1);
    if (layer.text("mode", "half_to_even") != "half_to_even")
        layer.cannotRun("with halves away from zero");
    unary(layer, Unary{UnaryKind::Round});
}

void requireNumpy(LayerView& layer) {
    const std::string mode = layer.text("auto_broadcast", "numpy");
    if (mode != "numpy" && mode != "none")
        layer.cannotRun("with broadcasting like " + mode);
}

template <BinaryKind kind> void readBinary(LayerView& layer) {
    layer.requireInputs(2, 2);
    requireNumpy(layer);
    layer.result(Binary{kind, {}}, layer.allInputs());
}

void readSquaredDifference(LayerView& layer) {
    layer.requireInputs(2, 2);
    requireNumpy(layer);
    const ValueId difference = layer.writer().add(Binary{BinaryKind::Sub, {}}, layer.allInputs());
    layer.result(Unary{UnaryKind::Square}, {difference});
}

void readNotEqual(LayerView& layer) {
    layer.requireInputs(2, 2);
    requireNumpy(layer);
    layer.result(Unary{UnaryKind::Not}, {layer.writer().add(Binary{BinaryKind::Equal, {}}, layer.allInputs())});
}

void readSelect(LayerView& layer) {
    layer.requireInputs(3, 3);
    requireNumpy(layer);
    layer.result(Where{}, layer.allInputs());
}

/// A list of slopes belongs to dimension 1, whatever numpy would do with it.
void readPRelu(LayerView& layer) {
    layer.requireInputs(2, 2);
    const Tensor* slope = layer.constant(1);
    if (slope && slope->elements() > 0) {
        const std::vector<float> values = slope->toFloats();
        if (std::all_of(values.begin(), values.end(), [&](float value) { return value == values.front(); })) {
            unary(layer, Unary{UnaryKind::LeakyRelu, values.front()});
            return;
        }
    }
    const Shape* shape = layer.shape(1);
    ValueId slopes = layer.input(1);
    if (shape && shape->size() == 1 && layer.rank(0) > 2) {
        Shape target(layer.rank(0) - 1, 1);
        target.front() = shape->front();
        slopes = slope
                     ? layer.writer().constant(layer.inputName(1), Tensor::fromBytes(slope->type, target, slope->bytes))
                     : layer.writer().addBefore(Reshape{target, true}, {slopes});
    }
    layer.result(Binary{BinaryKind::PRelu, {}}, {layer.input(0), slopes});
}

/// x with its last two dimensions exchanged.
ValueId swapped(LayerView& layer, size_t index) {
    if (layer.rank(index) < 2)
        layer.fail("transposes an operand of less than 2 dimensions");
    return layer.writer().addBefore(Transpose{swappedEnds(layer.rank(index))}, {layer.input(index)});
}

void readMatMul(LayerView& layer) {
    layer.requireInputs(2, 2);
    const bool transA = layer.flag("transpose_a", false), transB = layer.flag("transpose_b", false);
    const Shape *a = layer.shape(0), *b = layer.shape(1);
    if (a && b && a->size() == 2 && b->size() == 2) {
        layer.productResult(Gemm{1, 1, transA, transB}, layer.allInputs());
        return;
    }
    const auto operand = [&](size_t index, bool transposed) {
        // A vector is not transposed, whatever the attribute says.
        return transposed && layer.rank(index) > 1 ? swapped(layer, index) : layer.input(index);
    };
    const ValueId left = operand(0, transA);
    layer.productResult(MatMul{}, {left, operand(1, transB)});
}

template <bool log> void readSoftmax(LayerView& layer) {
    layer.requireInputs(1, 1);
    layer.result(Softmax{layer.integer("axis", log ? -1 : 1), false, log}, {layer.input(0)});
}

template <ReduceKind kind> void readReduce(LayerView& layer) {
    layer.requireInputs(2, 2);
    const Reduce op{kind, layer.integerSetting(1, "dimensions"), layer.flag("keep_dims", false)};
    if (op.axes.empty())
        layer.result(Identity{}, {layer.input(0)});
    else
        layer.result(op, {layer.input(0)});
}

/// Inputs since opset 5: x, gamma, beta, mean, variance; before: gamma, beta, x, mean, variance.
void readBatchNorm(LayerView& layer) {
    layer.requireInputs(5, 5);
    const BatchNorm op{layer.real("epsilon"), {}};
    const Shape* first = layer.shape(0);
    const bool gammaFirst = first && first->size() == 1;
    const size_t x = gammaFirst ? 2 : 0, gamma = gammaFirst ? 0 : 1, beta = gammaFirst ? 1 : 2;
    layer.result(op, {layer.input(x), layer.input(gamma), layer.input(beta), layer.input(3), layer.input(4)});
}

void readLrn(LayerView& layer) {
    layer.requireInputs(2, 2);
    if (layer.integerSetting(1, "dimensions") != std::vector<int64_t>{1})
        layer.cannotRun("along other dimensions than the channels");
    layer.result(Lrn{layer.integer("size"), layer.real("alpha"), layer.real("beta"), layer.real("bias")},
                 {layer.input(0)});
}

/// x / sqrt(sum of x^2 + eps), or the larger of both instead of the sum.
void readNormalizeL2(LayerView& layer) {
    layer.requireInputs(2, 2);
    const std::vector<int64_t> axes = layer.integerSetting(1, "dimensions");
    const std::string mode = layer.text("eps_mode", "add");
    if (mode != "add" && mode != "max")
        layer.fail("has an eps_mode that OpenVINO does not know");
    const std::vector<float> eps{layer.real("eps")};
    LayerWriter& writer = layer.writer();
    const ValueId x = layer.input(0);
    const ValueId least = writer.constant(layer.output() + "_eps", Tensor::fromFloats({}, eps));
    const ValueId sum = writer.add(Reduce{ReduceKind::SumSquare, axes, true}, {x});
    const ValueId guarded = writer.add(Binary{mode == "add" ? BinaryKind::Add : BinaryKind::Max, {}}, {sum, least});
    layer.result(Binary{BinaryKind::Div, {}}, {x, writer.add(Unary{UnaryKind::Sqrt}, {guarded})});
}

void readIdentity(LayerView& layer) {
    layer.requireInputs(1, 1);
    layer.result(Identity{}, {layer.input(0)});
}

const std::unordered_map<std::string_view, OperatorReader> kReaders = {
    {"Abs", readUnary<UnaryKind::Abs>},
    {"Add", readBinary<BinaryKind::Add>},
    {"AvgPool", readAvgPool},
    {"BatchNormInference", readBatchNorm},
    {"Broadcast", readBroadcast},
    {"Ceiling", readUnary<UnaryKind::Ceil>},
    {"Clamp", readClamp},
    {"Concat", readConcat},
    {"Convert", readConvert},
    {"Convolution", readConvolution},
    {"ConvolutionBackpropData", readConvolutionBackpropData},
    {"Cos", readUnary<UnaryKind::Cos>},
    {"DepthToSpace", readDepthToSpace},
    {"Divide", readBinary<BinaryKind::Div>},
    {"Elu", readElu},
    {"Equal", readBinary<BinaryKind::Equal>},
    {"Erf", readUnary<UnaryKind::Erf>},
    {"Exp", readUnary<UnaryKind::Exp>},
    {"FakeQuantize", readFakeQuantize},
    {"Floor", readUnary<UnaryKind::Floor>},
    {"FloorMod", readBinary<BinaryKind::FloorMod>},
    {"Gelu", readGelu},
    {"Greater", readBinary<BinaryKind::Greater>},
    {"GreaterEqual", readBinary<BinaryKind::GreaterOrEqual>},
    {"GroupConvolution", readGroupConvolution},
    {"GroupConvolutionBackpropData", readGroupConvolutionBackpropData},
    {"HSigmoid", readHSigmoid},
    {"HSwish", readHSwish},
    {"HardSigmoid", readHardSigmoid},
    {"Identity", readIdentity},
    {"Interpolate", readInterpolate},
    {"LRN", readLrn},
    {"Less", readBinary<BinaryKind::Less>},
    {"LessEqual", readBinary<BinaryKind::LessOrEqual>},
    {"Log", readUnary<UnaryKind::Log>},
    {"LogSoftmax", readSoftmax<true>},
    {"LogicalAnd", readBinary<BinaryKind::And>},
    {"LogicalNot", readUnary<UnaryKind::Not>},
    {"LogicalOr", readBinary<BinaryKind::Or>},
    {"LogicalXor", readBinary<BinaryKind::Xor>},
    {"MatMul", readMatMul},
    {"MaxPool", readMaxPool},
    {"Maximum", readBinary<BinaryKind::Max>},
    {"Minimum", readBinary<BinaryKind::Min>},
    {"Mish", readUnary<UnaryKind::Mish>},
    {"Multiply", readMultiply},
    {"Negative", readUnary<UnaryKind::Neg>},
    {"NormalizeL2", readNormalizeL2},
    {"NotEqual", readNotEqual},
    {"PReLU", readPRelu},
    {"Pad", readPad},
    {"Power", readBinary<BinaryKind::Pow>},
    {"Range", readRange},
    {"ReLU", readUnary<UnaryKind::Relu>},
    {"ReduceL1", readReduce<ReduceKind::L1>},
    {"ReduceL2", readReduce<ReduceKind::L2>},
    {"ReduceMax", readReduce<ReduceKind::Max>},
    {"ReduceMean", readReduce<ReduceKind::Mean>},
    {"ReduceMin", readReduce<ReduceKind::Min>},
    {"ReduceProd", readReduce<ReduceKind::Prod>},
    {"ReduceSum", readReduce<ReduceKind::Sum>},
    {"Reshape", readReshape},
    {"Round", readRound},
    {"Select", readSelect},
    {"Selu", readSelu},
    {"ShapeOf", readShapeOf},
    {"ShuffleChannels", readShuffleChannels},
    {"Sigmoid", readUnary<UnaryKind::Sigmoid>},
    {"Sign", readUnary<UnaryKind::Sign>},
    {"Sin", readUnary<UnaryKind::Sin>},
    {"Slice", readSlice},
    {"SoftMax", readSoftmax<false>},
    {"SoftPlus", readUnary<UnaryKind::Softplus>},
    {"SoftSign", readUnary<UnaryKind::Softsign>},
    {"Softmax", readSoftmax<false>},
    {"SpaceToDepth", readSpaceToDepth},
    {"Split", readSplit},
    {"Sqrt", readUnary<UnaryKind::Sqrt>},
    {"SquaredDifference", readSquaredDifference},
    {"Squeeze", readSqueeze},
    {"StridedSlice", readStridedSlice},
    {"Subtract", readSubtract},
    {"Swish", readSwish},
    {"Tanh", readUnary<UnaryKind::Tanh>},
    {"Tile", readTile},
    {"Transpose", readTranspose},
    {"Unsqueeze", readUnsqueeze},
    {"VariadicSplit", readVariadicSplit},
};

} // namespace

OperatorReader operatorReader(std::string_view type) {
    if (const auto found = kReaders.find(type); found != kReaders.end())
        return found->second;
    for (const auto family : {indexReader, logicReader, normalizationReader, sequenceReader, stateReader})
        if (const OperatorReader reader = family(type))
            return reader;
    return nullptr;
}

bool makesAllOutputs(std::string_view type) {
    return type == "Split" || type == "VariadicSplit" || type == "TopK" || sequenceReader(type);
}

std::optional<ElementType> elementTypeOf(std::string_view name) {
    static const std::unordered_map<std::string_view, ElementType> types = {
        {"f32", ElementType::F32},     {"f16", ElementType::F16}, {"bf16", ElementType::BF16},
        {"f64", ElementType::F64},     {"i8", ElementType::S8},   {"u8", ElementType::U8},
        {"i16", ElementType::S16},     {"u16", ElementType::U16}, {"i32", ElementType::S32},
        {"u32", ElementType::U32},     {"i64", ElementType::S64}, {"u64", ElementType::U64},
        {"boolean", ElementType::Bool}};
    const auto found = types.find(name);
    return found == types.end() ? std::nullopt : std::optional(found->second);
}

} // namespace halftone::openvino_format
