// SPDX-License-Identifier: GPL-3.0-or-later
// Operators of com.microsoft that ONNX Runtime's optimizer writes: several of ONNX's own in one. Weights of few bits.
// Source: ONNX Runtime's ContribOperators.md.
#include "core/formats/common/layers.h"
#include "core/formats/common/packed_codes.h"
#include "core/formats/onnx/operators.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>

namespace halftone::onnx_format {

namespace {

ValueId sum(LayerView& layer, ValueId a, ValueId b) {
    return layer.step(Binary{BinaryKind::Add, {}}, {a, b});
}

size_t rankOf(LayerView& layer, size_t operand) {
    return layer.knownShape(operand).size();
}

/// The activation with this name, whose settings are `alpha` and `beta` where it has some.
Unary activation(LayerView& layer, const std::string& name, float alpha, float beta) {
    static const std::unordered_map<std::string_view, UnaryKind> kinds = {
        {"Relu", UnaryKind::Relu},           {"Tanh", UnaryKind::Tanh}, {"Sigmoid", UnaryKind::Sigmoid},
        {"LeakyRelu", UnaryKind::LeakyRelu}, {"Clip", UnaryKind::Clip}, {"HardSigmoid", UnaryKind::HardSigmoid},
        {"HardSwish", UnaryKind::HardSwish}, {"Elu", UnaryKind::Elu},   {"Gelu", UnaryKind::Gelu}};
    const auto found = kinds.find(name);
    if (found == kinds.end())
        layer.cannotRun("with the activation " + name);
    if (found->second == UnaryKind::HardSwish)
        return {UnaryKind::HardSwish, 1.0F / 6, 0.5F};
    return {found->second, alpha, beta};
}

Layer readMicrosoftGelu(LayerView& layer) {
    layer.requireInputs(1, 1);
    return {Unary{UnaryKind::Gelu}, {layer.input(0)}};
}

Layer readQuickGelu(LayerView& layer) {
    layer.requireInputs(1, 1);
    return {Unary{UnaryKind::Swish, layer.real("alpha", 1.702F), 0}, {layer.input(0)}};
}

template <UnaryKind kind> Layer readBiasUnary(LayerView& layer) {
    layer.requireInputs(1, 2);
    const ValueId x = layer.hasInput(1) ? sum(layer, layer.input(0), layer.input(1)) : layer.input(0);
    return {Unary{kind}, {x}};
}

/// x, what skipped the layers before, scale, shift (not `simplified`), bias. The fourth result is the sum.
Layer skipNormalization(LayerView& layer, bool simplified) {
    const size_t bias = simplified ? 3 : 4;
    layer.requireInputs(3, bias + 1);
    const auto last = static_cast<int64_t>(rankOf(layer, 0)) - 1;
    const float epsilon = layer.real("epsilon", 1e-5F);
    ValueId x = sum(layer, layer.input(0), layer.input(1));
    if (layer.hasInput(bias))
        x = sum(layer, x, layer.input(bias));
    const ValueId y = simplified
                          ? normalizeRms(layer.writer(), x, {last}, epsilon, layer.input(2))
                          : normalize(layer.writer(), x, {last}, epsilon, layer.input(2), layer.optionalInput(3));
    return {.results = {y, y, y, x}}; // the second and third are for training
}

template <bool simplified> Layer readSkipNormalization(LayerView& layer) {
    Layer result = skipNormalization(layer, simplified);
    if (layer.outputCount() < 4)
        result.results.resize(1);
    return result;
}

/// Ids of words, ids of segments, their tables (words, positions, segments), scale, shift, mask, positions.
Layer readEmbedLayerNormalization(LayerView& layer) {
    layer.requireInputs(1, 9);
    for (const size_t operand : {2, 3, 5})
        layer.input(operand);
    return embedLayerNormalization(
        layer, [&](size_t operand) { return layer.optionalInput(operand); }, layer.optionalInput(8));
}

/// With the channels last: codes, too, which it only moves.
Layer readNhwcMaxPool(LayerView& layer) {
    layer.requireInputs(1, 1);
    if (layer.text("auto_pad", "NOTSET") != "NOTSET")
        layer.cannotRun("with auto_pad");
    if (layer.knownShape(0).size() != 4)
        layer.cannotRun(fmt::format("of {} dimensions", layer.knownShape(0).size()));
    const ValueId x = layer.step(Transpose{{0, 3, 1, 2}}, {layer.input(0)});
    return {Transpose{{0, 2, 3, 1}}, {layer.step(readMaxPool(layer).op, {x})}};
}
ValueId transposed(LayerView& layer, size_t operand, bool turned) {
    const ValueId x = layer.input(operand);
    const size_t rank = rankOf(layer, operand);
    if (!turned || rank < 2)
        return x;
    return layer.step(Transpose{swappedEnds(rank)}, {x});
}

Layer readFusedMatMul(LayerView& layer) {
    layer.requireInputs(2, 2);
    if (layer.flag("transBatchA", false) || layer.flag("transBatchB", false))
        layer.cannotRun("with batches in another place");
    const float alpha = layer.real("alpha", 1);
    const ValueId a = transposed(layer, 0, layer.flag("transA", false)),
                  b = transposed(layer, 1, layer.flag("transB", false));
    return {.results = {scaled(layer.writer(), layer.step(MatMul{}, {a, b}), alpha)}};
}

/// The fourth operand is added before the activation.
Layer readFusedConv(LayerView& layer) {
    layer.requireInputs(2, 4);
    Layer conv = readConvWithWeights(layer, 1);
    ValueId y = layer.step(conv.op, {layer.input(0), layer.input(1), layer.optionalInput(2)});
    if (layer.hasInput(3))
        y = sum(layer, y, layer.input(3));
    const std::string name = layer.text("activation", "");
    const std::vector<float> settings = layer.reals("activation_params");
    if (!name.empty())
        y = layer.step(
            activation(layer, name, settings.empty() ? 0 : settings[0], settings.size() < 2 ? 0 : settings[1]), {y});
    return {.results = {y}};
}

Layer readFusedGemm(LayerView& layer) {
    layer.requireInputs(2, 3);
    Gemm gemm;
    gemm.alpha = layer.real("alpha", 1);
    gemm.beta = layer.real("beta", 1);
    gemm.transA = layer.flag("transA", false);
    gemm.transB = layer.flag("transB", false);
    const ValueId y = layer.step(gemm, layer.allInputs());
    const std::string name = layer.text("activation", "");
    const float alpha = layer.real("activation_alpha", 0.01F), beta = layer.real("activation_beta", 0);
    return {.results = {name.empty() ? y : layer.step(activation(layer, name, alpha, beta), {y})}};
}

/// Weights [N, K] in blocks along K, each with a scale and a zero point: the real numbers that they mean.
Tensor dequantizedBlocks(LayerView& layer, int64_t rows, int64_t columns, int64_t block, int bits) {
    const Tensor& packed = layer.setting(1, "weights");
    const std::vector<float> scales = layer.setting(2, "scales").toFloats();
    const int64_t blocks = (columns + block - 1) / block, bytes = block * bits / 8,
                  pointBytes = (blocks * bits + 7) / 8;
    if (packed.type != ElementType::U8 || packed.elements() != rows * blocks * bytes ||
        static_cast<int64_t>(scales.size()) != rows * blocks)
        layer.fail("has weights or scales of another size than N, K and its blocks say");
    const Tensor* points = layer.hasInput(3) ? &layer.setting(3, "zero points") : nullptr;
    const bool packedPoints = points && points->type == ElementType::U8;
    if (points && points->elements() != rows * (packedPoints ? pointBytes : blocks))
        layer.fail("has zero points of another size than N, K and its blocks say");
    const std::vector<float> realPoints = points && !packedPoints ? points->toFloats() : std::vector<float>{};
    const auto rowOf = [](const Tensor& tensor, int64_t index, int64_t size) {
        return std::span(tensor.bytes.data(), tensor.bytes.size()).subspan(static_cast<size_t>(index * size));
    };
    std::vector<float> values(static_cast<size_t>(rows * columns));
    for (int64_t row = 0; row < rows; ++row)
        for (int64_t column = 0; column < columns; ++column) {
            const int64_t at = row * blocks + column / block;
            float point = static_cast<float>(1 << (bits - 1));
            if (packedPoints)
                point = static_cast<float>(
                    packedCode(rowOf(*points, row, pointBytes), static_cast<size_t>(column / block), bits));
            else if (points)
                point = realPoints[static_cast<size_t>(at)];
            const int code = packedCode(rowOf(packed, at, bytes), static_cast<size_t>(column % block), bits);
            values[static_cast<size_t>(row * columns + column)] =
                (static_cast<float>(code) - point) * scales[static_cast<size_t>(at)];
        }
    return Tensor::fromFloats({rows, columns}, values);
}

/// x, packed weights, scales, zero points, order of columns, bias.
Layer readMatMulNBits(LayerView& layer) {
    layer.requireInputs(3, 6);
    layer.ignore("accuracy_level");
    const int64_t columns = layer.integer("K"), rows = layer.integer("N"), block = layer.integer("block_size"),
                  bits = layer.integer("bits", 4);
    if (layer.hasInput(4))
        layer.cannotRun("with an order of columns");
    if (bits != 2 && bits != 4 && bits != 8)
        layer.cannotRun(fmt::format("with weights of {} bits", bits));
    constexpr int64_t kMost = int64_t{1} << 20;
    if (columns < 1 || rows < 1 || columns > kMost || rows > kMost || block < 16 || block > kMost || block % 8 != 0)
        layer.fail(fmt::format("has the impossible sizes N = {}, K = {} and blocks of {}", rows, columns, block));
    const ValueId weights =
        layer.addConstant(1, dequantizedBlocks(layer, rows, columns, block, static_cast<int>(bits)), {});
    std::vector<ValueId> inputs{layer.input(0), weights};
    if (layer.hasInput(5))
        inputs.push_back(layer.input(5));
    return {FullyConnected{}, inputs};
}

const std::unordered_map<std::string_view, OperatorReader> kMicrosoftReaders = {
    {"Attention", readMicrosoftAttention},
    {"BiasGelu", readBiasUnary<UnaryKind::Gelu>},
    {"EmbedLayerNormalization", readEmbedLayerNormalization},
    {"FastGelu", readBiasUnary<UnaryKind::GeluTanh>},
    {"FusedConv", readFusedConv},
    {"FusedGemm", readFusedGemm},
    {"FusedMatMul", readFusedMatMul},
    {"Gelu", readMicrosoftGelu},
    {"MatMulNBits", readMatMulNBits},
    {"MultiHeadAttention", readMultiHeadAttention},
    {"NhwcMaxPool", readNhwcMaxPool},
    {"QuickGelu", readQuickGelu},
    {"RotaryEmbedding", readMicrosoftRotaryEmbedding},
    {"SimplifiedLayerNormalization", readRmsNormalization},
    {"SkipLayerNormalization", readSkipNormalization<false>},
    {"SkipSimplifiedLayerNormalization", readSkipNormalization<true>},
};

} // namespace

Layer embedLayerNormalization(LayerView& layer, const std::function<ValueId(size_t)>& table, ValueId positions) {
    layer.ignore("mask_index_type");
    const Shape* ids = layer.shape(0);
    if (!ids || ids->size() != 2)
        layer.cannotRun("of ids that are not [N, positions]");
    const int64_t length = (*ids)[1];
    const float epsilon = layer.real("epsilon", 1e-12F);
    const auto rows = [&](size_t operand, ValueId index) { return layer.step(Gather{0}, {table(operand), index}); };
    ValueId x = rows(2, layer.input(0));
    x = sum(layer, x,
            positions != kNoValue ? rows(3, positions) : layer.step(Slice{{0}, {length}, {0}, {1}}, {table(3)}));
    if (layer.hasInput(1) && layer.hasInput(4))
        x = sum(layer, x, rows(4, layer.input(1)));
    const ValueId y = normalize(layer.writer(), x, {2}, epsilon, table(5), table(6));
    Layer result{.results = {y}};
    if (layer.outputCount() > 1 && layer.hasInput(7)) {
        result.results.push_back(layer.step(Reduce{ReduceKind::Sum, {1}, false}, {layer.input(7)}));
        if (layer.outputCount() > 2)
            result.results.push_back(x);
    }
    return result;
}

OperatorReader microsoftReader(std::string_view op) {
    const auto found = kMicrosoftReaders.find(op);
    return found == kMicrosoftReaders.end() ? nullptr : found->second;
}

} // namespace halftone::onnx_format
