// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/quantize.h"

#include "core/base/error.h"
#include "core/graph/evaluate.h"
#include "core/quantize/range_choice.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"
#include "tests/support/grid_options.h"

#include <cmath>
#include <limits>
#include <set>

using namespace halftone;
using halftone::test::GraphBuilder;
using halftone::test::noise;

namespace {

/// Statistics of every activation that a plan would show: views are not observed.
Calibration calibrated(const Graph& graph) {
    Calibration calibration(graph);
    std::map<ValueId, Tensor> inputs;
    for (const ValueId input : graph.inputs)
        inputs.emplace(input, noise(graph.value(input).shape, 3));
    const auto values = evaluate(graph, inputs);
    for (const ValueId input : graph.inputs)
        calibration.observe(input, values.at(input).floats());
    for (const Node& node : graph.nodes())
        if (!std::holds_alternative<Reshape>(node.op) && !std::holds_alternative<Slice>(node.op) &&
            !std::holds_alternative<Transpose>(node.op))
            calibration.observe(node.outputs.front(), values.at(node.outputs.front()).floats());
    calibration.endBatch();
    return calibration;
}

Graph quantized(const Graph& graph, const QuantizeOptions& options = {}) {
    return quantize(graph, calibrated(graph), options);
}

Pool pool(PoolKind kind) {
    return Pool{kind, false, {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}};
}

} // namespace

TEST_CASE("layers that only move values share one grid with what they move") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 4, 8, 8});
    const ValueId a = b.conv("a", x, 4, 4);
    const ValueId most = b.node("most", pool(PoolKind::Max), {a});
    const ValueId mean = b.node("mean", pool(PoolKind::AverageExcludePad), {a});
    const ValueId join = b.node("join", Concat{1}, {most, mean});
    const ValueId turned = b.node("turned", Transpose{{0, 1, 3, 2}}, {join});
    const ValueId part = b.node("part", Slice{{0}, {3}, {1}, {1}}, {turned});
    const ValueId padded = b.node("padded", Pad{{0, 0, 1, 1, 0, 0, 1, 1}, 0}, {part});
    const ValueId flat = b.node("flat", Reshape{{0, -1}}, {padded});
    const ValueId relu = b.relu("relu", a);
    const Graph graph = quantized(b.build({flat, relu}));
    REQUIRE(graph.value(a).quant);
    for (const ValueId value : {most, mean, join, turned, part, padded, flat})
        CHECK((graph.value(value).quant == graph.value(a).quant));
    CHECK((graph.value(relu).quant != graph.value(a).quant));
    CHECK((graph.value(x).quant != graph.value(a).quant));
}

TEST_CASE("a joined tensor's grid holds the ranges of all its parts") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 4, 4});
    const ValueId big = b.node("big", Binary{BinaryKind::Mul}, {x, b.number("ten", 10)});
    const ValueId join = b.node("join", Concat{1}, {x, big});
    const Graph plain = b.build({join});
    const Calibration calibration = calibrated(plain);
    const Graph graph = quantize(plain, calibration, {});
    const RangeHistogram& range = calibration.tensors().at(big).histogram();
    CHECK((graph.value(x).quant == activationParams(range.min(), range.max(), true)));
    CHECK((graph.value(x).quant == graph.value(big).quant));
}

TEST_CASE("a global average has a grid of its own, a global maximum has not") {
    GraphBuilder b;
    const ValueId a = b.conv("a", b.input("x", {1, 4, 8, 8}), 4, 4);
    const ValueId mean = b.node("mean", Pool{PoolKind::AverageExcludePad, true}, {a});
    const ValueId most = b.node("most", Pool{PoolKind::Max, true}, {a});
    const Graph graph = quantized(b.build({mean, most}));
    CHECK((graph.value(mean).quant != graph.value(a).quant));
    CHECK(graph.value(mean).quant->scale() < graph.value(a).quant->scale());
    CHECK((graph.value(most).quant == graph.value(a).quant));
}

