// SPDX-License-Identifier: GPL-3.0-or-later
// The planner on a small network in which one layer cannot be in int8.
#include "core/workflow/planner/layer_planner.h"

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/engine/compile.h"
#include "core/engine/machine/machine.h"
#include "core/quantize/mixed_graph.h"
#include "core/quantize/quantize.h"
#include "core/workflow/compare/layer_errors.h"
#include "core/workflow/samples/calibrate.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"

#include <algorithm>
#include <cstring>

using namespace halftone;
using halftone::test::GraphBuilder;

namespace {

constexpr int64_t kChannels = 16;

ValueId conv(GraphBuilder& b, const std::string& name, ValueId x, int64_t from, Tensor weights) {
    const Conv op{{1, 1}, {1, 1}, {1, 1, 1, 1}, 1, {Unary{UnaryKind::Relu}}};
    REQUIRE(weights.shape[1] == from);
    return b.node(name, op, {x, b.constant("w" + name, std::move(weights)), b.constant("b" + name, Shape{kChannels})});
}

/// Weights of which those of one output (axis 0) or input channel (axis 1) are multiplied.
Tensor weights(int64_t from, uint32_t seed, int axis = 0, float factor = 1) {
    const Shape shape{kChannels, from, 3, 3};
    std::vector<float> values = test::noise(shape, seed).toFloats();
    for (size_t i = 0; i < values.size(); ++i) {
        const auto channel = axis == 0 ? static_cast<int64_t>(i) / (from * 9) : static_cast<int64_t>(i) / 9 % from;
        values[i] *= channel == 2 ? factor : 1;
    }
    std::vector<std::byte> bytes(values.size() * sizeof(float));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return {ElementType::F32, shape, std::move(bytes)};
}

/// first -> large -> bad -> last -> classes. One channel that "large" writes is 1000 times as large as the others, and
/// "bad" divides it again, so that fp32 computes the same; the tensor between them needs one grid for both.
struct Network {
    Graph graph, quantized;
    RandomSamples samples{12, 5};

    explicit Network(float factor = 1000) : Network(ofFactor(factor)) {}
    explicit Network(Graph network) : graph(std::move(network)) {
        useThreads(1);
        Job job;
        Stages stages(job, {{"", 1}});
        stages.next();
        Plan fp32 = compile(graph, {Precision::Fp32}, job);
        LayerInputs inputs(graph, 0);
        const Calibration calibration = calibrate(graph, fp32, samples, evenlySpread(12, 12), inputs, stages);
        QuantizeOptions options;
        options.weightLimit = WeightLimit::SevenBits;
        quantized = quantize(graph, calibration, options);
    }
    static Graph ofFactor(float factor) {
        GraphBuilder b;
        const ValueId x = b.input("x", {1, 3, 12, 12});
        const ValueId first = conv(b, "first", x, 3, weights(3, 21));
        const ValueId large = conv(b, "large", first, kChannels, weights(kChannels, 22, 0, factor));
        const ValueId bad = conv(b, "bad", large, kChannels, weights(kChannels, 23, 1, 1 / factor));
        const ValueId last = conv(b, "last", bad, kChannels, weights(kChannels, 24));
        const ValueId pool = b.node("pool", Pool{PoolKind::AverageExcludePad, true}, {last});
        const ValueId flat = b.node("flat", Flatten{}, {pool});
        return b.build({b.node("classes", FullyConnected{}, {flat, b.constant("wc", Shape{10, kChannels})})});
    }

    NodeId node(const std::string& name) const {
        return static_cast<NodeId>(std::ranges::find(graph.nodes(), name, &Node::name) - graph.nodes().begin());
    }
};

struct Planned {
    MixedPlan plan;
    std::vector<Diagnostic> diagnostics;

    const PlanLayer& layer(const std::string& name) const {
        return *std::ranges::find(plan.layers, name, &PlanLayer::layer);
    }
};

Planned planned(const Network& network, const std::map<NodeId, bool>& pins = {}, double maxDrop = 20,
                double budgetS = 3) {
    Job job;
    Stages stages(job, planningStages(budgetS));
    Plan fp32 = compile(network.graph, {Precision::Fp32}, job);
    const PlanningInput input{network.graph,
                              network.quantized,
                              fp32,
                              network.samples,
                              nullptr,
                              nullptr,
                              judgedOutput(network.graph, OutputKind::Auto, false),
                              evenlySpread(12, 12),
                              pins,
                              machineInfo().isa,
                              maxDrop,
                              false,
                              1,
                              nowNs() + static_cast<int64_t>(budgetS * 1e9)};
    Planned result;
    result.plan = planLayers(input, result.diagnostics, job, stages);
    return result;
}

} // namespace

