// SPDX-License-Identifier: GPL-3.0-or-later
// Attention and the layers around it, as ONNX and com.microsoft have them, against their formulas in plain loops.
#include "core/formats/common/einsum.h"
#include "tests/core/formats/computed.h"
#include "tests/core/formats/model_maker.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace halftone;
using namespace halftone::test;

namespace {

constexpr int64_t kBatch = 2, kPositions = 3, kHeads = 2, kChannels = 4, kWidth = kHeads * kChannels;

onnx::NodeProto& microsoft(ModelMaker& model, const std::string& op, const std::vector<std::string>& inputs,
                           const std::vector<std::string>& outputs = {"y"}) {
    onnx::NodeProto& node = model.node(op, inputs, outputs, "layer");
    node.set_domain("com.microsoft");
    return node;
}

ModelMaker withInput(const std::vector<int64_t>& shape, int64_t opset = 17) {
    ModelMaker model(opset);
    model.input("x", shape);
    model.output("y");
    return model;
}

std::vector<double> outputOf(const ModelMaker& model, const Tensor& x) {
    return compute(read(model), x).outputs.at(0).toDoubles();
}

void checkNear(const std::vector<double>& actual, const std::vector<double>& wanted) {
    REQUIRE(actual.size() == wanted.size());
    for (size_t i = 0; i < actual.size(); ++i)
        CHECK(actual[i] == Approx(wanted[i]).margin(1e-5));
}

/// Queries, keys and values [N, positions, heads * channels]; `added(n, query, key)` is added to the scores.
std::vector<double> attended(const std::vector<double>& q, const std::vector<double>& k, const std::vector<double>& v,
                             const auto& added) {
    const auto at = [](const std::vector<double>& x, int64_t n, int64_t position, int64_t head, int64_t channel) {
        return x[static_cast<size_t>((n * kPositions + position) * kWidth + head * kChannels + channel)];
    };
    std::vector<double> result(q.size());
    for (int64_t n = 0; n < kBatch; ++n)
        for (int64_t head = 0; head < kHeads; ++head)
            for (int64_t query = 0; query < kPositions; ++query) {
                double weights[kPositions], sum = 0;
                for (int64_t key = 0; key < kPositions; ++key) {
                    double score = 0;
                    for (int64_t c = 0; c < kChannels; ++c)
                        score += at(q, n, query, head, c) * at(k, n, key, head, c);
                    weights[key] = std::exp(score / std::sqrt(static_cast<double>(kChannels)) + added(n, query, key));
                    sum += weights[key];
                }
                for (int64_t c = 0; c < kChannels; ++c)
                    for (int64_t key = 0; key < kPositions; ++key)
                        result[static_cast<size_t>((n * kPositions + query) * kWidth + head * kChannels + c)] +=
                            weights[key] / sum * at(v, n, key, head, c);
            }
    return result;
}

double nothing(int64_t /*n*/, int64_t /*query*/, int64_t /*key*/) {
    return 0;
}
double later(int64_t /*n*/, int64_t query, int64_t key) {
    return key > query ? -std::numeric_limits<double>::infinity() : 0;
}

std::vector<double> widened(const std::vector<float>& values) {
    return {values.begin(), values.end()};
}

const Tensor kInput =
    Tensor::fromFloats({kBatch, kPositions, kWidth}, numbers(static_cast<size_t>(kBatch* kPositions* kWidth), 7));

} // namespace

