// SPDX-License-Identifier: GPL-3.0-or-later
// The table of operators, and those that compute element by element or along axes.
#include "core/formats/onnx/operators.h"

#include "core/formats/onnx/inline_branches.h"

#include "core/formats/common/layers.h"
#include "core/formats/onnx/outline.h"
#include "core/formats/onnx/tensors.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

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

/// Whole numbers: the remainder has the sign of the divisor.
Layer readMod(LayerView& layer) {
    if (layer.flag("fmod", false))
        layer.cannotRun("with fmod");
    return readBinary<BinaryKind::FloorMod>(layer);
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

template <bool largest> Layer readArgReduce(LayerView& layer) {
    layer.requireInputs(1, 1);
    const int64_t axis = layer.integer("axis", 0);
    const bool keepDims = layer.flag("keepdims", true);
    return {ArgReduce{largest, axis, keepDims, layer.flag("select_last_index", false)}, {layer.input(0)}};
}

Layer readGemm(LayerView& layer) {
    layer.requireInputs(layer.opset() < 11 ? 3 : 2, 3);
    layer.ignore("broadcast"); // the third operand is repeated wherever it has to be
    Gemm gemm;
    gemm.alpha = layer.real("alpha", 1);
    gemm.beta = layer.real("beta", 1);
    gemm.transA = layer.flag("transA", false);
    gemm.transB = layer.flag("transB", false);
    return {gemm, layer.allInputs()};
}

Layer readMatMul(LayerView& layer) {
    layer.requireInputs(2, 2);
    return {MatMul{}, layer.allInputs()};
}

template <bool log> Layer readSoftmax(LayerView& layer) {
    layer.requireInputs(1, 1);
    const bool coerce2d = layer.opset() < 13;
    return {Softmax{layer.integer("axis", coerce2d ? 1 : -1), coerce2d, log}, {layer.input(0)}};
}

template <ReduceKind kind> Layer readReduce(LayerView& layer) {
    const int64_t axesAreInputSince = kind == ReduceKind::Sum ? 13 : 18;
    Reduce reduce{kind, {}, layer.flag("keepdims", true)};
    if (layer.opset() < axesAreInputSince) {
        layer.requireInputs(1, 1);
        reduce.axes = layer.integers("axes").value_or(std::vector<int64_t>{});
        return {reduce, {layer.input(0)}};
    }
    layer.requireInputs(1, 2);
    if (layer.hasInput(1))
        reduce.axes = layer.integerSetting(1, "axes");
    if (layer.flag("noop_with_empty_axes", false) && reduce.axes.empty()) {
        if (kind != ReduceKind::Mean && kind != ReduceKind::Sum && kind != ReduceKind::Max && kind != ReduceKind::Min &&
            kind != ReduceKind::Prod)
            layer.cannotRun("with noop_with_empty_axes");
        return {Identity{}, {layer.input(0)}};
    }
    return {reduce, {layer.input(0)}};
}

/// Of the enumeration TensorProto.DataType; -1 for a number that it cannot have.
int dataTypeNumber(int64_t number) {
    return number < 0 || number > 1000 ? -1 : static_cast<int>(number);
}

/// By its name, as the operator sets before 6 have it.
int dataTypeNamed(const std::string& name) {
    for (int type = 1; type <= 16; ++type)
        if (dataTypeName(type) == name)
            return type;
    return -1;
}

Layer readCast(LayerView& layer) {
    layer.requireInputs(1, 1);
    layer.ignore("saturate"); // 8-bit floats only, which are refused
    layer.ignore("round_mode");
    const int dataType = layer.opset() < 6 ? dataTypeNamed(layer.text("to", "")) : dataTypeNumber(layer.integer("to"));
    const std::optional<ElementType> type = elementTypeOf(dataType);
    if (!type)
        layer.cannotRun(fmt::format("to {}", dataTypeName(dataType)));
    return {Cast{*type}, {layer.input(0)}};
}

Layer readIdentity(LayerView& layer) {
    layer.requireInputs(1, 1);
    return {Identity{}, {layer.input(0)}};
}

Layer readDropout(LayerView& layer) {
    layer.ignore("ratio");
    layer.ignore("seed");
    layer.ignore("is_test"); // files that were made to be run leave it out
    layer.requireInputs(1, layer.opset() < 12 ? 1 : 3);
    const bool training = layer.hasInput(2) && layer.realSetting(2, "training mode") != 0;
    if (training && (!layer.hasInput(1) || layer.realSetting(1, "a ratio") != 0))
        layer.cannotRun("in training mode");
    const ValueId x = layer.input(0);
    if (layer.outputCount() < 2)
        return {Identity{}, {x}};
    const ValueId y = layer.step(Identity{}, {x});
    // Everything is kept; no number is less than itself, not even one that is none.
    const ValueId never = layer.step(Binary{BinaryKind::Less, {}}, {x, x});
    return {.results = {y, layer.step(Unary{UnaryKind::Not}, {never})}};
}

const std::unordered_map<std::string_view, OperatorReader> kReaders = {
    {"Abs", readUnary<UnaryKind::Abs>},
    {"Add", readBinary<BinaryKind::Add>},
    {"And", readBinary<BinaryKind::And>},
    {"ArgMax", readArgReduce<true>},
    {"ArgMin", readArgReduce<false>},
    {"Attention", readAttention},
    {"AveragePool", readAveragePool},
    {"BatchNormalization", readBatchNormalization},
    {"Cast", readCast},
    {"Ceil", readUnary<UnaryKind::Ceil>},
    {"Celu", readCelu},
    {"Clip", readClip},
    {"Concat", readConcat},
    {"ConstantOfShape", readConstantOfShape},
    {"Conv", readConv},
    {"ConvTranspose", readConvTranspose},
    {"Cos", readUnary<UnaryKind::Cos>},
    {"CumSum", readCumSum},
    {"DepthToSpace", readDepthToSpace},
    {"Div", readBinary<BinaryKind::Div>},
    {"Dropout", readDropout},
    {"Einsum", readEinsum},
    {"Elu", readElu},
    {"Equal", readBinary<BinaryKind::Equal>},
    {"Erf", readUnary<UnaryKind::Erf>},
    {"Exp", readUnary<UnaryKind::Exp>},
    {"Expand", readExpand},
    {"Flatten", readFlatten},
    {"Floor", readUnary<UnaryKind::Floor>},
    {"GRU", readRecurrent<RecurrentKind::Gru>},
    {"Gather", readGather},
    {"GatherElements", readGatherElements},
    {"GatherND", readGatherNd},
    {"Gelu", readGelu},
    {"Gemm", readGemm},
    {"GlobalAveragePool", readGlobalAveragePool},
    {"GlobalMaxPool", readGlobalMaxPool},
    {"Greater", readBinary<BinaryKind::Greater>},
    {"GreaterOrEqual", readBinary<BinaryKind::GreaterOrEqual>},
    {"GroupNormalization", readGroupNormalization},
    {"HardSigmoid", readHardSigmoid},
    {"HardSwish", readHardSwish},
    {"Identity", readIdentity},
    {"InstanceNormalization", readInstanceNormalization},
    {"IsInf", readIsInf},
    {"IsNaN", readIsNan},
    {"LRN", readLrn},
    {"LSTM", readRecurrent<RecurrentKind::Lstm>},
    {"LayerNormalization", readLayerNormalization},
    {"LeakyRelu", readLeakyRelu},
    {"Less", readBinary<BinaryKind::Less>},
    {"LessOrEqual", readBinary<BinaryKind::LessOrEqual>},
    {"Log", readUnary<UnaryKind::Log>},
    {"LogSoftmax", readSoftmax<true>},
    {"MatMul", readMatMul},
    {"Max", readVariadic<BinaryKind::Max>},
    {"MaxPool", readMaxPool},
    {"Mean", readMean},
    {"MeanVarianceNormalization", readMeanVarianceNormalization},
    {"Min", readVariadic<BinaryKind::Min>},
    {"Mish", readUnary<UnaryKind::Mish>},
    {"Mod", readMod},
    {"Mul", readBinary<BinaryKind::Mul>},
    {"Neg", readUnary<UnaryKind::Neg>},
    {"NonZero", readNonZero},
    {"Not", readUnary<UnaryKind::Not>},
    {"OneHot", readOneHot},
    {"Or", readBinary<BinaryKind::Or>},
    {"PRelu", readPRelu},
    {"Pad", readPad},
    {"Pow", readBinary<BinaryKind::Pow>},
    {"RMSNormalization", readRmsNormalization},
    {"RNN", readRecurrent<RecurrentKind::Rnn>},
    {"Range", readRange},
    {"Reciprocal", readUnary<UnaryKind::Reciprocal>},
    {"ReduceL1", readReduce<ReduceKind::L1>},
    {"ReduceL2", readReduce<ReduceKind::L2>},
    {"ReduceLogSum", readReduce<ReduceKind::LogSum>},
    {"ReduceLogSumExp", readReduce<ReduceKind::LogSumExp>},
    {"ReduceMax", readReduce<ReduceKind::Max>},
    {"ReduceMean", readReduce<ReduceKind::Mean>},
    {"ReduceMin", readReduce<ReduceKind::Min>},
    {"ReduceProd", readReduce<ReduceKind::Prod>},
    {"ReduceSum", readReduce<ReduceKind::Sum>},
    {"ReduceSumSquare", readReduce<ReduceKind::SumSquare>},
    {"Relu", readUnary<UnaryKind::Relu>},
    {"Reshape", readReshape},
    {"Resize", readResize},
    {"RotaryEmbedding", readRotaryEmbedding},
    {"Round", readUnary<UnaryKind::Round>},
    {"Scatter", readScatterElements},
    {"ScatterElements", readScatterElements},
    {"ScatterND", readScatterNd},
    {"Selu", readSelu},
    {"Shape", readShape},
    {"Sigmoid", readUnary<UnaryKind::Sigmoid>},
    {"Sign", readUnary<UnaryKind::Sign>},
    {"SimplifiedLayerNormalization", readRmsNormalization},
    {"Sin", readUnary<UnaryKind::Sin>},
    {"Size", readSize},
    {"Slice", readSlice},
    {"Softmax", readSoftmax<false>},
    {"Softplus", readUnary<UnaryKind::Softplus>},
    {"Softsign", readUnary<UnaryKind::Softsign>},
    {"SpaceToDepth", readSpaceToDepth},
    {"Split", readSplit},
    {"Sqrt", readUnary<UnaryKind::Sqrt>},
    {"Squeeze", readSqueeze},
    {"Sub", readBinary<BinaryKind::Sub>},
    {"Sum", readVariadic<BinaryKind::Add>},
    {"Swish", readSwish},
    {"Tanh", readUnary<UnaryKind::Tanh>},
    {"ThresholdedRelu", readThresholdedRelu},
    {"Tile", readTile},
    {"TopK", readTopK},
    {"Transpose", readTranspose},
    {"Trilu", readTrilu},
    {"Unsqueeze", readUnsqueeze},
    {"Upsample", readUpsample},
    {"Where", readWhere},
    {"Xor", readBinary<BinaryKind::Xor>},
};

} // namespace

OperatorReader operatorReader(const std::string& domain, std::string_view op) {
    if (const OperatorReader quantized = quantizedReader(domain, op))
        return quantized;
    if (domain == "com.microsoft")
        return microsoftReader(op);
    if (domain == kBranchDomain)
        return readBranches;
    const auto found = isDefaultDomain(domain) ? kReaders.find(op) : kReaders.end();
    return found == kReaders.end() ? nullptr : found->second;
}

bool belongsToQuantizedModel(std::string_view op) {
    static const std::unordered_set<std::string_view> kOperators = {
        "QuantizeLinear", "DequantizeLinear",     "DynamicQuantizeLinear", "ConvInteger",
        "MatMulInteger",  "MatMulIntegerToFloat", "DynamicQuantizeMatMul", "DynamicQuantizeLSTM",
        "QGemm",          "QAttention",           "MatMulNBits",           "QEmbedLayerNormalization"};
    return kOperators.contains(op) || op.starts_with("QLinear");
}

} // namespace halftone::onnx_format
