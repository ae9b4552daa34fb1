// SPDX-License-Identifier: GPL-3.0-or-later
// Simulated int8: fp32 arithmetic over tensors that were rounded to their grids.
#include "core/engine/kernels/kernels.h"
#include "core/engine/machine/machine.h"
#include "tests/core/engine/engine_test.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace halftone;
using namespace halftone::engine;
using namespace halftone::test;

namespace {

bool isRounding(const StepInfo& step) {
    return step.op == "FakeQuantize";
}

/// Names of the values that the plan rounds, in the order of the steps.
std::vector<std::string> roundedValues(const Plan& plan) {
    std::vector<std::string> names;
    for (const StepInfo& step : plan.steps())
        if (isRounding(step)) {
            CHECK(step.kernel == "halftone:fake-quantize");
            CHECK(step.kind == StepInfo::Kind::Compute);
            CHECK(step.inputs.front().type == "f32");
            CHECK(step.outputs.front().type == "f32");
            CHECK(step.bytes > 0);
            names.push_back(step.inputs.front().value);
        }
    return names;
}

/// The tensor rounded to its grid, without the code of the engine.
Tensor rounded(const Value& value, const Tensor& tensor) {
    const std::vector<double> values = tensor.toDoubles();
    const QuantParams& grid = *value.quant;
    const size_t perChannel = values.size() / grid.scales.size();
    std::vector<float> result;
    for (size_t i = 0; i < values.size(); ++i) {
        const double scale = grid.scales[i / perChannel];
        const int32_t zeroPoint = grid.zeroPoints[i / perChannel];
        const double code = std::clamp<double>(std::nearbyint(values[i] / scale) + zeroPoint, lowestCode(grid.storage),
                                               highestCode(grid.storage));
        result.push_back(static_cast<float>(scale * (code - zeroPoint)));
    }
    return Tensor::fromFloats(tensor.shape, result);
}

double noiseOf(const std::vector<float>& reference, const std::vector<float>& other) {
    REQUIRE(reference.size() == other.size());
    double noise = 0;
    for (size_t i = 0; i < reference.size(); ++i)
        noise += std::pow(static_cast<double>(reference[i]) - static_cast<double>(other[i]), 2);
    return noise;
}

} // namespace

TEST_CASE("rounding in fp32 gives the values of the codes, whatever the grid") {
    useThreads(2);
    std::vector<float> values{0, -0.0F, 1e30F, -1e30F, std::numeric_limits<float>::infinity(), 0.049999997F, 1e-30F};
    for (int i = -600; i <= 600; ++i) // ties, codes and what lies beside them
        for (const float beside : {0.0F, 1e-3F, -1e-3F})
            values.push_back(0.05F * static_cast<float>(i) + beside);
    for (const QuantParams& grid :
         {QuantParams{ElementType::U8, {0.1F}, {0}, {}}, QuantParams{ElementType::U8, {0.1F}, {113}, {}},
          QuantParams{ElementType::S8, {0.037F}, {0}, {}}, QuantParams{ElementType::S8, {0.1F}, {-5}, {}}}) {
        std::vector<float> result(values.size());
        fakeQuantize(grid, static_cast<int64_t>(values.size()), static_cast<int64_t>(values.size()), values.data(),
                     result.data());
        for (size_t i = 0; i < values.size(); ++i) {
            INFO(values[i]);
            CHECK(result[i] == dequantize(quantize(values[i], grid.scale(), grid.zeroPoint(), grid.storage),
                                          grid.scale(), grid.zeroPoint()));
        }
    }
    const float nan = std::numeric_limits<float>::quiet_NaN();
    float result = 0;
    fakeQuantize({ElementType::U8, {1.0F}, {0}, {}}, 1, 1, &nan, &result);
    CHECK(std::isnan(result));
}

TEST_CASE("each channel of weights is rounded with its own scale") {
    useThreads(2);
    const Tensor weights = noise({3, 5000}, 5);
    Value value{
        "w", ElementType::F32, weights.shape, QuantParams{ElementType::S8, {0.1F, 0.003F, 1.0F}, {0, 0, 0}, 0}, {}};
    std::vector<float> result(15000);
    fakeQuantize(*value.quant, 5000, 15000, weights.floats().data(), result.data());
    CHECK(std::ranges::equal(result, rounded(value, weights).floats()));
}