TEST_CASE("tensors that were not observed get no grid, and constants are no activations") {
    GraphBuilder b;
    const ValueId c = b.constant("c", Shape{1, 4, 8, 8});
    const ValueId a = b.add("a", b.input("x", {1, 4, 8, 8}), c);
    const Graph plain = b.build({a});
    const Graph nothing = quantize(plain, Calibration(plain), {});
    for (const Value& value : nothing.values())
        CHECK(!value.quant);
    const Graph graph = quantized(plain);
    CHECK(graph.value(a).quant);
    CHECK(!graph.value(c).quant);
}

TEST_CASE("pairs of weights are limited, but for depthwise layers, which have none") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 4, 8, 8});
    const ValueId full = b.constant("full", Shape{6, 4, 3, 3}), depth = b.constant("depth", Shape{6, 1, 3, 3});
    const ValueId a = b.node("a", Conv{{1, 1}, {1, 1}, {1, 1, 1, 1}, 1, {}}, {x, full});
    const Graph plain = b.build({b.node("d", Conv{{1, 1}, {1, 1}, {1, 1, 1, 1}, 6, {}}, {a, depth})});
    QuantizeOptions options;
    for (const bool perChannel : {true, false}) {
        options.weights = perChannel ? WeightScales::PerChannel : WeightScales::PerTensor;
        options.weightLimit = WeightLimit::Pairs;
        const Graph pairs = quantized(plain, options);
        options.weightLimit = WeightLimit::Full;
        const Graph whole = quantized(plain, options);
        CHECK((pairs.value(depth).quant == whole.value(depth).quant));
        CHECK(pairs.value(full).quant->scale() > whole.value(full).quant->scale());
        CHECK((*pairs.value(full).quant == limitedToPairs(*plain.value(full).constant, *whole.value(full).quant)));
        CHECK(pairs.value(full).quant->scales.size() == (perChannel ? 6 : 1));
        CHECK(pairs.value(full).quant->axis == (perChannel ? std::optional(0) : std::nullopt));
    }
}

TEST_CASE("transposed convolutions get a scale for each output channel, limited as the same weights of a convolution") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 4, 8, 8});
    const ValueId plainWeights = b.constant("w", Shape{6, 4, 3, 3});
    const std::vector<float> from = b.graph.value(plainWeights).constant->toFloats();
    std::vector<float> to(from.size());
    for (size_t i = 0; i < from.size(); ++i)
        to[(i / 9 % 4 * 6 + i / 36) * 9 + i % 9] = from[i];
    const ValueId weights = b.constant("up_w", Tensor::fromFloats({4, 6, 3, 3}, to));
    const ValueId grouped = b.constant("grouped_w", Shape{4, 3, 2, 2});
    const ValueId conv = b.node("conv", Conv{{1, 1}, {1, 1}, {1, 1, 1, 1}, 1, {}}, {x, plainWeights});
    const ValueId up = b.node("up", ConvTranspose{{2, 2}, {1, 1}, {0, 0, 0, 0}, {0, 0}, 1, {}}, {x, weights});
    const ValueId two = b.node("two", ConvTranspose{{2, 2}, {1, 1}, {0, 0, 0, 0}, {0, 0}, 2, {}}, {x, grouped});
    const Graph plain = b.build({conv, up, two});
    for (const WeightLimit limit : {WeightLimit::Full, WeightLimit::Pairs, WeightLimit::SevenBits})
        for (const bool perChannel : {true, false}) {
            QuantizeOptions options;
            options.weights = perChannel ? WeightScales::PerChannel : WeightScales::PerTensor;
            options.weightLimit = limit;
            const Graph graph = quantized(plain, options);
            REQUIRE(graph.value(weights).quant);
            CHECK(graph.value(weights).quant->scales == graph.value(plainWeights).quant->scales);
            CHECK(graph.value(weights).quant->axis == (perChannel ? std::optional(1) : std::nullopt));
            CHECK_FALSE(graph.value(grouped).quant);
            CHECK(graph.value(up).quant);
        }
}

