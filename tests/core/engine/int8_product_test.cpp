// SPDX-License-Identifier: GPL-3.0-or-later
// Products of two activations in int8.
#include "core/engine/machine/machine.h"
#include "core/quantize/mixed_graph.h"
#include "tests/core/engine/engine_test.h"

using namespace halftone;
using namespace halftone::test;

namespace {

struct Operands {
    Shape a, b;
};

/// Weights whose sums fit on this CPU.
QuantizeOptions optionsHere() {
    return gridOptions(machineInfo().int8DotProduct ? 8 : 7);
}

Graph productOf(const Operands& shapes, bool nonNegative) {
    GraphBuilder b;
    ValueId left = b.input("a", shapes.a), right = b.input("b", shapes.b);
    if (nonNegative) { // zero point 0
        left = b.relu("left", left);
        right = b.relu("right", right);
    }
    const ValueId y = b.node("product", MatMul{}, {left, right});
    return b.build({y, b.node("reader", FullyConnected{}, {y, b.constant("w", Shape{4, shapes.b.back()})})});
}

/// What decides whether products of activations are in int8 on this CPU.
void checkPrecision(const StepInfo& step) {
    INFO(step.kernel << " " << step.why);
    CHECK(!isReference(step));
    CHECK(step.precision == (machineInfo().int8DotProduct ? "int8" : "fp32"));
    if (!machineInfo().int8DotProduct)
        CHECK(step.why == "Without VNNI two products are added in 16 bits, which those of activations can exceed.");
}

/// softmax(q k^T) v of one head, of rows of x.
Graph attention() {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 9, 16});
    const auto project = [&](const std::string& name) {
        return b.node(name, FullyConnected{}, {x, b.constant(name + "_w", Shape{8, 16})});
    };
    const ValueId keys = b.node("turned", Transpose{{0, 2, 1}}, {project("k")});
    const ValueId scores = b.node("scores", MatMul{}, {project("q"), keys});
    const ValueId shares = b.node("shares", Softmax{}, {scores});
    const ValueId mixed = b.node("mixed", MatMul{}, {shares, project("v")});
    return b.build({b.node("y", FullyConnected{}, {mixed, b.constant("y_w", Shape{5, 8})})});
}

} // namespace

TEST_CASE("an int8 product of two activations computes the codes of the exact sum", "[pairs]") {
    useThreads(1);
    for (const Operands& shapes : {Operands{{2, 3, 4}, {2, 4, 5}},
                                   {{1, 4, 16, 32}, {1, 4, 32, 16}},
                                   {{2, 3, 4}, {4, 5}},
                                   {{2, 1, 3, 4}, {5, 4, 2}},
                                   {{1, 17}, {17, 3}},
                                   {{64, 65}, {65, 66}}})
        for (const bool nonNegative : {false, true}) {
            const Plan plan = checkInt8(quantized(productOf(shapes, nonNegative), optionsHere()));
            checkPrecision(stepOf(plan, "product"));
        }
}

TEST_CASE("the products of an attention are in int8, and read what lies between them as codes", "[pairs]") {
    useThreads(1);
    const Plan plan = checkInt8(quantized(attention(), optionsHere()));
    checkPrecision(stepOf(plan, "scores"));
    checkPrecision(stepOf(plan, "mixed"));
    if (machineInfo().int8DotProduct) {
        CHECK(stepOf(plan, "mixed").inputs[0].type == "u8");
        CHECK(stepOf(plan, "mixed").inputs[1].type == "s8");
    }
}

TEST_CASE("the largest sums of products of activations are exact", "[pairs]") {
    useThreads(1);
    GraphBuilder b;
    const ValueId left = b.input("a", {3, 256}), right = b.input("b", {256, 5});
    const ValueId y = b.node("product", MatMul{}, {left, right});
    Graph graph = b.build({y});
    for (const ValueId operand : {left, right})
        graph.value(operand).quant = QuantParams{ElementType::U8, {1}, {0}, std::nullopt};
    Plan plan = compiled(graph, Precision::Int8);
    checkPrecision(stepOf(plan, "product"));
    for (size_t input = 0; input < 2; ++input)
        std::ranges::fill(plan.input(input), 255.0F);
    plan.run();
    for (const float sum : plan.output(0))
        CHECK(sum == 255.0F * 255 * 256);
}

TEST_CASE("products of activations can be kept in fp32") {
    const Graph graph = productOf({{2, 3, 4}, {2, 4, 5}}, false);
    QuantizeOptions options = optionsHere();
    options.keepFp32 = {"product"};
    const Graph kept = quantized(graph, options);
    const Plan plan = checkInt8(kept);
    CHECK(stepOf(plan, "product").precision == "fp32");
    CHECK(stepOf(plan, "product").why == "It is kept in fp32.");
    CHECK(withFp32Layers(quantized(graph, optionsHere()), options) == kept);
    const Graph mixed = mixedGraph(graph, quantized(graph, optionsHere()), {false, true});
    CHECK(stepOf(checkInt8(mixed), "product").why == "It is kept in fp32.");
}