TEST_CASE("the planner finds the planted bad layer first and keeps it out") {
    const Network network;
    const Planned found = planned(network);
    const MixedPlan& plan = found.plan;
    CHECK(plan.criterion == "output-distance"); // there are no pictures
    const auto worst = std::ranges::max_element(plan.layers, {}, &PlanLayer::costPoints);
    REQUIRE(worst != plan.layers.end());
    CHECK(worst->layer == "bad");
    CHECK(std::ranges::min_element(plan.layers, {}, [](const PlanLayer& layer) {
              return layer.outputSqnrDb.value_or(1000);
          })->layer == "bad");
    REQUIRE(plan.chosen >= 0);
    CHECK(found.layer("bad").precision != "int8");
    CHECK_THAT(found.layer("bad").reason, StartsWith("moves the outputs by ") || StartsWith("slower in int8 here"));
    const PlanPoint& chosen = plan.front[static_cast<size_t>(plan.chosen)];
    CHECK(std::ranges::count(chosen.keptOut, "bad") == 1);
    CHECK(*chosen.measuredDrop <= 20);
    CHECK(chosen.measuredMs);
    CHECK(plan.latencyMs.size() == 3);
    CHECK_THAT(plan.sentence, Contains("ms"));
}

TEST_CASE("every point of the front is faster than the next one and costs more") {
    const Planned found = planned(Network(), {}, 0.5);
    const std::vector<PlanPoint>& front = found.plan.front;
    for (size_t i = 1; i < front.size(); ++i) {
        CHECK(front[i].predictedMs >= front[i - 1].predictedMs);
        CHECK(front[i].predictedDrop <= front[i - 1].predictedDrop);
    }
}

TEST_CASE("no plan is chosen that all-int8 beats within the limit") {
    for (int repetition = 0; repetition < 3; ++repetition) {
        const MixedPlan plan = planned(Network(1), {}, 1000, 1).plan;
        REQUIRE(plan.chosen >= 0);
        CHECK(plan.latencyMs.at("mixed").median <= plan.latencyMs.at("int8").median);
        const PlanPoint& chosen = plan.front[static_cast<size_t>(plan.chosen)];
        CHECK(*chosen.measuredMs == plan.latencyMs.at("mixed").median);
    }
}

TEST_CASE("pinned layers stay where the user wants them") {
    const Network network;
    const Planned found = planned(network, {{network.node("bad"), true}, {network.node("first"), false}}, 1000);
    CHECK(found.layer("bad").precision == "int8");
    CHECK(found.layer("bad").pinned == "int8");
    CHECK(found.layer("first").precision != "int8");
    CHECK(found.layer("first").pinned == "fp32");
    CHECK(found.layer("first").reason == "kept out as asked");
}

TEST_CASE("where no plan is within the limit, none is chosen and the sentence says so") {
    const Network network;
    std::map<NodeId, bool> all;
    for (const char* name : {"first", "large", "bad", "last", "classes"})
        all[network.node(name)] = true;
    const Planned found = planned(network, all, 0.001);
    CHECK(found.plan.chosen == -1);
    CHECK_THAT(found.plan.sentence, Contains("No plan is within the limit"));
}

TEST_CASE("a plan is made however short the time is, and says what it lacks") {
    const Planned found = planned(Network(), {}, 1000, 0);
    CHECK(found.plan.layers.size() == 5);
    CHECK_FALSE(found.plan.front.empty());
    CHECK(std::ranges::any_of(found.diagnostics, [](const Diagnostic& each) { return each.code == "plan-trials"; }));
}

TEST_CASE("layers out of int8 compute with the weights that they had before") {
    const Network network;
    Graph rounded = network.quantized;
    const ValueId weights = rounded.node(network.node("large")).inputs[1];
    rounded.value(weights).constant = test::noise(rounded.value(weights).shape, 99); // as rounding would change them
    std::vector<bool> int8(network.graph.nodes().size(), true);
    int8[static_cast<size_t>(network.node("large"))] = false;
    const Graph mixed = mixedGraph(network.graph, rounded, int8);
    const Value& kept = mixed.value(mixed.node(network.node("large")).inputs[1]);
    CHECK_FALSE(kept.quant);
    CHECK((kept.constant == network.graph.value(weights).constant));
    CHECK(mixed.value(mixed.node(network.node("bad")).inputs[1]).quant);
}

