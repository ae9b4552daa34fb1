// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/dump.h"
#include "tests/core/graph/nodes.h"

using namespace halftone;
using namespace halftone::test;

namespace {

/// The line of a node with f32 operands in0, in1 ... of shape 1.
std::string line(Op op, size_t operands = 1) {
    const Graph graph = graphOf(std::move(op), std::vector<Shape>(operands, Shape{1}));
    return dump(graph, graph.node(0));
}

} // namespace

TEST_CASE("a node is one line with its attributes, operands and origins") {
    Graph graph;
    Value data;
    data.name = "data";
    data.shape = {1, 3, 227, 227};
    graph.inputs = {graph.addValue(data)};
    const ValueId w = graph.addConstant("w", counting({64, 3, 7, 7}));
    const ValueId b = graph.addConstant("b", counting({64}));
    Value y;
    y.name = "y";
    graph.outputs = {graph.addValue(y)};
    Conv conv{{2, 2}, {1, 1}, {3, 3, 3, 3}, 1, {Unary{}}};
    graph.addNode({"conv1", conv, {graph.inputs[0], w, b}, graph.outputs, {"conv1", "bn1", "relu1"}});
    graph = infer(graph);
    const std::string expected = "conv1 = Conv[s2,2 p3,3,3,3 d1,1 g1 +Relu](data:1x3x227x227, w:64x3x7x7*, b:64*) -> "
                                 "y:1x64x114x114 {conv1 bn1 relu1}";
    CHECK(dump(graph, graph.node(0)) == expected);
    CHECK(dump(graph) == expected + "\n");

    graph.value(graph.outputs[0]).quant = QuantParams{ElementType::U8, {1}, {0}, {}};
    graph.node(0).inputs[2] = kNoValue;
    graph.node(0).origins.clear();
    CHECK(dump(graph, graph.node(0)) ==
          "conv1 = Conv[s2,2 p3,3,3,3 d1,1 g1 +Relu](data:1x3x227x227, w:64x3x7x7*, -) -> y:u8:1x64x114x114");
}

TEST_CASE("the important attributes of each operator are shown") {
    CHECK(line(Unary{}) == "layer = Relu(in0:1) -> out:scalar");
    CHECK(line(Unary{UnaryKind::Clip, 0, 6}) == "layer = Clip[0,6](in0:1) -> out:scalar");
    CHECK(line(FullyConnected{{Unary{UnaryKind::Clip, 0, 6}, AddInput{3}}}, 2) ==
          "layer = FullyConnected[+Clip(0,6) +Add(#3)](in0:1, in1:1) -> out:scalar");
    CHECK(line(Binary{BinaryKind::Mul, {}}, 2) == "layer = Mul(in0:1, in1:1) -> out:scalar");
    CHECK(line(Pool{PoolKind::Max, false, {3}, {2}, {1}, {0, 1}, true}) ==
          "layer = MaxPool[k3 s2 p0,1 d1 ceil](in0:1) -> out:scalar");
    CHECK(line(Pool{PoolKind::AverageIncludePad, true, {}, {}, {}, {}, false}) ==
          "layer = GlobalAveragePool(in0:1) -> out:scalar");
    CHECK(line(Reshape{{1, -1}, false}) == "layer = Reshape[1,-1](in0:1) -> out:scalar");
    CHECK(line(Softmax{1, true, true}) == "layer = LogSoftmax[axis=1 2d](in0:1) -> out:scalar");
    CHECK(line(Reduce{ReduceKind::L2, {2, 3}, true}) == "layer = ReduceL2[axes=2,3 keep](in0:1) -> out:scalar");
    CHECK(line(Squeeze{{0}, true}) == "layer = Unsqueeze[axes=0](in0:1) -> out:scalar");
    CHECK(line(Cast{ElementType::S64}) == "layer = Cast[s64](in0:1) -> out:scalar");
    CHECK(line(Opaque{"operator Foo\n"}) == "layer = Opaque[operator Foo\\x0A](in0:1) -> out:scalar");
}