TEST_CASE("com.microsoft's Attention makes queries, keys and values with one product") {
    const std::vector<float> weights = numbers(static_cast<size_t>(kWidth * 3 * kWidth), 3),
                             bias = numbers(static_cast<size_t>(3 * kWidth), 4);
    const auto model = [&](bool causal, bool masked) {
        ModelMaker made = withInput({kBatch, kPositions, kWidth});
        made.floats("w", {kWidth, 3 * kWidth}, weights);
        made.floats("b", {3 * kWidth}, bias);
        if (masked) {
            made.integers("mask", {1, 1, 0, 1, 1, 1});
            onnx::TensorProto& mask = *made.graph().mutable_initializer(2);
            mask.clear_dims();
            mask.add_dims(kBatch);
            mask.add_dims(kPositions);
        }
        onnx::NodeProto& layer = microsoft(made, "Attention", {"x", "w", "b", masked ? "mask" : ""});
        set(layer, "num_heads", kHeads);
        set(layer, "unidirectional", int64_t{causal});
        return made;
    };
    const std::vector<double> x = kInput.toDoubles();
    std::vector<double> parts[3];
    for (int part = 0; part < 3; ++part)
        for (size_t row = 0; row < x.size() / kWidth; ++row)
            for (int64_t c = 0; c < kWidth; ++c) {
                const int64_t column = part * kWidth + c;
                double sum = bias[static_cast<size_t>(column)];
                for (int64_t i = 0; i < kWidth; ++i)
                    sum += x[row * kWidth + static_cast<size_t>(i)] *
                           weights[static_cast<size_t>(i * 3 * kWidth + column)];
                parts[part].push_back(sum);
            }
    checkNear(outputOf(model(false, false), kInput), attended(parts[0], parts[1], parts[2], nothing));
    checkNear(outputOf(model(true, false), kInput), attended(parts[0], parts[1], parts[2], later));
    checkNear(outputOf(model(false, true), kInput),
              attended(parts[0], parts[1], parts[2],
                       [](int64_t n, int64_t, int64_t key) { return n == 0 && key == 2 ? -10000.0 : 0.0; }));
}

TEST_CASE("attention of given queries, keys and values is one formula in both domains") {
    const std::vector<float> keys = numbers(kInput.toFloats().size(), 11), values = numbers(keys.size(), 12);
    for (const bool causal : {false, true}) {
        const std::vector<double> wanted = causal
                                               ? attended(kInput.toDoubles(), widened(keys), widened(values), later)
                                               : attended(kInput.toDoubles(), widened(keys), widened(values), nothing);
        ModelMaker own = withInput({kBatch, kPositions, kWidth}, 23);
        ModelMaker theirs = withInput({kBatch, kPositions, kWidth});
        for (ModelMaker* model : {&own, &theirs}) {
            model->floats("k", {kBatch, kPositions, kWidth}, keys);
            model->floats("v", {kBatch, kPositions, kWidth}, values);
        }
        onnx::NodeProto& attention = own.node("Attention", {"x", "k", "v"}, {"y"}, "layer");
        set(attention, "q_num_heads", kHeads);
        set(attention, "kv_num_heads", kHeads);
        set(attention, "is_causal", int64_t{causal});
        checkNear(outputOf(own, kInput), wanted);
        onnx::NodeProto& multiHead = microsoft(theirs, "MultiHeadAttention", {"x", "k", "v"});
        set(multiHead, "num_heads", kHeads);
        set(multiHead, "unidirectional", int64_t{causal});
        checkNear(outputOf(theirs, kInput), wanted);
    }
}

TEST_CASE("rotary embeddings turn pairs of channels by the angle of their position") {
    const std::vector<float> angles{0.1F, 0.2F, 0.5F, -0.3F, 1.5F, 2};
    std::vector<float> cosine, sine;
    for (const float angle : angles) {
        cosine.push_back(std::cos(angle));
        sine.push_back(std::sin(angle));
    }
    for (const bool interleaved : {false, true}) {
        ModelMaker model = withInput({kBatch, kPositions, kWidth}, 23);
        model.floats("cos", {kPositions, kChannels / 2}, cosine);
        model.floats("sin", {kPositions, kChannels / 2}, sine);
        model.integers("positions", {0, 1, 2, 2, 1, 0});
        onnx::TensorProto& positions = *model.graph().mutable_initializer(2);
        positions.clear_dims();
        positions.add_dims(kBatch);
        positions.add_dims(kPositions);
        onnx::NodeProto& layer = model.node("RotaryEmbedding", {"x", "cos", "sin", "positions"}, {"y"}, "layer");
        set(layer, "num_heads", kHeads);
        set(layer, "interleaved", int64_t{interleaved});
        const std::vector<double> x = kInput.toDoubles();
        std::vector<double> wanted = x;
        for (size_t row = 0; row < x.size() / kWidth; ++row) {
            const size_t position = row < kPositions ? row : 2 * kPositions - 1 - row;
            for (size_t head = 0; head < kHeads; ++head)
                for (size_t pair = 0; pair < kChannels / 2; ++pair) {
                    const size_t begin = row * kWidth + head * kChannels;
                    const size_t a = begin + (interleaved ? 2 * pair : pair), b = a + (interleaved ? 1 : kChannels / 2);
                    const double angle = angles[position * 2 + pair];
                    wanted[a] = x[a] * std::cos(angle) - x[b] * std::sin(angle);
                    wanted[b] = x[b] * std::cos(angle) + x[a] * std::sin(angle);
                }
        }
        checkNear(outputOf(model, kInput), wanted);
    }
}

