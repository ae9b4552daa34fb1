// SPDX-License-Identifier: GPL-3.0-or-later
// Layers whose input lies on a grid that is found at every inference.
#include "core/engine/kernels/run_time_grid.h"
#include "core/engine/machine/machine.h"
#include "tests/core/engine/engine_test.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

using namespace halftone;
using namespace halftone::engine;
using namespace halftone::test;

namespace {

/// ONNX's DynamicQuantizeLinear and DequantizeLinear, in fp32 as it defines them.
std::vector<float> roundedToOwnRange(const std::vector<float>& values) {
    float lowest = 0, highest = 0;
    for (const float x : values) {
        lowest = std::min(lowest, x);
        highest = std::max(highest, x);
    }
    const float scale = lowest == highest ? 1 : (highest - lowest) / 255;
    const float point = std::nearbyint(std::clamp(-lowest / scale, 0.0F, 255.0F));
    std::vector<float> rounded;
    for (const float x : values)
        rounded.push_back((std::clamp(std::nearbyint(x / scale) + point, 0.0F, 255.0F) - point) * scale);
    return rounded;
}

/// Weights on a grid, and every network input on one that is found at run time.
Graph dynamic(Graph graph) {
    for (const Node& node : graph.nodes())
        if (std::holds_alternative<FullyConnected>(node.op) || std::holds_alternative<Conv>(node.op)) {
            Value& weights = graph.value(node.inputs[1]);
            weights.quant = limitedToPairs(*weights.constant, weightParams(*weights.constant, 0, 8));
            graph.value(node.inputs[0]).quant = QuantParams::foundAtRunTime();
        }
    graph.gridsAreMeant = true;
    return graph;
}

/// The same network with weights as their codes mean them.
Graph withRoundedWeights(Graph graph) {
    for (const Node& node : graph.nodes())
        for (const ValueId input : node.inputs)
            if (Value& value = graph.value(input); value.constant && value.quant) {
                std::vector<float> values = value.constant->toFloats();
                const size_t inner = values.size() / value.quant->scales.size();
                for (size_t i = 0; i < values.size(); ++i) {
                    const float scale = value.quant->scales[i / inner];
                    values[i] = dequantize(quantize(values[i], scale, 0, ElementType::S8), scale, 0);
                }
                value.constant = Tensor::fromFloats(value.shape, values);
            }
    return graph;
}

std::vector<float> wantedOf(const Graph& graph, const std::map<ValueId, Tensor>& inputs) {
    std::map<ValueId, Tensor> rounded;
    for (const auto& [id, tensor] : inputs)
        rounded[id] = Tensor::fromFloats(tensor.shape, roundedToOwnRange(tensor.toFloats()));
    return evaluate(withRoundedWeights(graph), rounded).at(graph.outputs.front()).toFloats();
}

void checkDynamic(const Graph& network) {
    const Graph graph = dynamic(network);
    const auto inputs = inputsFor(graph, 5);
    const std::vector<float> wanted = wantedOf(graph, inputs);
    for (const Precision precision : {Precision::Int8, Precision::Int8Simulated}) {
        Plan plan = compiled(graph, precision);
        const std::vector<float> found = outputsOf(plan, graph, inputs).front();
        double largest = 0, difference = 0;
        for (size_t i = 0; i < wanted.size(); ++i) {
            largest = std::max<double>(largest, std::abs(wanted[i]));
            difference = std::max<double>(difference, std::abs(wanted[i] - found[i]));
        }
        CHECK(difference < 1e-5 * largest);
        if (precision == Precision::Int8) {
            CHECK(stepOf(plan, "layer").precision == "int8");
            CHECK(stepOf(plan, "layer").inputs[0].type == "u8");
            const auto found = conversions(plan);
            CHECK(std::ranges::count(found, "halftone:dynamic-quantize", &StepInfo::kernel) == 1);
        }
    }
}

} // namespace

TEST_CASE("a range is found over all values, and holds 0", "[pairs]") {
    for (const int count : {1, 3, 64, 100, 4097, 300'000}) {
        std::vector<float> values = noise({count}, 7).toFloats();
        values.back() = 3.5F;
        std::vector<float> rounded(values.size());
        roundAtRunTime(count, values.data(), rounded.data());
        const std::vector<float> wanted = roundedToOwnRange(values);
        for (size_t i = 0; i < values.size(); ++i)
            REQUIRE(rounded[i] == Approx(wanted[i]).margin(1e-6));
        std::vector<uint8_t> codes(values.size());
        RunTimeGrid grid;
        quantizeAtRunTime(count, values.data(), codes.data(), grid);
        for (size_t i = 0; i < values.size(); ++i)
            REQUIRE(grid.scale * static_cast<float>(codes[i] - grid.zeroPoint) == Approx(rounded[i]).margin(1e-6));
    }
    const std::vector<float> positive{1, 2, 3}, negative{-2, -1}, zeros(5);
    CHECK(runTimeGrid(3, positive.data()).zeroPoint == 0);
    CHECK(runTimeGrid(2, negative.data()).zeroPoint == 255);
    CHECK(runTimeGrid(5, zeros.data()).scale == 1);
}

TEST_CASE("layers compute on codes whose range is found at run time", "[pairs]") {
    useThreads(2);
    for (const int64_t rows : {1, 7, 48, 130}) {
        GraphBuilder b;
        const ValueId x = b.input("x", {rows, 64});
        checkDynamic(b.build({b.node("layer", FullyConnected{}, {x, b.constant("w", Shape{24, 64})})}));
    }
    for (const int64_t size : {6, 7, 20}) {
        GraphBuilder b;
        const ValueId x = b.input("x", {2, 16, size, size + 1});
        const ValueId y = b.node("layer", conv2d(1, 1, 1, {Unary{UnaryKind::Relu}}),
                                 {x, b.constant("w", Shape{32, 16, 3, 3}), b.constant("b", Shape{32})});
        checkDynamic(b.build({y}));
    }
}

TEST_CASE("layers that read one tensor share its range, and fp32 does not round", "[pairs]") {
    GraphBuilder b;
    const ValueId x = b.input("x", {9, 32});
    const ValueId q = b.node("layer", FullyConnected{}, {x, b.constant("w", Shape{16, 32})});
    const ValueId k = b.node("other", FullyConnected{}, {x, b.constant("v", Shape{16, 32})});
    const Graph graph = dynamic(b.build({b.add("sum", q, k)}));
    checkDynamic(graph);
    CHECK(conversions(compiled(graph, Precision::Fp32)).empty());
}
