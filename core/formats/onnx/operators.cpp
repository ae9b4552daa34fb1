// SPDX-License-Identifier: GPL-3.0-or-later
// The table of operators, and those that compute along axes or on matrices.
#include "core/formats/onnx/operators.h"

#include "core/base/text.h"
#include "core/formats/onnx/inline_branches.h"
#include "core/formats/onnx/outline.h"
#include "core/formats/onnx/tensors.h"

#include <fmt/format.h>
#include <unordered_map>
#include <unordered_set>

namespace halftone::onnx_format {

namespace {

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

Layer readDet(LayerView& layer) {
    layer.requireInputs(1, 1);
    return {Det{}, {layer.input(0)}};
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
    if (layer.opset() >= 6) {
        if (!layer.has("to"))
            layer.fail("lacks the attribute to");
        return {Cast{layer.elementType("to", ElementType::F32)}, {layer.input(0)}};
    }
    const std::string given = layer.text("to", "");
    const std::optional<ElementType> type = elementTypeOf(dataTypeNamed(given));
    if (!type)
        layer.cannotRun(fmt::format("to {}", displayText(given, 32)));
    return {Cast{*type}, {layer.input(0)}};
}

Layer readCastLike(LayerView& layer) {
    layer.requireInputs(2, 2);
    layer.ignore("saturate");
    layer.ignore("round_mode");
    return {Cast{layer.type(1)}, {layer.input(0)}};
}

Layer readIdentity(LayerView& layer) {
    if (!layer.isMissing(0))
        layer.requireInputs(1, 1);
    return passedOn(layer, 0);
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

const std::unordered_map<std::string_view, OperatorReader> kMainReaders = {
    {"AffineGrid", readAffineGrid},
    {"ArgMax", readArgReduce<true>},
    {"ArgMin", readArgReduce<false>},
    {"Attention", readAttention},
    {"AveragePool", readAveragePool},
    {"BatchNormalization", readBatchNormalization},
    {"Bernoulli", readBernoulli},
    {"BlackmanWindow", readBlackmanWindow},
    {"Cast", readCast},
    {"CastLike", readCastLike},
    {"CenterCropPad", readCenterCropPad},
    {"Col2Im", readCol2Im},
    {"Compress", readCompress},
    {"Concat", readConcat},
    {"ConcatFromSequence", readConcatFromSequence},
    {"ConstantOfShape", readConstantOfShape},
    {"Conv", readConv},
    {"ConvTranspose", readConvTranspose},
    {"CumSum", readCumSum},
    {"DFT", readDft},
    {"DepthToSpace", readDepthToSpace},
    {"Det", readDet},
    {"Dropout", readDropout},
    {"Einsum", readEinsum},
    {"Expand", readExpand},
    {"EyeLike", readEyeLike},
    {"Flatten", readFlatten},
    {"GRU", readRecurrent<RecurrentKind::Gru>},
    {"Gather", readGather},
    {"GatherElements", readGatherElements},
    {"GatherND", readGatherNd},
    {"Gemm", readGemm},
    {"GlobalAveragePool", readGlobalAveragePool},
    {"GlobalLpPool", readGlobalLpPool},
    {"GlobalMaxPool", readGlobalMaxPool},
    {"GridSample", readGridSample},
    {"GroupNormalization", readGroupNormalization},
    {"HammingWindow", readHammingWindow},
    {"HannWindow", readHannWindow},
    {"Hardmax", readHardmax},
    {"Identity", readIdentity},
    {"InstanceNormalization", readInstanceNormalization},
    {"IsInf", readIsInf},
    {"IsNaN", readIsNan},
    {"LRN", readLrn},
    {"LSTM", readRecurrent<RecurrentKind::Lstm>},
    {"LayerNormalization", readLayerNormalization},
    {"LogSoftmax", readSoftmax<true>},
    {"LpNormalization", readLpNormalization},
    {"LpPool", readLpPool},
    {"MatMul", readMatMul},
    {"MaxPool", readMaxPool},
    {"MaxUnpool", readMaxUnpool},
    {"MeanVarianceNormalization", readMeanVarianceNormalization},
    {"MelWeightMatrix", readMelWeightMatrix},
    {"NegativeLogLikelihoodLoss", readNegativeLogLikelihoodLoss},
    {"NonMaxSuppression", readNonMaxSuppression},
    {"NonZero", readNonZero},
    {"OneHot", readOneHot},
    {"Optional", readOptional},
    {"OptionalGetElement", readOptionalGetElement},
    {"OptionalHasElement", readOptionalHasElement},
    {"Pad", readPad},
    {"RMSNormalization", readRmsNormalization},
    {"RNN", readRecurrent<RecurrentKind::Rnn>},
    {"RandomNormal", readRandom<true>},
    {"RandomNormalLike", readRandomLike<true>},
    {"RandomUniform", readRandom<false>},
    {"RandomUniformLike", readRandomLike<false>},
    {"Range", readRange},
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
    {"Reshape", readReshape},
    {"Resize", readResize},
    {"ReverseSequence", readReverseSequence},
    {"RoiAlign", readRoiAlign},
    {"RotaryEmbedding", readRotaryEmbedding},
    {"STFT", readStft},
    {"Scatter", readScatterElements},
    {"ScatterElements", readScatterElements},
    {"ScatterND", readScatterNd},
    {"SequenceAt", readSequenceAt},
    {"SequenceConstruct", readSequenceConstruct},
    {"SequenceEmpty", readSequenceEmpty},
    {"SequenceErase", readSequenceErase},
    {"SequenceInsert", readSequenceInsert},
    {"SequenceLength", readSequenceLength},
    {"Shape", readShape},
    {"SimplifiedLayerNormalization", readRmsNormalization},
    {"Size", readSize},
    {"Slice", readSlice},
    {"Softmax", readSoftmax<false>},
    {"SoftmaxCrossEntropyLoss", readSoftmaxCrossEntropyLoss},
    {"SpaceToDepth", readSpaceToDepth},
    {"Split", readSplit},
    {"SplitToSequence", readSplitToSequence},
    {"Squeeze", readSqueeze},
    {"TfIdfVectorizer", readTfIdfVectorizer},
    {"Tile", readTile},
    {"TopK", readTopK},
    {"Transpose", readTranspose},
    {"Trilu", readTrilu},
    {"Unique", readUnique},
    {"Unsqueeze", readUnsqueeze},
    {"Upsample", readUpsample},
};

} // namespace

OperatorReader operatorReader(const std::string& domain, std::string_view op) {
    if (const OperatorReader quantized = quantizedReader(domain, op))
        return quantized;
    if (domain == "com.microsoft")
        return microsoftReader(op);
    if (domain == kBranchDomain)
        return readBranches;
    if (!isDefaultDomain(domain))
        return nullptr;
    const auto found = kMainReaders.find(op);
    return found == kMainReaders.end() ? elementwiseReader(op) : found->second;
}

bool belongsToQuantizedModel(std::string_view op) {
    static const std::unordered_set<std::string_view> kOperators = {
        "QuantizeLinear", "DequantizeLinear",     "DynamicQuantizeLinear", "ConvInteger",
        "MatMulInteger",  "MatMulIntegerToFloat", "DynamicQuantizeMatMul", "DynamicQuantizeLSTM",
        "QGemm",          "QAttention",           "MatMulNBits",           "QEmbedLayerNormalization"};
    return kOperators.contains(op) || op.starts_with("QLinear");
}

} // namespace halftone::onnx_format
