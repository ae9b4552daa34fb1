// SPDX-License-Identifier: GPL-3.0-or-later
// The table of operators, and those that compute element by element or along dimensions.
#include "core/formats/tflite/operators.h"

#include "core/formats/tensorflow/fake_quant.h"
#include "core/graph/element.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <iterator>
#include <sstream>
#include <unordered_map>

namespace halftone::tflite_format {

namespace {

/// By code.
constexpr const char* kNames =
    "ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP FLOOR "
    "FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOGISTIC "
    "LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX "
    "SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD "
    "UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE "
    "UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE "
    "BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL "
    "LESS_EQUAL SELECT SLICE SIN TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT "
    "RSQRT SHAPE POW ARG_MIN FAKE_QUANT REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT "
    "UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD RANGE RESIZE_NEAREST_NEIGHBOR "
    "LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK "
    "ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE NON_MAX_SUPPRESSION_V4 "
    "NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL - CUMSUM CALL_ONCE BROADCAST_TO "
    "RFFT2D CONV_3D IMAG REAL COMPLEX_ABS HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL "
    "CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL BUCKETIZE "
    "RANDOM_UNIFORM MULTINOMIAL GELU DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX "
    "UNSORTED_SEGMENT_SUM ATAN2 UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT ";

constexpr uint8_t kSoftmax = 9, kAdd = 11, kL2Norm = 12, kMul = 21, kSub = 28, kDiv = 29, kFakeQuant = 58,
                  kLeakyRelu = 75, kBatchMatMul = 101, kGelu = 116;

void unary(LayerView& layer, Unary op) {
    layer.requireInputs(1, 1);
    layer.result({op, {layer.input(0)}});
}

template <UnaryKind kind> void readUnary(LayerView& layer) {
    unary(layer, Unary{kind});
}

template <int low, int high> void readClip(LayerView& layer) {
    unary(layer, Unary{UnaryKind::Clip, low, high});
}

void readHardSwish(LayerView& layer) {
    unary(layer, Unary{UnaryKind::HardSwish, 1.0F / 6, 0.5F});
}

void readElu(LayerView& layer) {
    unary(layer, Unary{UnaryKind::Elu, 1});
}

void readLeakyRelu(LayerView& layer) {
    unary(layer, Unary{UnaryKind::LeakyRelu, layer.options<schema::LeakyRelu>(kLeakyRelu).alpha()});
}

void readGelu(LayerView& layer) {
    const auto* options = layer.optionsOrNull<schema::Gelu>(kGelu);
    unary(layer, Unary{options && options->approximate() ? UnaryKind::GeluTanh : UnaryKind::Gelu});
}

std::vector<Oriented> alignedInputs(LayerView& layer) {
    return layer.writer().aligned(layer.allInputs());
}

void binary(LayerView& layer, BinaryKind kind, schema::Activation activation) {
    layer.requireInputs(2, 2);
    layer.result({Binary{kind, {}}, alignedInputs(layer)}, activation);
}

template <BinaryKind kind> void readBinary(LayerView& layer) {
    binary(layer, kind, schema::Activation::None);
}

template <BinaryKind kind, uint8_t options> void readActivatedBinary(LayerView& layer) {
    const auto* settings = layer.optionsOrNull<schema::Activated>(options);
    binary(layer, kind, settings ? settings->activation() : schema::Activation::None);
}

void readAddN(LayerView& layer) {
    layer.requireInputs(2, 256);
    const std::vector<Oriented> operands = alignedInputs(layer);
    Oriented sum = operands.front();
    for (size_t i = 1; i + 1 < operands.size(); ++i)
        sum = layer.writer().add({Binary{BinaryKind::Add, {}}, {sum, operands[i]}});
    layer.result({Binary{BinaryKind::Add, {}}, {sum, operands.back()}});
}

void readSquaredDifference(LayerView& layer) {
    layer.requireInputs(2, 2);
    layer.result({Unary{UnaryKind::Square}, {layer.writer().add({Binary{BinaryKind::Sub, {}}, alignedInputs(layer)})}});
}

/// Along the last dimension, the channels of a picture.
int64_t lastAxis(LayerView& layer, const Oriented& x) {
    const auto rank = static_cast<int64_t>(layer.rank(0));
    if (rank == 0)
        layer.fail("has an operand without dimensions");
    return x.axis(rank - 1);
}

void softmax(LayerView& layer, float beta, bool log) {
    layer.requireInputs(1, 1);
    Oriented x = layer.input(0);
    const Softmax op{lastAxis(layer, x), false, log};
    if (beta != 1) {
        const Oriented factor =
            layer.writer().constant(layer.output() + "_beta", Tensor::fromFloats({}, std::vector<float>{beta}));
        x = layer.writer().addBefore({Binary{BinaryKind::Mul, {}}, {x, factor}});
    }
    layer.result({op, {x}});
}

void readSoftmax(LayerView& layer) {
    softmax(layer, layer.options<schema::Softmax>(kSoftmax).beta(), false);
}

void readLogSoftmax(LayerView& layer) {
    softmax(layer, 1, true);
}

/// x / sqrt(max(sum of x^2, 1e-6)) along the channels.
void readL2Normalization(LayerView& layer) {
    layer.requireInputs(1, 1);
    OrientedWriter& writer = layer.writer();
    const auto* options = layer.optionsOrNull<schema::Activated>(kL2Norm);
    const Oriented x = layer.input(0);
    const Oriented least =
        writer.constant(layer.output() + "_least", Tensor::fromFloats({}, std::vector<float>{1e-6F}));
    const Oriented sum = writer.add({Reduce{ReduceKind::SumSquare, {lastAxis(layer, x)}, true}, {x}});
    const Oriented length =
        writer.add({Unary{UnaryKind::Sqrt}, {writer.add({Binary{BinaryKind::Max, {}}, {sum, least}})}});
    layer.result({Binary{BinaryKind::Div, {}}, {x, length}},
                 options ? options->activation() : schema::Activation::None);
}

template <ReduceKind kind> void readReduce(LayerView& layer) {
    layer.requireInputs(2, 2);
    const auto* options = layer.optionsOrNull<schema::Reducer>(kReducer);
    std::vector<int64_t> axes;
    for (const int64_t axis : layer.integers(1, "dimensions"))
        if (const int64_t inFile = layer.axis(0, axis); std::ranges::count(axes, inFile) == 0)
            axes.push_back(inFile);
    layer.result(reduced(layer.writer(), layer.input(0), kind, axes, options && options->keep_dims()));
}

/// To codes, or to codes on another grid: nothing but the grid changes.
void readQuantize(LayerView& layer) {
    layer.requireInputs(1, 1);
    layer.result({Identity{}, {layer.input(0)}});
}

/// Rounds as int8 would, as TensorFlow's FakeQuantWithMinMaxArgs does: the result lies on the grid.
void readFakeQuant(LayerView& layer) {
    layer.requireInputs(1, 1);
    const auto& options = layer.options<schema::FakeQuant>(kFakeQuant);
    const float min = options.min(), max = options.max();
    const int bits = options.num_bits();
    if (!std::isfinite(min) || !std::isfinite(max) || !(min < max) || bits < 2 || bits > 16)
        layer.fail(fmt::format("rounds to {} bits from {} to {}, which is no grid", bits, min, max));
    if (bits > 8)
        layer.cannotRun(fmt::format("to {} bits", bits));
    const auto range = tensorflow_format::nudgedRange(min, max, bits, options.narrow_range());
    if (layer.isConstant(0)) {
        const Tensor& tensor = layer.setting(0, "weights");
        std::vector<float> values = tensor.toFloats();
        for (float& value : values)
            value = range.rounded(value);
        layer.constantResult(Tensor::fromFloats(tensor.shape, values), tensorflow_format::signedGrid(range, bits));
        return;
    }
    Oriented x = layer.input(0);
    if (options.narrow_range() || bits < 8) // 8-bit codes reach further
        x = layer.writer().add({Unary{UnaryKind::Clip, range.lowest, range.highest}, {x}});
    layer.resultOn(tensorflow_format::unsignedGrid(range), {Identity{}, {x}});
}

/// Of codes to what they mean, or of 16-bit weights to fp32; both were read as fp32.
void readDequantize(LayerView& layer) {
    layer.requireInputs(1, 1);
    if (layer.isConstant(0)) {
        layer.constantResult(layer.setting(0, "weights"), layer.constantGrid(0));
        return;
    }
    const bool isHalf = layer.inputInfo(0).type == ElementType::F16;
    layer.result({isHalf ? Op{Cast{ElementType::F32}} : Op{Identity{}}, {layer.input(0)}});
}

void readCast(LayerView& layer) {
    layer.requireInputs(1, 1);
    const std::optional<ElementType> to = layer.outputInfo().type;
    if (!to)
        layer.cannotRun("to " + typeName(layer.outputInfo().typeCode));
    if (layer.inputInfo(0).scales || layer.outputInfo().scales)
        layer.cannotRun("of codes");
    layer.result({Cast{*to}, {layer.input(0)}});
}

void readNotEqual(LayerView& layer) {
    layer.requireInputs(2, 2);
    layer.result({Unary{UnaryKind::Not}, {layer.writer().add({Binary{BinaryKind::Equal, {}}, alignedInputs(layer)})}});
}

void readSelect(LayerView& layer) {
    layer.requireInputs(3, 3);
    layer.result({Where{}, alignedInputs(layer)});
}

Oriented factor(LayerView& layer, size_t index, bool transposed) {
    if (!transposed)
        return layer.asInFile(index);
    if (layer.rank(index) < 2)
        layer.fail("transposes an operand of less than 2 dimensions");
    return withSwappedEnds(layer.writer(), layer.input(index), layer.rank(index));
}

void readBatchMatMul(LayerView& layer) {
    layer.requireInputs(2, 2);
    const auto* options = layer.optionsOrNull<schema::BatchMatMul>(kBatchMatMul);
    const Oriented a = factor(layer, 0, options && options->adj_x());
    const Oriented b = factor(layer, 1, options && options->adj_y());
    layer.result({MatMul{}, {a, b}});
}

const std::unordered_map<std::string_view, OperatorReader> kReaders = {
    {"ABS", readUnary<UnaryKind::Abs>},
    {"ADD", readActivatedBinary<BinaryKind::Add, kAdd>},
    {"ADD_N", readAddN},
    {"ARG_MAX", readArgMax},
    {"ARG_MIN", readArgMin},
    {"AVERAGE_POOL_2D", readAveragePool},
    {"BATCH_MATMUL", readBatchMatMul},
    {"BATCH_TO_SPACE_ND", readBatchToSpace},
    {"BROADCAST_TO", readBroadcastTo},
    {"CAST", readCast},
    {"CEIL", readUnary<UnaryKind::Ceil>},
    {"CONCATENATION", readConcatenation},
    {"CONV_2D", readConv2d},
    {"COS", readUnary<UnaryKind::Cos>},
    {"DEPTHWISE_CONV_2D", readDepthwiseConv2d},
    {"DEPTH_TO_SPACE", readDepthToSpace},
    {"DEQUANTIZE", readDequantize},
    {"DIV", readActivatedBinary<BinaryKind::Div, kDiv>},
    {"ELU", readElu},
    {"EQUAL", readBinary<BinaryKind::Equal>},
    {"EXP", readUnary<UnaryKind::Exp>},
    {"EXPAND_DIMS", readExpandDims},
    {"FAKE_QUANT", readFakeQuant},
    {"FLOOR", readUnary<UnaryKind::Floor>},
    {"FLOOR_DIV", readBinary<BinaryKind::FloorDiv>},
    {"FLOOR_MOD", readBinary<BinaryKind::FloorMod>},
    {"FULLY_CONNECTED", readFullyConnected},
    {"GELU", readGelu},
    {"GREATER", readBinary<BinaryKind::Greater>},
    {"GREATER_EQUAL", readBinary<BinaryKind::GreaterOrEqual>},
    {"HARD_SWISH", readHardSwish},
    {"L2_NORMALIZATION", readL2Normalization},
    {"LEAKY_RELU", readLeakyRelu},
    {"LESS", readBinary<BinaryKind::Less>},
    {"LESS_EQUAL", readBinary<BinaryKind::LessOrEqual>},
    {"LOCAL_RESPONSE_NORMALIZATION", readLocalResponseNormalization},
    {"LOG", readUnary<UnaryKind::Log>},
    {"LOGICAL_AND", readBinary<BinaryKind::And>},
    {"LOGICAL_NOT", readUnary<UnaryKind::Not>},
    {"LOGICAL_OR", readBinary<BinaryKind::Or>},
    {"LOGISTIC", readUnary<UnaryKind::Sigmoid>},
    {"LOG_SOFTMAX", readLogSoftmax},
    {"MAXIMUM", readBinary<BinaryKind::Max>},
    {"MAX_POOL_2D", readMaxPool},
    {"MEAN", readReduce<ReduceKind::Mean>},
    {"MINIMUM", readBinary<BinaryKind::Min>},
    {"MIRROR_PAD", readMirrorPad},
    {"MUL", readActivatedBinary<BinaryKind::Mul, kMul>},
    {"NEG", readUnary<UnaryKind::Neg>},
    {"NOT_EQUAL", readNotEqual},
    {"PACK", readPack},
    {"PAD", readPad},
    {"PADV2", readPad},
    {"POW", readBinary<BinaryKind::Pow>},
    {"PRELU", readBinary<BinaryKind::PRelu>},
    {"QUANTIZE", readQuantize},
    {"REDUCE_MAX", readReduce<ReduceKind::Max>},
    {"REDUCE_MIN", readReduce<ReduceKind::Min>},
    {"REDUCE_PROD", readReduce<ReduceKind::Prod>},
    {"RELU", readUnary<UnaryKind::Relu>},
    {"RELU6", readClip<0, 6>},
    {"RELU_0_TO_1", readClip<0, 1>},
    {"RELU_N1_TO_1", readClip<-1, 1>},
    {"RESHAPE", readReshape},
    {"RESIZE_BILINEAR", readResizeBilinear},
    {"RESIZE_NEAREST_NEIGHBOR", readResizeNearest},
    {"ROUND", readUnary<UnaryKind::Round>},
    {"RSQRT", readUnary<UnaryKind::Rsqrt>},
    {"SELECT", readSelect},
    {"SELECT_V2", readSelect},
    {"SHAPE", readShape},
    {"SIGN", readUnary<UnaryKind::Sign>},
    {"SIN", readUnary<UnaryKind::Sin>},
    {"SLICE", readSlice},
    {"SOFTMAX", readSoftmax},
    {"SPACE_TO_BATCH_ND", readSpaceToBatch},
    {"SPACE_TO_DEPTH", readSpaceToDepth},
    {"SPLIT", readSplit},
    {"SPLIT_V", readSplitV},
    {"SQRT", readUnary<UnaryKind::Sqrt>},
    {"SQUARE", readUnary<UnaryKind::Square>},
    {"SQUARED_DIFFERENCE", readSquaredDifference},
    {"SQUEEZE", readSqueeze},
    {"STRIDED_SLICE", readStridedSlice},
    {"SUB", readActivatedBinary<BinaryKind::Sub, kSub>},
    {"SUM", readReduce<ReduceKind::Sum>},
    {"TANH", readUnary<UnaryKind::Tanh>},
    {"TILE", readTile},
    {"TRANSPOSE", readTranspose},
    {"TRANSPOSE_CONV", readTransposeConv},
    {"UNPACK", readUnpack},
};

} // namespace

std::string operatorName(int32_t code) {
    static const std::vector<std::string> names = [] {
        std::istringstream words(kNames);
        return std::vector<std::string>(std::istream_iterator<std::string>(words), {});
    }();
    const auto index = static_cast<size_t>(code);
    return code < 0 || index >= names.size() ? fmt::format("number {}", code) : names[index];
}

OperatorReader customReader(const std::string& name) {
    return name == "Convolution2DTransposeBias" ? readTransposeConvWithBias : nullptr;
}

OperatorReader operatorReader(int32_t code) {
    const std::string name = operatorName(code);
    if (const auto found = kReaders.find(name); found != kReaders.end())
        return found->second;
    for (const auto family : {indexReader, sequenceReader, stateReader})
        if (const OperatorReader reader = family(name))
            return reader;
    return nullptr;
}

bool givesNothing(std::string_view name) {
    return name == "ASSIGN_VARIABLE" || name == "CALL_ONCE";
}

} // namespace halftone::tflite_format