TEST_CASE("the error of a layer is told alone and with all layers before it") {
    const Network network;
    Job job;
    Plan int8 = compile(network.quantized, {Precision::Int8, false}, job);
    const ErrorAnalysis errors = analyseErrors({network.graph,
                                                network.quantized,
                                                int8,
                                                network.samples,
                                                {0, 1, 2, 3, 4, 5, 6, 7},
                                                {8, 9},
                                                [](int64_t sample) { return std::to_string(sample); }},
                                               job, [](double) {});
    CHECK(errors.samples == 8);
    const auto of = [&](const std::string& layer) {
        const auto found = std::ranges::find(errors.layers, layer, &LayerError::layer);
        REQUIRE(found != errors.layers.end());
        return *found;
    };
    REQUIRE(of("first").local);
    // Nothing lies before the first layer but the network's input; its own result's grid is all that is added.
    CHECK(*of("first").accumulated.sqnrDb <= *of("first").local->sqnrDb + 0.1);
    CHECK(*of("first").local->sqnrDb > 30);
    // The bad layer is bad by itself; those after it are not, but they inherit its error.
    CHECK(*of("bad").local->sqnrDb < 20);
    CHECK(*of("last").local->sqnrDb > *of("bad").local->sqnrDb + 10);
    CHECK(*of("last").accumulated.sqnrDb < *of("last").local->sqnrDb - 10);
    CHECK(of("last").accumulated.cosine < of("first").accumulated.cosine);
    CHECK(of("last").accumulated.maxAbs > 0);
    // Layers without weights too: a global average rounds its result to a grid.
    REQUIRE(of("pool").local);
    CHECK(*of("pool").local->sqnrDb > 30);
    for (const LayerError& layer : errors.layers)
        CHECK(layer.local.has_value() == layer.notMeasured.empty());
}

TEST_CASE("the own error of every layer in int8 is measured, and of others it is said that they are not in int8") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 3, 12, 12});
    const ValueId first = conv(b, "first", x, 3, weights(3, 21));
    const Pool window{PoolKind::AverageExcludePad, false, {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}};
    Pool largest = window;
    largest.kind = PoolKind::Max;
    const ValueId average = b.node("average", window, {first}), most = b.node("most", largest, {first});
    const ValueId sum = b.add("sum", average, most);
    const ValueId joined = b.node("join", Concat{1}, {sum, most});
    const ValueId last = conv(b, "last", joined, 2 * kChannels, weights(2 * kChannels, 24));
    const Network of(b.build({b.node("softmax", Softmax{1}, {last})}));
    Job job;
    Plan int8 = compile(of.quantized, {Precision::Int8, false}, job);
    const ErrorAnalysis errors =
        analyseErrors({of.graph, of.quantized, int8, of.samples, {0, 1, 2, 3}, {}, {}}, job, [](double) {});
    const auto error = [&](const std::string& layer) {
        INFO(layer);
        const auto found = std::ranges::find(errors.layers, layer, &LayerError::layer);
        REQUIRE(found != errors.layers.end());
        return *found;
    };
    for (const StepInfo& step : int8.steps()) {
        if (step.kind != StepInfo::Kind::Compute)
            continue;
        INFO(step.name);
        CHECK(error(step.name).local.has_value() == (step.precision == "int8"));
        CHECK((error(step.name).notMeasured == "It is not in int8.") == (step.precision != "int8"));
    }
    for (const char* layer : {"average", "most", "sum"}) {
        REQUIRE(error(layer).local);
        CHECK(*error(layer).local->sqnrDb > 30);
    }
    // The largest of codes is the code of the largest: nothing but its input is rounded. An average is rounded again.
    const double step = static_cast<double>(of.quantized.value(first).quant->scale());
    CHECK(error("most").local->maxAbs <= 0.51 * step);
    CHECK(error("average").local->maxAbs > 0.51 * step);
    CHECK(error("average").local->maxAbs <= 1.01 * step);
}