TEST_CASE("weights of four bits are the numbers that their blocks mean") {
    ModelMaker model = withInput({1, 32});
    onnx::TensorProto& codes = *model.graph().add_initializer();
    codes.set_name("codes");
    codes.set_data_type(onnx::TensorProto::UINT8);
    for (const int64_t size : {2, 2, 8})
        codes.add_dims(size);
    std::string bytes;
    for (int i = 0; i < 32; ++i)
        bytes += static_cast<char>(i * 37 % 256);
    codes.set_raw_data(bytes);
    model.floats("scales", {4}, {0.5F, 0.25F, 2, 1});
    onnx::NodeProto& layer = microsoft(model, "MatMulNBits", {"x", "codes", "scales"});
    set(layer, "K", int64_t{32});
    set(layer, "N", int64_t{2});
    set(layer, "bits", int64_t{4});
    set(layer, "block_size", int64_t{16});
    const Tensor x = Tensor::fromFloats({1, 32}, numbers(32, 5));
    std::vector<double> wanted(2);
    for (size_t row = 0; row < 2; ++row)
        for (size_t i = 0; i < 32; ++i) {
            const auto byte = static_cast<unsigned char>(bytes[row * 16 + i / 2]);
            const double scales[] = {0.5, 0.25, 2, 1};
            wanted[row] += x.toDoubles()[i] * ((i % 2 == 0 ? byte & 15 : byte >> 4) - 8) * scales[row * 2 + i / 16];
        }
    checkNear(outputOf(model, x), wanted);
    layer.mutable_attribute(3)->set_i(32);
    CHECK_REFUSAL(refusalOf(model), "bad-input", "another size than N, K and its blocks say");
}

TEST_CASE("what skips layers is added before the normalization and is a result, too") {
    ModelMaker model = withInput({1, 2, 4});
    model.output("sum");
    model.floats("scale", {4}, {1, 2, 3, 4});
    microsoft(model, "SkipSimplifiedLayerNormalization", {"x", "x", "scale"}, {"y", "", "", "sum"});
    const Tensor x = Tensor::fromFloats({1, 2, 4}, numbers(8, 9));
    const Computed computed = compute(read(model), x);
    std::vector<double> sum = x.toDoubles(), y;
    for (double& value : sum)
        value *= 2;
    for (size_t i = 0; i < 8; ++i) {
        double squares = 0;
        for (size_t k = 0; k < 4; ++k)
            squares += sum[i / 4 * 4 + k] * sum[i / 4 * 4 + k];
        y.push_back(sum[i] / std::sqrt(squares / 4 + 1e-5) * static_cast<double>(i % 4 + 1));
    }
    checkNear(computed.outputs[0].toDoubles(), y);
    checkNear(computed.outputs[1].toDoubles(), sum);
}

TEST_CASE("Einstein's sums are parsed, and refused by name where they are not read") {
    const auto equation = parseEinsum(" bij , bjk ");
    REQUIRE(equation);
    CHECK(equation->operands == std::vector<std::string>{"bij", "bjk"});
    CHECK(equation->result == "ik"); // b and j stand twice
    CHECK(parseEinsum("ij->ji")->result == "ji");
    for (const char* text : {"...ij->...ji", "ii->i", "ij->k", "i1->i", "ij->ii"})
        CHECK(!parseEinsum(text));
}