TEST_CASE("layers that shall stay in fp32 get no weight grid: by name, the first, the last") {
    GraphBuilder b;
    ValueId x = b.input("x", {1, 4, 8, 8});
    for (const char* name : {"one", "two", "three"})
        x = b.relu(std::string(name) + "_relu", b.conv(name, x, 4, 4));
    const Graph plain = b.build({x});
    const auto kept = [&](const QuantizeOptions& options) {
        const Graph graph = quantized(plain, options);
        std::vector<std::string> names;
        for (const Node& node : graph.nodes())
            if (node.inputs.size() > 1 && !graph.value(node.inputs[1]).quant)
                names.push_back(node.name);
        CHECK(names == layersKeptInFp32(plain, options));
        return names;
    };
    QuantizeOptions options;
    CHECK(kept(options).empty());
    options.keepFp32 = {"two"};
    CHECK(kept(options) == std::vector<std::string>{"two"});
    options.keepFirstFp32 = true;
    CHECK(kept(options) == std::vector<std::string>{"one", "two"});
    options = {};
    options.keepLastFp32 = true;
    CHECK(kept(options) == std::vector<std::string>{"three"});
}

TEST_CASE("signed codes become unsigned ones on the same grid") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 4, 8, 8});
    const ValueId a = b.conv("a", x, 4, 4), r = b.relu("r", a);
    QuantizeOptions options;
    options.scheme = Scheme::Symmetric;
    const Graph codes = quantized(b.build({r}), options), shifted = withUnsignedCodes(codes);
    for (const ValueId value : {x, a}) {
        REQUIRE(codes.value(value).quant->storage == ElementType::S8);
        CHECK(shifted.value(value).quant->storage == ElementType::U8);
        CHECK(shifted.value(value).quant->scales == codes.value(value).quant->scales);
        CHECK(shifted.value(value).quant->zeroPoint() == 128);
    }
    CHECK((shifted.value(r).quant == codes.value(r).quant)); // never negative
    const ValueId weights = codes.nodes()[0].inputs[1];
    CHECK((shifted.value(weights).quant == codes.value(weights).quant));
}

TEST_CASE("weights get one scale for each output channel; depthwise ones always have 8 bits") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 4, 8, 8});
    const ValueId full = b.constant("full", Shape{6, 4, 3, 3}), depth = b.constant("depth", Shape{6, 1, 3, 3}),
                  grouped = b.constant("grouped", Shape{6, 3, 1, 1}), matrix = b.constant("matrix", Shape{5, 384});
    const Pads ones{1, 1, 1, 1}, zeros{0, 0, 0, 0};
    const ValueId a = b.node("a", Conv{{1, 1}, {1, 1}, ones, 1, {}}, {x, full});
    const ValueId d = b.node("d", Conv{{1, 1}, {1, 1}, ones, 6, {}}, {a, depth});
    const ValueId g = b.node("g", Conv{{1, 1}, {1, 1}, zeros, 2, {}}, {d, grouped});
    const ValueId fc = b.node("fc", FullyConnected{}, {b.node("flat", Reshape{{0, -1}}, {g}), matrix});
    const Graph plain = b.build({fc});
    CHECK(isDepthwise(plain, plain.node(1)));
    CHECK(!isDepthwise(plain, plain.node(0)));
    CHECK(!isDepthwise(plain, plain.node(2)));
    for (const int bits : {7, 8}) {
        const Graph graph = quantized(plain, test::gridOptions(bits, true));
        for (const ValueId weights : {full, depth, grouped, matrix}) {
            const Value& value = graph.value(weights);
            REQUIRE(value.quant);
            CHECK(value.quant->storage == ElementType::S8);
            CHECK(value.quant->axis == 0);
            CHECK(static_cast<int64_t>(value.quant->scales.size()) == value.shape[0]);
            const std::vector<float> floats = value.constant->toFloats();
            const size_t perChannel = floats.size() / value.quant->scales.size();
            const int highest = bits == 8 || weights == depth ? 127 : 63;
            for (size_t c = 0; c < value.quant->scales.size(); ++c) {
                CHECK(value.quant->zeroPoints[c] == 0);
                float largest = 0;
                for (size_t i = c * perChannel; i < (c + 1) * perChannel; ++i)
                    largest = std::max(largest, std::abs(floats[i]));
                CHECK(value.quant->scales[c] == Approx(largest / static_cast<float>(highest)));
            }
        }
    }
}