TEST_CASE("channels beside each other are rounded with a grid each") {
    useThreads(2);
    for (const auto& [rows, channels] :
         {std::pair{1, 1}, std::pair{7, 3}, std::pair{700, 10}, std::pair{5, 1500}, std::pair{300, 64}}) {
        QuantParams grid{ElementType::U8, {}, {}, 1};
        for (int c = 0; c < channels; ++c) {
            grid.scales.push_back(0.002F + 0.0001F * static_cast<float>(c % 37));
            grid.zeroPoints.push_back(c % 3 * 60);
        }
        const Tensor x = noise({rows, channels}, 8);
        std::vector<float> result(x.floats().size());
        fakeQuantize(grid, 1, static_cast<int64_t>(result.size()), x.floats().data(), result.data());
        int wrong = 0;
        for (size_t i = 0; i < result.size(); ++i) {
            const float scale = grid.scales[i % grid.scales.size()];
            const int32_t zero = grid.zeroPoints[i % grid.scales.size()];
            wrong += result[i] != dequantize(quantize(x.floats()[i], scale, zero, grid.storage), scale, zero);
        }
        INFO(rows << " rows of " << channels);
        CHECK(wrong == 0);
    }
}

TEST_CASE("a simulated layer equals the exact layer over rounded input and weights") {
    useThreads(1);
    for (const int64_t groups : {1, 4, 32})
        for (const bool asymmetric : {false, true}) {
            GraphBuilder b;
            const ValueId x = b.input("x", {2, 32, 9, 9});
            const ValueId w = b.constant("w", Shape{32, 32 / groups, 3, 3});
            const ValueId y =
                b.node("a", conv2d(1, 1, groups, {Unary{UnaryKind::Relu}}), {x, w, b.constant("bias", Shape{32})});
            Graph graph = quantized(b.build({y}), gridOptions(8, asymmetric));
            Plan plan = compiled(graph, Precision::Int8Simulated);
            const std::vector<std::string> names = roundedValues(plan);
            if (stepOf(compiled(graph, Precision::Int8), "a").precision != "int8") { // then it rounds nothing either
                CHECK(names.empty());
                CHECK(groups != 1);
                continue;
            }
            CHECK(names == std::vector<std::string>{"x", "w"}); // nobody reads codes of the result
            CHECK(stepOf(plan, "a").precision == "fp32");
            const auto inputs = inputsFor(graph);
            const std::vector<float> actual = outputsOf(plan, graph, inputs).front();
            const Value &xValue = graph.value(graph.inputs[0]), &wValue = graph.value(graph.nodes()[0].inputs[1]);
            graph.value(graph.nodes()[0].inputs[1]).constant = rounded(wValue, *wValue.constant);
            const auto expected = evaluate(graph, {{graph.inputs[0], rounded(xValue, inputs.at(graph.inputs[0]))}});
            const std::vector<double> wanted = expected.at(graph.outputs[0]).toDoubles();
            double largest = 0, difference = 0;
            for (size_t i = 0; i < wanted.size(); ++i) {
                largest = std::max(largest, std::abs(wanted[i]));
                difference = std::max(difference, std::abs(wanted[i] - static_cast<double>(actual[i])));
            }
            CHECK(difference < 1e-5 * largest);
        }
}

TEST_CASE("activations with a grid for each channel are rounded in fp32, exactly") {
    useThreads(1);
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 3, 9, 9});
    const ValueId a = b.node("a", conv2d(1, 1, 1, {Unary{UnaryKind::Relu}}),
                             {x, b.constant("wa", Shape{16, 3, 3, 3}), b.constant("ba", Shape{16})});
    const ValueId pool = b.node("pool", Pool{PoolKind::Max, false, {2, 2}, {1, 1}, {1, 1}, {0, 0, 0, 0}}, {a});
    const ValueId c = b.node("c", conv2d(), {pool, b.constant("wc", Shape{16, 16, 3, 3}), b.constant("bc", Shape{16})});
    Graph graph = quantized(b.build({c}));
    QuantParams grid{ElementType::U8, {}, {}, 1};
    for (int channel = 0; channel < 16; ++channel) {
        grid.scales.push_back(0.003F * static_cast<float>(channel + 1));
        grid.zeroPoints.push_back(channel % 3);
    }
    graph.value(pool).quant = grid;
    graph.value(a).quant.reset();
    graph.gridsAreMeant = true;

    const Plan int8 = compiled(graph, Precision::Int8);
    CHECK(stepOf(int8, "c").precision == "fp32");
    CHECK(stepOf(int8, "c").why.find("pool_y is rounded to a grid for each channel") != std::string::npos);
    CHECK(stepOf(int8, "pool").precision == "fp32");
    CHECK(stepOf(int8, "a").precision == "int8");
    CHECK(roundedValues(int8) == std::vector<std::string>{"pool_y"});

    Plan simulated = compiled(graph, Precision::Int8Simulated);
    const std::vector<std::string> names = roundedValues(simulated);
    CHECK(std::ranges::count(names, "pool_y") == 1);
    // By plain loops: what the first part gives, rounded channel by channel, through the last layer.
    const auto inputs = inputsFor(graph);
    const std::vector<float> actual = outputsOf(simulated, graph, inputs).front();
    Graph first = graph;
    first.outputs = {pool};
    for (const ValueId weights : {first.nodes()[0].inputs[1]})
        first.value(weights).constant = rounded(first.value(weights), *first.value(weights).constant);
    const Tensor between = evaluate(first, {{x, rounded(first.value(x), inputs.at(x))}}).at(pool);
    const std::vector<double> values = between.toDoubles();
    std::vector<float> onGrids;
    for (size_t i = 0; i < values.size(); ++i) {
        const size_t channel = i / (values.size() / 16);
        onGrids.push_back(dequantize(
            quantize(static_cast<float>(values[i]), grid.scales[channel], grid.zeroPoints[channel], grid.storage),
            grid.scales[channel], grid.zeroPoints[channel]));
    }
    const Node& last = graph.nodes()[2];
    const Tensor expected = evaluate(Graph{}, last,
                                     {Tensor::fromFloats(between.shape, onGrids), graph.value(last.inputs[1]).constant,
                                      graph.value(last.inputs[2]).constant})
                                .at(0);
    const std::vector<double> wanted = expected.toDoubles();
    // A value in the middle between two codes may fall to either side.
    double noise = 0, signal = 0;
    for (size_t i = 0; i < wanted.size(); ++i) {
        noise += std::pow(wanted[i] - static_cast<double>(actual[i]), 2);
        signal += wanted[i] * wanted[i];
    }
    CHECK(noise < 1e-6 * signal);
}

