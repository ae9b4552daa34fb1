// SPDX-License-Identifier: GPL-3.0-or-later
// bf16 and fp16 plans: which layers compute in the type on any CPU, and what comes out where the CPU has it.
#include "core/engine/choose/float_choice.h"
#include "core/engine/machine/machine.h"
#include "tests/core/engine/engine_test.h"

#include <algorithm>
#include <cmath>

using namespace halftone;
using namespace halftone::engine;
using namespace halftone::test;

namespace {

/// conv a -> relu -> max pool -> conv c (+ the pool) -> flatten -> fully connected -> softmax
struct Network {
    GraphBuilder b;
    Graph graph;

    Network() {
        const ValueId x = b.input("x", {1, 3, 16, 16});
        const ValueId a = b.relu("relu", b.node("a", conv2d(), {x, b.constant("wa", Shape{16, 3, 3, 3})}));
        const ValueId pool = b.node("pool", Pool{PoolKind::Max, false, {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}}, {a});
        const ValueId c = b.node("c", conv2d(1, 1, 1, {AddInput{3}, Unary{UnaryKind::Relu}}),
                                 {pool, b.constant("wc", Shape{16, 16, 3, 3}), b.constant("bc", Shape{16}), pool});
        const ValueId y =
            b.node("y", FullyConnected{}, {b.node("flat", Flatten{}, {c}), b.constant("wy", Shape{10, 1024})});
        graph = b.build({y, b.node("softmax", Softmax{}, {y})});
    }
};

/// Names of the nodes that compute in `type`.
std::vector<std::string> inType(const Graph& graph, const PrecisionChoice& choice, DataType type) {
    std::vector<std::string> names;
    for (size_t i = 0; i < graph.nodes().size(); ++i)
        if (choice.floats[i] == type)
            names.push_back(graph.nodes()[i].name);
    return names;
}

const std::string& reasonOf(const Graph& graph, const PrecisionChoice& choice, const std::string& node) {
    for (size_t i = 0; i < graph.nodes().size(); ++i)
        if (graph.nodes()[i].name == node)
            return choice.reasons[i];
    FAIL("no node " << node);
    return choice.reasons.front();
}

/// As if oneDNN had kernels for all but these nodes.
WhyNotFloat allBut(std::vector<std::string> names) {
    return [names](const Graph&, const Node& node, DataType) {
        const bool without = std::ranges::count(names, node.name) > 0 || std::holds_alternative<Softmax>(node.op);
        return without ? "No kernel." : std::string();
    };
}

} // namespace

TEST_CASE("everything up to the last product computes in bf16 where there are kernels") {
    const Network network;
    const PrecisionChoice choice = chooseFloat(network.graph, DataType::bf16, allBut({}));
    CHECK(inType(network.graph, choice, DataType::bf16) ==
          std::vector<std::string>{"a", "relu", "pool", "c", "flat", "y"});
    CHECK(reasonOf(network.graph, choice, "softmax") == "No kernel.");
    CHECK(reasonOf(network.graph, choice, "a").empty());
}

TEST_CASE("light layers follow what they read, so that nothing is converted for them alone") {
    const Network network;
    const PrecisionChoice choice = chooseFloat(network.graph, DataType::bf16, allBut({"a"}));
    CHECK(inType(network.graph, choice, DataType::bf16) == std::vector<std::string>{"c", "flat", "y"});
    CHECK(reasonOf(network.graph, choice, "a") == "No kernel.");
    CHECK(reasonOf(network.graph, choice, "pool") == "It follows layers in fp32.");
    CHECK(inType(network.graph, chooseFloat(network.graph, DataType::f16, allBut({"a", "c", "y"})), DataType::f16)
              .empty());
}

TEST_CASE("a plan in bf16 or fp16 gives the fp32 results, to the type's precision, and names what stays in fp32") {
    useThreads(1);
    const Network network;
    const auto inputs = inputsFor(network.graph);
    Plan fp32 = compiled(network.graph);
    const std::vector<float> expected = outputsOf(fp32, network.graph, inputs).front();
    for (const Precision precision : {Precision::Bf16, Precision::F16}) {
        INFO(name(precision));
        Plan plan = compiled(network.graph, precision); // on any CPU: layers without kernel are computed in fp32
        const std::vector<float> actual = outputsOf(plan, network.graph, inputs).front();
        float largest = 0, difference = 0;
        for (size_t i = 0; i < expected.size(); ++i) {
            largest = std::max(largest, std::abs(expected[i]));
            difference = std::max(difference, std::abs(actual[i] - expected[i]));
        }
        CHECK(difference < (precision == Precision::Bf16 ? 0.03F : 0.004F) * largest);
        CHECK(outputsOf(plan, network.graph, inputs).front() == actual);
        for (const StepInfo& step : plan.steps()) {
            INFO(step.name << " " << step.kernel);
            CHECK_FALSE(isReference(step));
            if (step.kind != StepInfo::Kind::Compute)
                continue;
            CHECK((step.precision == "fp32" || step.precision == name(precision)));
            CHECK((step.precision == "fp32") == !step.why.empty());
        }
    }
}

TEST_CASE("where the CPU has the type, products read and write it, and only the borders convert") {
    useThreads(1);
    const Network network;
    for (const Precision precision : {Precision::Bf16, Precision::F16}) {
        if (const std::string why = whyUnsupported(precision, machineInfo().isa); !why.empty()) {
            WARN("skipped: " << why);
            continue;
        }
        INFO(name(precision));
        const std::string type = precision == Precision::Bf16 ? "bf16" : "f16";
        const Plan plan = compiled(network.graph, precision);
        for (const char* node : {"a", "c", "y"}) {
            const StepInfo& step = stepOf(plan, node);
            INFO(step.name << " " << step.kernel << " " << step.why);
            CHECK(step.precision == name(precision));
            CHECK(step.inputs[0].type == type);
            CHECK(step.inputs[1].type == type); // weights
        }
        CHECK(stepOf(plan, "c").outputs[0].type == type);
        int typeConversions = 0;
        for (const StepInfo& step : conversions(plan))
            typeConversions += step.inputs[0].type != step.outputs[0].type;
        CHECK(typeConversions <= 2); // the picture, and the classifier's result where its kernel does not convert
    }
}

TEST_CASE("layers that int8 leaves in fp32 compute in bf16 beside it where there are kernels") {
    const Network network;
    PrecisionChoice int8 = PrecisionChoice::fp32(network.graph);
    const auto at = [&](const std::string& name) {
        return static_cast<size_t>(std::ranges::find(network.graph.nodes(), name, &Node::name) -
                                   network.graph.nodes().begin());
    };
    int8.computes[at("c")] = true;
    int8.reasons[at("a")] = "Its weights were not quantized.";
    const PrecisionChoice mixed = withOthersIn(int8, network.graph, DataType::bf16, allBut({}));
    CHECK(mixed.computes == int8.computes);
    CHECK(mixed.stored == int8.stored);
    CHECK(reasonOf(network.graph, mixed, "a") == "Its weights were not quantized.");
    // What follows c reads its codes or fp32, so the flatten is not drawn into bf16; the product decides by itself.
    CHECK(inType(network.graph, mixed, DataType::bf16) == std::vector<std::string>{"a", "relu", "pool", "y"});
    CHECK(inType(network.graph, withOthersIn(int8, network.graph, DataType::bf16, allBut({"a", "y"})), DataType::bf16)
              .empty());
}
