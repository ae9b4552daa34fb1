// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/passes/pass_test.h"

using namespace halftone;
using namespace halftone::test;

TEST_CASE("A constant for each channel behind a Conv becomes its bias") {
    const Shape shape = GENERATE(values<Shape>({{1, 4, 1, 1}, {4, 1, 1}, {1}, {}, {1, 1, 1, 1}}));
    const bool hasBias = GENERATE(false, true), constantFirst = GENERATE(false, true);
    GraphBuilder b;
    const ValueId conv = b.conv("Conv", b.input("x", {1, 2, 4, 4}), 2, 4, hasBias), c = b.constant("c", shape);
    const Graph before = b.build({constantFirst ? b.add("Add", c, conv) : b.add("Add", conv, c)});
    CHECK(dump(checkedPass(foldBias, before)) ==
          std::string("Conv = Conv[s1,1 p1,1,1,1 d1,1 g1](x:1x2x4x4, Conv_w:4x2x3x3*, ") +
              (hasBias ? "Conv_b" : "Conv_bias") + ":4*) -> add_y:1x4x4x4 {Conv Add}\n");
}

TEST_CASE("A constant behind FullyConnected becomes its bias") {
    const Shape x = GENERATE(values<Shape>({{2, 3}, {2, 5, 3}}));
    GraphBuilder b;
    const ValueId y = b.node("Fc", FullyConnected{}, {b.input("x", x), b.constant("w", Shape{4, 3})});
    const Graph after = checkedPass(foldBias, b.build({b.add("Add", y, b.constant("c", Shape{4}))}));
    REQUIRE(after.nodes().size() == 1);
    CHECK(after.nodes()[0].origins == std::vector<std::string>{"Fc", "Add"});
    CHECK(after.value(after.nodes()[0].inputs[2]).name == "Fc_bias");
}

TEST_CASE("A bias that two layers share is changed for one of them only") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 4, 4}), bias = b.constant("b", Shape{2});
    const Conv conv{{1, 1}, {1, 1}, {0, 0, 0, 0}, 1, {}};
    const ValueId first = b.node("First", conv, {x, b.constant("w1", Shape{2, 2, 1, 1}), bias});
    const ValueId second = b.node("Second", conv, {x, b.constant("w2", Shape{2, 2, 1, 1}), bias});
    const Graph after = checkedPass(foldBias, b.build({b.add("Add", first, b.number("c", 3)), second}));
    CHECK(after.nodes().size() == 2);
    CHECK(after.value(after.nodes()[0].inputs[2]).name == "b_2");
    CHECK(after.value(after.nodes()[1].inputs[2]).name == "b");
}

TEST_CASE("An Add stays when it is not a bias") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 4, 4});
    const auto conv = [&](const std::string& name) { return b.conv(name, x, 2, 4); };
    const ValueId shared = conv("Shared"), output = conv("Output"), one = b.conv("One", x, 2, 1);
    checkUntouched(foldBias, b.build({b.add("Pixelwise", conv("A"), b.constant("pixels", Shape{1, 4, 4, 4})),
                                      b.add("Rowwise", conv("B"), b.constant("rows", Shape{4, 1})),
                                      b.add("Runtime", conv("C"), b.input("bias", {1, 4, 1, 1})),
                                      b.add("Grows", one, b.constant("many", Shape{1, 5, 1, 1})),
                                      b.add("Deeper", conv("D"), b.constant("deep", Shape{1, 1, 4, 1, 1})),
                                      b.add("SharedAdd", shared, b.number("n", 1)), b.relu("Relu", shared),
                                      b.add("OutputAdd", output, b.number("m", 1)), output,
                                      b.add("BehindRelu", b.relu("Relu2", conv("E")), b.number("k", 1))}));
}

TEST_CASE("A result on an 8-bit grid keeps the Add apart, and weights on one do not") {
    GraphBuilder b;
    const ValueId conv = b.conv("Conv", b.input("x", {1, 2, 4, 4}), 2, 4);
    const Graph graph = b.build({b.add("Add", conv, b.number("c", 1))});
    const QuantParams grid{ElementType::S8, {0.1F}, {0}, {}};
    Graph result = graph;
    result.value(conv).quant = grid;
    checkUntouched(foldBias, result);
    Graph weights = graph;
    weights.value(weights.nodes()[0].inputs[1]).quant = grid;
    const Graph folded = foldBias(weights);
    REQUIRE(folded.nodes().size() == 1);
    CHECK(folded.value(folded.nodes()[0].inputs[1]).quant == grid);
}

TEST_CASE("A bias behind a residual addition becomes that of the layer") {
    const bool layerFirst = GENERATE(false, true);
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 4, 5, 5});
    const ValueId conv = b.conv("Conv", x, 4, 4);
    const ValueId sum = layerFirst ? b.add("Residual", conv, x) : b.add("Residual", x, conv);
    const Graph after = checkedPass(foldBias, b.build({b.add("Bias", sum, b.constant("c", Shape{1, 4, 1, 1}))}));
    REQUIRE(after.nodes().size() == 2);
    CHECK(after.nodes()[0].name == "Conv");
    CHECK(after.nodes()[1].origins == std::vector<std::string>{"Residual", "Bias"});
}

TEST_CASE("A bias behind an addition of two tensors that no layer made stays") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 4, 5, 5});
    const ValueId conv = b.conv("Conv", x, 4, 4);
    const ValueId sum = b.add("Residual", conv, x);
    checkUntouched(foldBias, b.build({b.add("Bias", sum, b.constant("c", Shape{1, 4, 1, 1})), b.relu("Relu", conv)}));
}