TEST_CASE("a simulated network gives what the int8 plan gives, within rounding") {
    useThreads(1);
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 3, 16, 16});
    const PostOps relu{Unary{UnaryKind::Relu}};
    const ValueId a =
        b.node("a", conv2d(1, 1, 1, relu), {x, b.constant("wa", Shape{16, 3, 3, 3}), b.constant("ba", Shape{16})});
    const ValueId pool = b.node("pool", Pool{PoolKind::Max, false, {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}}, {a});
    const ValueId c = b.node("c", conv2d(1, 1, 1, {AddInput{3}, Unary{UnaryKind::Relu}}),
                             {pool, b.constant("wc", Shape{16, 16, 3, 3}), b.constant("bc", Shape{16}), pool});
    const ValueId average = b.node("average", Pool{PoolKind::AverageExcludePad, true}, {c});
    const ValueId flat = b.node("flat", Flatten{}, {average});
    const ValueId y = b.node("y", FullyConnected{}, {flat, b.constant("wy", Shape{10, 16})});
    const Graph graph = quantized(b.build({a, y}));
    const auto inputs = inputsFor(graph);
    Plan simulated = compiled(graph, Precision::Int8Simulated);
    Plan int8 = compiled(graph, Precision::Int8), fp32 = compiled(graph);
    const auto inSimulated = outputsOf(simulated, graph, inputs), inInt8 = outputsOf(int8, graph, inputs),
               inFp32 = outputsOf(fp32, graph, inputs);

    const double step = graph.value(graph.outputs[0]).quant->scale();
    size_t different = 0;
    for (size_t i = 0; i < inInt8[0].size(); ++i) {
        const double distance = std::abs(inInt8[0][i] - inSimulated[0][i]);
        CHECK(distance < 1.01 * step);
        different += distance > step / 2;
    }
    CHECK(different <= inInt8[0].size() / 50); // ties of fp32 and of int32 sums
    CHECK(noiseOf(inInt8[1], inSimulated[1]) < 0.05 * noiseOf(inInt8[1], inFp32[1]));
    CHECK((outputsOf(simulated, graph, inputs) == inSimulated));

    std::vector<std::string> names = roundedValues(simulated);
    std::ranges::sort(names);
    // The pooled and the flattened tensor hold values that are on the grid already.
    CHECK(names == std::vector<std::string>{"a_y", "average_y", "c_y", "wa", "wc", "wy", "x"});
    for (const StepInfo& info : simulated.steps())
        CHECK(info.precision != "int8");
}

TEST_CASE("weights that two layers share are rounded once") {
    useThreads(1);
    GraphBuilder b;
    const ValueId w = b.constant("w", Shape{3, 3, 3, 3});
    const ValueId a = b.node("a", conv2d(1, 1, 1, {Unary{UnaryKind::Relu}}), {b.input("x", {1, 3, 8, 8}), w});
    const ValueId y = b.node("c", conv2d(), {a, w});
    const Graph graph = quantized(b.build({y}));
    const Plan plan = compiled(graph, Precision::Int8Simulated);
    const std::vector<std::string> names = roundedValues(plan);
    CHECK(std::ranges::count(names, "w") == 1);
}