TEST_CASE("activations that are never negative get zero point 0, others as the options say") {
    GraphBuilder b;
    const ValueId a = b.conv("a", b.input("x", {1, 4, 8, 8}), 4, 4);
    const ValueId relu = b.relu("relu", a);
    const Graph plain = b.build({relu});
    const Graph asymmetric = quantized(plain, test::gridOptions(8, true));
    const Graph symmetric = quantized(plain, test::gridOptions(8, false));
    CHECK(asymmetric.value(relu).quant->storage == ElementType::U8);
    CHECK(asymmetric.value(relu).quant->zeroPoint() == 0);
    CHECK((symmetric.value(relu).quant == asymmetric.value(relu).quant));
    CHECK(asymmetric.value(a).quant->storage == ElementType::U8);
    CHECK(asymmetric.value(a).quant->zeroPoint() > 0);
    CHECK(symmetric.value(a).quant->storage == ElementType::S8);
    CHECK(symmetric.value(a).quant->zeroPoint() == 0);
}

TEST_CASE("quantizing changes no weight and keeps the graph's form") {
    GraphBuilder b;
    const Graph plain = b.build({b.conv("a", b.input("x", {1, 4, 8, 8}), 4, 4)});
    Graph graph = quantized(plain);
    for (ValueId value = 0; value < static_cast<ValueId>(graph.values().size()); ++value)
        graph.value(value).quant.reset();
    CHECK((graph == plain));
}

TEST_CASE("weights that are not finite are refused by the layer's name") {
    GraphBuilder b;
    std::vector<float> weights(36, 1);
    weights[7] = std::numeric_limits<float>::infinity();
    const ValueId x = b.input("x", {1, 1, 8, 8});
    const ValueId y = b.node("broken", Conv{{1, 1}, {1, 1}, {0, 0, 0, 0}, 1, {}},
                             {x, b.constant("w", Tensor::fromFloats({4, 1, 3, 3}, weights))});
    const Graph graph = b.build({y});
    CHECK_THROWS_WITH(quantize(graph, Calibration(graph), {}), Contains("broken") && Contains("finite"));
}

TEST_CASE(
    "an activation that held NaN or infinity gets no grid, nor what only shows its values, and others keep theirs") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 4});
    const std::vector<float> mask{0, 0, -std::numeric_limits<float>::infinity(), 0};
    const ValueId masked = b.add("masked", x, b.constant("mask", Tensor::fromFloats({1, 4}, mask)));
    const ValueId view = b.node("view", Flatten{}, {masked});
    const ValueId softmax = b.node("softmax", Softmax{}, {view});
    const Graph graph = b.build({softmax});
    Calibration calibration(graph);
    const std::vector<float> values{1, 2, -std::numeric_limits<float>::infinity(), 3};
    calibration.observe(x, std::vector<float>{1, 2, 7, 3});
    calibration.observe(masked, values);
    calibration.observe(softmax, std::vector<float>{0.1F, 0.2F, 0, 0.7F});
    calibration.endBatch();
    CHECK(notFinite(graph, calibration) == std::set<ValueId>{masked, view});
    const Graph quantized = quantize(graph, calibration, {});
    CHECK(quantized.value(x).quant);
    CHECK(quantized.value(softmax).quant);
    CHECK_FALSE(quantized.value(masked).quant);
    CHECK_FALSE(quantized.value(view).quant);
    CHECK(quantized.value(x).quant->scale() == Approx(7.0 / 255));
}
