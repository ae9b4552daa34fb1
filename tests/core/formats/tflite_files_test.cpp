// SPDX-License-Identifier: GPL-3.0-or-later
// TensorFlow Lite files as a whole: damaged ones, real ones, and their ONNX twins.
#include "core/formats/common/oriented.h"
#include "core/formats/tflite/tflite_reader.h"
#include "core/graph/evaluate.h"
#include "core/graph/infer.h"
#include "core/graph/validate.h"
#include "tests/core/formats/model_maker.h"
#include "tests/core/formats/real_models.h"
#include "tests/core/formats/tflite_maker.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"
#include "tests/support/read_model.h"

#include <filesystem>
#include <map>

using namespace halftone;
using namespace halftone::test;

namespace {

/// x [1,4,4,2] -> CONV_2D "c" -> RESHAPE "y", quantized: small and valid, to be spoiled.
struct Small {
    TfliteMaker maker;
    std::vector<int> convInputs{0, 1, 2}, outputs{4};
    std::vector<int> filter{2, 3, 3, 2};
    int stride = 1;
    Quantized input{{0.5F}, {1}}, weights{{0.25F, 0.5F}, {0, 0}, 0};
    size_t weightBytes = 36;
    uint32_t version = 3;

    std::string bytes() {
        maker.tensor("x", {1, 4, 4, 2}, kInt8, input);
        maker.constant<int8_t>("w", filter, kInt8, std::vector<int8_t>(weightBytes, 3), weights);
        maker.constant<int32_t>("b", {2}, kInt32, {5, 6}, Quantized{{0.125F, 0.25F}, {0, 0}, 0});
        maker.tensor("c", {1, 4, 4, 2}, kInt8, Quantized{{0.5F}, {0}});
        maker.tensor("y", {1, 32}, kInt8, Quantized{{0.5F}, {0}});
        const int shape = maker.integers("shape", {1, -1});
        maker.op(3, convInputs, {3}, 1, tfl::CreateConv2D(maker.builder(), tfl::Padding::Same, stride, stride));
        maker.op(22, {3, shape}, {4});
        return maker.bytes({0}, outputs, version);
    }
};

template <class Change> std::string refusalAfter(const Change& change) {
    Small small;
    change(small);
    return refusalOfBytes(small.bytes());
}

/// Reads and infers; only our own errors may come out.
void readAny(const std::string& bytes) {
    try {
        if (!isTflite(std::as_bytes(std::span(bytes))))
            return; // not this reader's
        const ReadModel file = readSource(openTflite(std::as_bytes(std::span(bytes))));
        refuseUnsupported(file);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Internal)
            FAIL_CHECK(error.message());
    }
}

} // namespace

