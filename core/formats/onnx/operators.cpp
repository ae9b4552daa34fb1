// The table of operators, and those that compute element by element or along axes.
#include "core/formats/onnx/operators.h"

#include "core/formats/onnx/outline.h"
#include "core/formats/onnx/tensors.h"

#include <fmt/format.h>
#include <limits>
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

Layer readClip(LayerView& layer) {
    Unary clip{UnaryKind::Clip, -std::numeric_limits<float>::infinity(),
               std::numeric_limits<float>::infinity()};
    if (layer.opset() < 11) {
        layer.requireInputs(1, 1);
        clip.alpha = layer.real("min", std::numeric_limits<float>::lowest());
        clip.beta = layer.real("max", std::numeric_limits<float>::max());
    } else {
        layer.requireInputs(1, 3);
        if (layer.hasInput(1))
            clip.alpha = layer.realSetting(1, "bounds");
        if (layer.hasInput(2))
            clip.beta = layer.realSetting(2, "bounds");
    }
    return {clip, {layer.input(0)}};
}

template <BinaryKind kind> Layer readBinary(LayerView& layer) {
    layer.requireInputs(2, 2);
    return {Binary{kind, {}}, layer.allInputs()};
}

/// Sum, Min and Max take any number of operands.
template <BinaryKind kind> Layer readVariadic(LayerView& layer) {
    const size_t count = layer.inputCount();
    if (count > 2)
        layer.cannotRun(fmt::format("of {} inputs", count));
    layer.requireInputs(1, 2);
    if (count == 1)
        return {Identity{}, {layer.input(0)}};
    return readBinary<kind>(layer);
}

Layer readGemm(LayerView& layer) {
    layer.requireInputs(layer.opset() < 11 ? 3 : 2, 3);
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

Layer readBatchNormalization(LayerView& layer) {
    layer.requireInputs(5, 5);
    layer.ignore("momentum");
    if (layer.opset() < 9 && !layer.flag("spatial", true))
        layer.cannotRun("with statistics for every element (spatial=0)");
    if (layer.opset() >= 14 && layer.flag("training_mode", false))
        layer.cannotRun("in training mode");
    return {BatchNorm{layer.real("epsilon", 1e-5F)}, layer.allInputs()};
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
        if (kind == ReduceKind::L1 || kind == ReduceKind::L2 || kind == ReduceKind::SumSquare)
            layer.cannotRun("with noop_with_empty_axes");
        return {Identity{}, {layer.input(0)}};
    }
    return {reduce, {layer.input(0)}};
}

Layer readCast(LayerView& layer) {
    layer.requireInputs(1, 1);
    layer.ignore("saturate"); // 8-bit floats only, which are refused
    layer.ignore("round_mode");
    const int64_t to = layer.integer("to");
    const int dataType = to < 0 || to > 1000 ? -1 : static_cast<int>(to);
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
    layer.requireInputs(1, layer.opset() < 12 ? 1 : 3);
    if (layer.hasInput(2) && layer.realSetting(2, "training mode") != 0)
        layer.cannotRun("in training mode");
    return {Identity{}, {layer.input(0)}};
}

const std::unordered_map<std::string_view, OperatorReader> kReaders = {
    {"Abs", readUnary<UnaryKind::Abs>},
    {"Add", readBinary<BinaryKind::Add>},
    {"AveragePool", readAveragePool},
    {"BatchNormalization", readBatchNormalization},
    {"Cast", readCast},
    {"Ceil", readUnary<UnaryKind::Ceil>},
    {"Clip", readClip},
    {"Concat", readConcat},
    {"Conv", readConv},
    {"Div", readBinary<BinaryKind::Div>},
    {"Dropout", readDropout},
    {"Elu", readElu},
    {"Erf", readUnary<UnaryKind::Erf>},
    {"Exp", readUnary<UnaryKind::Exp>},
    {"Flatten", readFlatten},
    {"Floor", readUnary<UnaryKind::Floor>},
    {"Gelu", readGelu},
    {"Gemm", readGemm},
    {"GlobalAveragePool", readGlobalAveragePool},
    {"GlobalMaxPool", readGlobalMaxPool},
    {"HardSigmoid", readHardSigmoid},
    {"HardSwish", readHardSwish},
    {"Identity", readIdentity},
    {"LeakyRelu", readLeakyRelu},
    {"Log", readUnary<UnaryKind::Log>},
    {"LogSoftmax", readSoftmax<true>},
    {"MatMul", readMatMul},
    {"Max", readVariadic<BinaryKind::Max>},
    {"MaxPool", readMaxPool},
    {"Min", readVariadic<BinaryKind::Min>},
    {"Mish", readUnary<UnaryKind::Mish>},
    {"Mul", readBinary<BinaryKind::Mul>},
    {"Neg", readUnary<UnaryKind::Neg>},
    {"Pad", readPad},
    {"Pow", readBinary<BinaryKind::Pow>},
    {"Reciprocal", readUnary<UnaryKind::Reciprocal>},
    {"ReduceL1", readReduce<ReduceKind::L1>},
    {"ReduceL2", readReduce<ReduceKind::L2>},
    {"ReduceMax", readReduce<ReduceKind::Max>},
    {"ReduceMean", readReduce<ReduceKind::Mean>},
    {"ReduceMin", readReduce<ReduceKind::Min>},
    {"ReduceProd", readReduce<ReduceKind::Prod>},
    {"ReduceSum", readReduce<ReduceKind::Sum>},
    {"ReduceSumSquare", readReduce<ReduceKind::SumSquare>},
    {"Relu", readUnary<UnaryKind::Relu>},
    {"Reshape", readReshape},
    {"Sigmoid", readUnary<UnaryKind::Sigmoid>},
    {"Slice", readSlice},
    {"Softmax", readSoftmax<false>},
    {"Softplus", readUnary<UnaryKind::Softplus>},
    {"Sqrt", readUnary<UnaryKind::Sqrt>},
    {"Squeeze", readSqueeze},
    {"Sub", readBinary<BinaryKind::Sub>},
    {"Sum", readVariadic<BinaryKind::Add>},
    {"Tanh", readUnary<UnaryKind::Tanh>},
    {"Transpose", readTranspose},
    {"Unsqueeze", readUnsqueeze},
};

} // namespace

OperatorReader operatorReader(const std::string& domain, std::string_view op) {
    if (const OperatorReader quantized = quantizedReader(domain, op))
        return quantized;
    const auto found = isDefaultDomain(domain) ? kReaders.find(op) : kReaders.end();
    return found == kReaders.end() ? nullptr : found->second;
}

bool belongsToQuantizedModel(std::string_view op) {
    static const std::unordered_set<std::string_view> kOperators = {
        "QuantizeLinear",  "DequantizeLinear",      "DynamicQuantizeLinear", "ConvInteger",
        "MatMulInteger",   "MatMulIntegerToFloat",  "DynamicQuantizeMatMul", "DynamicQuantizeLSTM",
        "QGemm",           "QAttention",            "MatMulNBits",           "QEmbedLayerNormalization"};
    return kOperators.contains(op) || op.starts_with("QLinear");
}

} // namespace halftone::onnx_format
