// SPDX-License-Identifier: GPL-3.0-or-later
// Real TensorFlow graphs against the ONNX models of the same networks.
#include "core/graph/evaluate.h"
#include "core/graph/infer.h"
#include "core/passes/passes.h"
#include "tests/core/formats/graph_maker.h"
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"
#include "tests/support/read_model.h"

#include <algorithm>
#include <cmath>

using namespace halftone;
using namespace halftone::test;

namespace {

std::vector<float> outputFor(const Graph& graph, const Tensor& x) {
    const ValueId input = graph.inputs.at(0);
    return evaluateOnGrids(graph, {{graph.value(input).name, x}}).begin()->second.toFloats();
}

/// Random pictures as [1,H,W,C] and as [1,C,H,W].
std::pair<Tensor, Tensor> picture(const Shape& nhwc, float scale, float shift) {
    std::vector<float> last = noiseOf(static_cast<size_t>(nhwc[1] * nhwc[2] * nhwc[3]), 7), first(last.size());
    const auto pixels = static_cast<size_t>(nhwc[1] * nhwc[2]), channels = static_cast<size_t>(nhwc[3]);
    for (float& value : last)
        value = value * scale + shift;
    for (size_t i = 0; i < pixels; ++i)
        for (size_t c = 0; c < channels; ++c)
            first[c * pixels + i] = last[i * channels + c];
    return {Tensor::fromFloats(nhwc, last), Tensor::fromFloats({1, nhwc[3], nhwc[1], nhwc[2]}, first)};
}

Graph networkOf(const std::string& path) {
    const ReadModel file = readModel(path);
    refuseUnsupported(file);
    return file.graph;
}

float largestDifference(const std::vector<float>& a, const std::vector<float>& b) {
    float largest = 0;
    for (size_t i = 0; i < a.size(); ++i)
        largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

struct Twins {
    const char *tensorFlow, *onnx;
    Shape input;
    float scale, shift;
};

} // namespace

TEST_CASE("real graphs are read completely, with the right number of operations") {
    HALFTONE_REQUIRE_DATA(dir);
    struct RealGraph {
        const char* name;
        size_t layers;
        int64_t macs;
        bool quantized;
    };
    for (const RealGraph& model : {RealGraph{"emotion", 34, 65'768'288, false},
                                   {"selfie", 224, 59'215'744, false},
                                   {"mlperftiny_resnet8_fp32", 34, 12'501'632, false},
                                   {"mlperftiny_resnet8_fakequant_perchannel", 59, 12'501'632, true},
                                   {"mobilenet_v1_0.25_128_fp32", 87, 13'570'304, false},
                                   {"mobilenet_v1_0.25_128_fakequant", 145, 13'570'304, true}}) {
        INFO(model.name);
        const ReadModel file = readModel(dir + "/tf/" + model.name + ".pb");
        CHECK_NOTHROW(refuseUnsupported(file));
        CHECK(file.format.starts_with("TensorFlow GraphDef "));
        CHECK(file.layers.size() == model.layers);
        CHECK(file.alreadyQuantized == model.quantized);
        CHECK(file.diagnostics.empty());
        for (const int64_t batch : {1, 3}) {
            const Graph graph = file.at(batch);
            int64_t sum = 0;
            for (const Node& node : graph.nodes())
                sum += macs(graph, node);
            CHECK(sum == batch * model.macs);
        }
    }
}

TEST_CASE("a graph computes what its ONNX twin computes") {
    HALFTONE_REQUIRE_DATA(dir);
    for (const Twins& twins :
         {Twins{"mobilenet_v1_0.25_128_fp32", "mobilenet_v1_0.25_128_fp32", {1, 128, 128, 3}, 1, 0},
          {"mlperftiny_resnet8_fp32", "mlperftiny_resnet8_fp32", {1, 32, 32, 3}, 127, 127}}) {
        INFO(twins.tensorFlow);
        const auto [last, first] = picture(twins.input, twins.scale, twins.shift);
        const std::vector<float> actual = outputFor(networkOf(dir + "/tf/" + twins.tensorFlow + ".pb"), last);
        const std::vector<float> wanted = outputFor(networkOf(dir + "/onnx/" + twins.onnx + ".onnx"), first);
        REQUIRE(actual.size() == wanted.size());
        CHECK(largestDifference(actual, wanted) <= 1e-4F * *std::ranges::max_element(wanted));
    }
}

TEST_CASE("a FakeQuant graph computes on its grids what its QDQ twin computes on its own") {
    HALFTONE_REQUIRE_DATA(dir);
    for (const Twins& twins :
         {Twins{"mobilenet_v1_0.25_128_fakequant", "mobilenet_v1_0.25_128_qdq", {1, 128, 128, 3}, 1, 0},
          {"mlperftiny_resnet8_fakequant_perchannel", "mlperftiny_resnet8_qdq", {1, 32, 32, 3}, 127, 127}}) {
        INFO(twins.tensorFlow);
        const auto [last, first] = picture(twins.input, twins.scale, twins.shift);
        const Graph graph = networkOf(dir + "/tf/" + twins.tensorFlow + ".pb");
        const std::vector<float> actual = outputFor(graph, last);
        const std::vector<float> wanted = outputFor(networkOf(dir + "/onnx/" + twins.onnx + ".onnx"), first);
        REQUIRE(actual.size() == wanted.size());
        const auto best = std::ranges::max_element(wanted);
        CHECK(std::ranges::max_element(actual) - actual.begin() == best - wanted.begin());
        // One quantum of the softmax, which has 256 codes for 0 to 1.
        CHECK(largestDifference(actual, wanted) <= 1.0F / 256 + 1e-3F * *best);
        const auto onGrid =
            std::ranges::count_if(graph.values(), [](const Value& value) { return value.quant.has_value(); });
        CHECK(onGrid >= 25);
    }
}

TEST_CASE("after the passes each convolution of a FakeQuant graph has weights, bias and results on grids") {
    HALFTONE_REQUIRE_DATA(dir);
    const Graph graph = runPasses(networkOf(dir + "/tf/mobilenet_v1_0.25_128_fakequant.pb"), standardPasses());
    int convolutions = 0;
    for (const Node& node : graph.nodes()) {
        if (!std::holds_alternative<Conv>(node.op))
            continue;
        ++convolutions;
        INFO(node.name);
        CHECK(graph.value(node.inputs[0]).quant);
        CHECK(graph.value(node.inputs[1]).quant);
        REQUIRE(node.inputs.size() > 2);
        CHECK(graph.isConstant(node.inputs[2]));
        CHECK(graph.value(node.outputs[0]).quant);
    }
    CHECK(convolutions == 28);
}