TEST_CASE("TFLite: damaged references, buffers and scales are refused with their place") {
    CHECK(refusalAfter([](Small&) {}) == "read");
    CHECK_REFUSAL(refusalAfter([](Small& s) { s.version = 2; }), "unsupported", "version 2");
    CHECK_REFUSAL(refusalAfter([](Small& s) { s.convInputs = {0, 99, 2}; }), "bad-input", "tensor 99");
    CHECK_REFUSAL(refusalAfter([](Small& s) { s.convInputs = {0, -2, 2}; }), "bad-input", "tensor -2");
    CHECK_REFUSAL(refusalAfter([](Small& s) { s.convInputs = {0, -1}; }), "bad-input", "lacks its input 1");
    CHECK_REFUSAL(refusalAfter([](Small& s) { s.convInputs = {4, 1, 2}; }), "bad-input", "no layer before it makes");
    CHECK_REFUSAL(refusalAfter([](Small& s) { s.outputs = {-1}; }), "bad-input", "list of outputs");
    CHECK_REFUSAL(refusalAfter([](Small& s) { s.outputs = {4, 4}; }), "bad-input", "listed twice");
    CHECK_REFUSAL(refusalAfter([](Small& s) { s.stride = 0; }), "bad-input", "below 1");
    CHECK_REFUSAL(refusalAfter([](Small& s) { s.weightBytes = 35; }), "bad-input", "35 bytes and needs 36");
    CHECK_REFUSAL(refusalAfter([](Small& s) { s.filter = {2, 3, 3, 2'000'000'000}; }), "bad-input", "needs");
    CHECK(refusalAfter([](Small& s) { s.filter = {2, 3, 6, 1}; }) == "read"); // two groups
    CHECK_REFUSAL(refusalAfter([](Small& s) { s.filter = {2, 2, 3, 3}; }), "bad-input", "channels");
    CHECK_REFUSAL(refusalAfter([](Small& s) { s.input.scales = {0}; }), "bad-input", "scale 0");
    CHECK_REFUSAL(refusalAfter([](Small& s) { s.input.scales = {NAN}; }), "bad-input", "scale nan");
    CHECK_REFUSAL(refusalAfter([](Small& s) { s.input.zeroPoints = {200}; }), "bad-input", "zero point 200");
    CHECK_REFUSAL(refusalAfter([](Small& s) { s.weights.scales = {1, 1, 1}; }), "bad-input", "3 scales");
    CHECK_REFUSAL(refusalAfter([](Small& s) { s.weights.axis = 7; }), "bad-input", "dimension 7");
    CHECK_REFUSAL(refusalOfBytes(std::string("\x18\0\0\0TFL3", 8)), "bad-input", "damaged");
}

TEST_CASE("TFLite: outputs are known as the file declares them, before any size is") {
    TfliteMaker maker;
    maker.tensor("x", {-1, -1, 4});
    maker.tensor("y", {-1, 8}, kInt8, Quantized{{0.5F}, {1}});
    maker.tensor("z", {}, kInt32);
    maker.tensor("words", {-1}, kString);
    maker.op(0, {0, 0}, {1});
    maker.op(0, {0, 0}, {2});
    maker.op(0, {0, 0}, {3});
    const std::string bytes = maker.bytes({0}, {1, 2, 3});
    const auto source = openTflite(std::as_bytes(std::span(bytes)));
    const std::vector<ModelOutput>& outputs = source->facts().outputs;
    REQUIRE(outputs.size() == 3);
    CHECK(outputs[0].name == "y");
    CHECK(outputs[0].type == "f32"); // the real numbers that codes mean
    CHECK(outputs[0].shape == std::vector<Size>{{{}, ""}, {8, ""}});
    CHECK(outputs[1].type == "s32");
    CHECK(outputs[1].shape.empty()); // it may be a single number
    CHECK(outputs[2].type == "STRING");
}

TEST_CASE("TFLite: a file cut anywhere or with any byte changed is read or refused, never more") {
    const std::string bytes = Small().bytes();
    for (size_t length = 0; length < bytes.size(); ++length)
        readAny(bytes.substr(0, length));
    for (size_t i = 0; i < bytes.size(); ++i)
        for (const unsigned change : {1U, 2U, 4U, 8U, 16U, 32U, 64U, 128U, 255U}) {
            std::string spoiled = bytes;
            spoiled[i] = static_cast<char>(static_cast<unsigned char>(spoiled[i]) ^ change);
            readAny(spoiled);
        }
}

TEST_CASE("TFLite: odd and broken files of other projects are read or refused, never more") {
    HALFTONE_REQUIRE_DATA(dir);
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dir + "/edge/tflite")) {
        INFO(entry.path().string());
        ++files;
        try {
            const ReadModel file = readModel(entry.path().string());
            refuseUnsupported(file);
            validate(file.graph, "reading");
        } catch (const Error& error) {
            INFO(error.message());
            CHECK(error.code() != ErrorCode::Internal);
        }
    }
    CHECK(files == 50);
}

TEST_CASE("TFLite: real models are read completely, with the right number of parameters and operations") {
    HALFTONE_REQUIRE_DATA(dir);
    struct RealModel {
        const char* name;
        int64_t parameters, macs;
        bool quantized;
    };
    // Of the twins in ONNX, which its own shape inference counted.
    const RealModel models[] = {{"mobilenet_v1_0.25_128_quant", 467'647 - 2 * 27, 13'570'304, true},
                                {"mobilenet_v2_1.0_224_quant", 3'489'167 - 2 * 35, 300'775'552, true},
                                {"mlperftiny_resnet8_fp32", 77'706, 12'501'632, false},
                                {"mlperftiny_resnet8_int8", 77'706, 12'501'632, true}};
    for (const RealModel& model : models) {
        INFO(model.name);
        const ReadModel file = readModel(dir + "/tflite/" + model.name + ".tflite");
        CHECK_NOTHROW(refuseUnsupported(file));
        CHECK(file.alreadyQuantized == model.quantized);
        CHECK(parametersOf(file.graph) == model.parameters);
        CHECK(macsOf(file.graph) == model.macs);
        CHECK(macsOf(file.at(3)) == 3 * model.macs);
    }
}

TEST_CASE("TFLite: models compute in fp32 what their ONNX twins compute") {
    HALFTONE_REQUIRE_DATA(dir);
    const std::pair<const char*, const char*> twins[] = {{"mobilenet_v1_0.25_128_quant", "mobilenet_v1_0.25_128_qdq"},
                                                         {"mlperftiny_resnet8_fp32", "mlperftiny_resnet8_fp32"},
                                                         {"mlperftiny_resnet8_int8", "mlperftiny_resnet8_qdq"}};
    for (const auto& [tflite, onnx] : twins) {
        INFO(tflite);
        const Graph a = readModel(dir + "/tflite/" + tflite + ".tflite").graph;
        const Graph b = readModel(dir + "/onnx/" + onnx + ".onnx").graph;
        const Tensor x = goldenTensor(a.value(a.inputs.at(0)).shape);
        const Shape& wanted = b.value(b.inputs.at(0)).shape;
        const Tensor same = wanted == x.shape ? x : permuted(x, kNhwcToNchw);
        REQUIRE(same.shape == wanted);
        checkClose(outputOf(a, x), outputOf(b, same), 1e-4F);
    }
}

TEST_CASE("TFLite: weights of 8 bits beside real numbers move results as little as their rounding does") {
    HALFTONE_REQUIRE_DATA(dir);
    const Graph a = readModel(dir + "/today/dtln_model_quant_1.tflite").graph;
    const Graph b = readModel(dir + "/today/dtln_model_1.onnx").graph;
    const auto outputsOf = [](const Graph& graph) {
        std::map<ValueId, Tensor> inputs;
        for (const ValueId input : graph.inputs) {
            const Shape& shape = graph.value(input).shape;
            std::vector<float> quiet = goldenInput(shape); // loud ones saturate its gates
            for (float& value : quiet)
                value /= 10;
            inputs.emplace(input, Tensor::fromFloats(shape, quiet));
        }
        const auto values = evaluate(graph, inputs);
        std::vector<std::vector<float>> outputs;
        for (const ValueId output : graph.outputs)
            outputs.push_back(values.at(output).toFloats());
        return outputs;
    };
    const auto quantized = outputsOf(a), exact = outputsOf(b);
    REQUIRE(quantized.size() == exact.size());
    for (size_t i = 0; i < exact.size(); ++i)
        checkClose(quantized[i], exact[i], 0.03F); // as in LiteRT, which is within 0.4 % of Halftone
}