namespace {

/// s8 codes of weights with a scale of 1/64, and what they mean.
std::vector<float> addCodes(ModelMaker& model, const std::string& name, const std::vector<int64_t>& shape,
                            unsigned seed) {
    size_t count = 1;
    for (const int64_t size : shape)
        count *= static_cast<size_t>(size);
    onnx::TensorProto& codes = *model.graph().add_initializer();
    codes.set_name(name);
    codes.set_data_type(onnx::TensorProto::INT8);
    codes.mutable_dims()->Add(shape.begin(), shape.end());
    std::vector<float> meant;
    for (const float number : numbers(count, seed)) {
        const auto code = static_cast<int8_t>(number * 100);
        codes.mutable_raw_data()->push_back(static_cast<char>(code));
        meant.push_back(static_cast<float>(code) / 64);
    }
    return meant;
}

} // namespace

TEST_CASE("attention of codes is that of the numbers that they mean") {
    const std::vector<float> bias = numbers(3 * kWidth, 5);
    ModelMaker quantized = withInput({kBatch, kPositions, kWidth});
    quantized.floats("x_scale", {}, {1.0F / 128});
    onnx::TensorProto& point = *quantized.graph().add_initializer();
    point.set_name("x_point");
    point.set_data_type(onnx::TensorProto::UINT8);
    point.set_raw_data("\x80");
    quantized.floats("w_scale", {}, {1.0F / 64});
    quantized.floats("b", {3 * kWidth}, bias);
    const std::vector<float> weights = addCodes(quantized, "w", {kWidth, 3 * kWidth}, 4);
    quantized.node("QuantizeLinear", {"x", "x_scale", "x_point"}, {"codes"}, "quantize");
    onnx::NodeProto& layer =
        microsoft(quantized, "QAttention", {"codes", "w", "b", "x_scale", "w_scale", "", "x_point"});
    set(layer, "num_heads", kHeads);
    ModelMaker real = withInput({kBatch, kPositions, kWidth});
    real.floats("w", {kWidth, 3 * kWidth}, weights);
    real.floats("b", {3 * kWidth}, bias);
    set(microsoft(real, "Attention", {"x", "w", "b"}), "num_heads", kHeads);
    checkNear(outputOf(quantized, kInput), outputOf(real, kInput));
    const Graph graph = read(quantized).graph;
    bool onGrids = false; // so that an int8 plan multiplies codes
    for (const Node& node : graph.nodes())
        if (std::holds_alternative<MatMul>(node.op) && graph.isConstant(node.inputs[1]))
            onGrids = graph.value(node.inputs[0]).quant && graph.value(node.inputs[1]).quant;
    CHECK(onGrids);
}

TEST_CASE("embeddings of codes are those of the numbers that they mean") {
    ModelMaker quantized = withInput({kBatch, kPositions}), real = withInput({kBatch, kPositions});
    std::vector<std::string> codes{"x", ""}, floats{"x", ""};
    for (const char* table : {"words", "places"}) {
        real.floats(table, {4, kWidth}, addCodes(quantized, table, {4, kWidth}, table[0]));
        codes.emplace_back(table);
        floats.emplace_back(table);
    }
    codes.emplace_back();
    floats.emplace_back();
    for (const char* vector : {"gamma", "beta"}) {
        real.floats(vector, {kWidth}, addCodes(quantized, vector, {kWidth}, vector[0]));
        codes.emplace_back(vector);
        floats.emplace_back(vector);
    }
    quantized.floats("scale", {}, {1.0F / 64});
    codes.insert(codes.end(), {"", "scale", "scale", "", "scale", "scale"});
    microsoft(quantized, "QEmbedLayerNormalization", codes);
    microsoft(real, "EmbedLayerNormalization", floats);
    for (ModelMaker* model : {&quantized, &real})
        model->graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::INT32);
    const std::vector<int32_t> ids{0, 3, 1, 2, 2, 0};
    std::vector<std::byte> bytes(ids.size() * sizeof(int32_t));
    std::memcpy(bytes.data(), ids.data(), bytes.size());
    const Tensor words = Tensor::fromBytes(ElementType::S32, {kBatch, kPositions}, std::move(bytes));
    checkNear(outputOf(quantized, words), outputOf(real, words));
}
