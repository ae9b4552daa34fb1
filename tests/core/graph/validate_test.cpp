// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/validate.h"
#include "tests/core/graph/nodes.h"

using namespace halftone;
using namespace halftone::test;

namespace {

/// x -> conv(w) -> y -> relu -> z, inferred.
Graph network() {
    Graph graph;
    Value x;
    x.name = "x";
    x.shape = {1, 2, 4, 4};
    const ValueId input = graph.addValue(x);
    const ValueId w = graph.addConstant("w", counting({3, 2, 3, 3}));
    Value y;
    y.name = "y";
    const ValueId middle = graph.addValue(y);
    Value z;
    z.name = "z";
    const ValueId output = graph.addValue(z);
    graph.inputs = {input};
    graph.outputs = {output};
    graph.addNode({"conv", Conv{{1, 1}, {1, 1}, {0, 0, 0, 0}, 1, {}}, {input, w}, {middle}, {"conv"}});
    graph.addNode({"relu", Unary{}, {middle}, {output}, {"relu"}});
    return infer(graph);
}

/// validate() must find this after `change`, and name the stage.
template <class F> void expectBroken(F&& change, const std::string& rule) {
    Graph graph = network();
    change(graph);
    const Failure failure = failureOf([&] { validate(graph, "the pass under test"); });
    INFO(rule << " in: " << failure.message);
    CHECK(failure.code == ErrorCode::Internal);
    CHECK(failure.mentions("After the pass under test: "));
    CHECK(failure.mentions(rule));
}

QuantParams quant(float scale, int32_t zeroPoint) {
    return {ElementType::U8, {scale}, {zeroPoint}, std::nullopt};
}

} // namespace

TEST_CASE("a sound graph is valid, quantized or not") {
    Graph graph = network();
    CHECK_NOTHROW(validate(graph, "reading"));
    graph.value(0).quant = quant(0.1F, 255);
    graph.value(1).quant = QuantParams{ElementType::S8, {1, 2, 3}, {0, 0, 0}, 0};
    CHECK_NOTHROW(validate(graph, "reading"));
}

TEST_CASE("what follows an operator that is not known has no shape to check") {
    Graph graph = network();
    graph.node(0).op = Opaque{"operator Foo"};
    graph.value(2).shape = {};
    graph.value(3).shape = {};
    CHECK_NOTHROW(validate(graph, "reading"));
}

TEST_CASE("every broken rule is found") {
    expectBroken([](Graph& g) { g.value(3).name = "x"; }, "two values have the name \"x\"");
    expectBroken([](Graph& g) { g.node(1).name = "conv"; }, "two nodes have the name \"conv\"");
    expectBroken([](Graph& g) { g.node(1).inputs = {9}; }, "value 9, which does not exist");
    expectBroken([](Graph& g) { g.outputs = {-1}; }, "value -1, which does not exist");
    expectBroken([](Graph& g) { g.node(1).outputs = {2}; }, "\"y\", which has a source already");
    expectBroken([](Graph& g) { g.node(0).outputs = {0}; }, "\"x\", which has a source already");
    expectBroken([](Graph& g) { g.node(0).outputs = {1}; }, "\"w\", which has a source already");
    expectBroken([](Graph& g) { std::swap(g.node(0), g.node(1)); }, "before it is made");
    expectBroken([](Graph& g) { g.removeNodes({false, true}); }, "before it is made");
    expectBroken([](Graph& g) { g.value(2).shape = {1, 3, 3, 3}; }, "1x3x3x3 and inference finds f32 1x3x2x2");
    expectBroken([](Graph& g) { g.value(3).type = ElementType::U8; }, "inference finds f32");
    expectBroken([](Graph& g) { g.node(0).inputs = {0}; }, "it has 1 inputs");
    expectBroken([](Graph& g) { g.node(0).inputs[1] = kNoValue; }, "weights");
    expectBroken([](Graph& g) { g.value(1).shape = {3, 2, 9}; }, "its constant f32 3x2x3x3");
    expectBroken([](Graph& g) { g.value(1).constant->bytes = std::vector<std::byte>(5); }, "5 bytes instead of 216");
    expectBroken([](Graph& g) { g.value(0).shape[0] = -1; }, "\"x\" has the shape ?x2x4x4");
}

TEST_CASE("a Reshape says its result in numbers") {
    Graph graph;
    graph.inputs.push_back(graph.addValue({"x", ElementType::F32, {2, 3, 4}, {}, {}}));
    const ValueId y = graph.addValue({"y", ElementType::F32, {2, 12}, {}, {}});
    graph.addNode({"flat", Reshape{{2, 12}}, {graph.inputs.front()}, {y}, {"flat"}});
    graph.outputs.push_back(y);
    CHECK_NOTHROW(validate(graph, "reading"));
    graph.node(0).op = Reshape{{0, -1}};
    CHECK_THROWS_WITH(validate(graph, "reading"), Contains("makes 2x12 and says 0x?"));
}

TEST_CASE("every broken rule of quantization is found") {
    expectBroken([](Graph& g) { g.value(0).quant = quant(0, 0); }, "the scale 0");
    expectBroken([](Graph& g) { g.value(0).quant = quant(-1, 0); }, "the scale -1");
    expectBroken([](Graph& g) { g.value(0).quant = quant(INFINITY, 0); }, "the scale inf");
    expectBroken([](Graph& g) { g.value(0).quant = quant(1, 256); }, "the zero point 256");
    expectBroken([](Graph& g) { g.value(0).quant = quant(1, -1); }, "the zero point -1");
    expectBroken([](Graph& g) { g.value(0).quant = QuantParams{ElementType::F32, {1}, {0}, {}}; }, "quantized to f32");
    expectBroken(
        [](Graph& g) {
            g.value(1).quant = QuantParams{ElementType::S8, {1, 2}, {0, 0}, 0};
        },
        "2 scales and 2 zero points instead of 3");
    expectBroken(
        [](Graph& g) {
            g.value(1).quant = QuantParams{ElementType::S8, {1}, {}, {}};
        },
        "1 scales and 0 zero points");
    expectBroken([](Graph& g) { g.value(1).quant = QuantParams{ElementType::S8, {1}, {0}, 4}; }, "axis 4");
}
