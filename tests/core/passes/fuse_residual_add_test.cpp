// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/passes/pass_test.h"

using namespace halftone;
using namespace halftone::test;

namespace {

/// The node that computes this layer.
const Node& nodeOf(const Graph& graph, const std::string& origin) {
    for (const Node& node : graph.nodes())
        if (std::count(node.origins.begin(), node.origins.end(), origin))
            return node;
    throw std::runtime_error("no node computes " + origin);
}

} // namespace

TEST_CASE("A residual Add and the activation behind it go into the Conv") {
    const bool shortcutFirst = GENERATE(false, true);
    GraphBuilder b;
    const ValueId x = b.relu("First", b.input("x", {1, 2, 4, 4}));
    const ValueId conv = b.conv("Conv", x, 2, 2);
    const ValueId sum = shortcutFirst ? b.add("Add", x, conv) : b.add("Add", conv, x);
    const Graph before = fuseActivation(b.build({b.relu("Relu", sum)}));
    CHECK(dump(before).find("Add = Add[+Relu]") != std::string::npos);
    CHECK(dump(checkedPass(fuseResidualAdd, before)) ==
          "First = Relu(x:1x2x4x4) -> first_y:1x2x4x4 {First}\n"
          "Conv = Conv[s1,1 p1,1,1,1 d1,1 g1 +Add(#3) +Relu](first_y:1x2x4x4, Conv_w:2x2x3x3*, Conv_b:2*, "
          "first_y:1x2x4x4) -> relu_y:1x2x4x4 {Conv Add Relu}\n");
}

TEST_CASE("A Conv without bias keeps the place of its bias free") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 4, 4});
    const Graph after = checkedPass(fuseResidualAdd, b.build({b.add("Add", b.conv("Conv", x, 2, 2, false), x)}));
    REQUIRE(after.nodes().size() == 1);
    CHECK(after.nodes()[0].inputs.size() == 4);
    CHECK(after.nodes()[0].inputs[2] == kNoValue);
    CHECK((std::get<Conv>(after.nodes()[0].op).postOps == PostOps{AddInput{3}}));
}

TEST_CASE("Of two convolutions the later one takes the Add") {
    const bool swapped = GENERATE(false, true);
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 4, 4});
    const ValueId a = b.conv("A", x, 2, 3), c = b.conv("B", x, 2, 3);
    const Graph after = checkedPass(fuseResidualAdd, b.build({swapped ? b.add("Add", c, a) : b.add("Add", a, c)}));
    REQUIRE(after.nodes().size() == 2);
    CHECK(after.nodes()[1].origins == std::vector<std::string>{"B", "Add"});
    CHECK(after.nodes()[1].inputs[3] == after.nodes()[0].outputs[0]);
}

TEST_CASE("A Conv moves behind the operand that it adds") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 4, 4});
    const ValueId conv = b.conv("Conv", x, 2, 2);
    const ValueId late = b.node("Late", Unary{UnaryKind::Tanh}, {b.relu("Relu", x)});
    const Graph after = checkedPass(fuseResidualAdd, b.build({b.add("Add", conv, late)}));
    REQUIRE(after.nodes().size() == 3);
    CHECK(after.nodes()[0].name == "Relu");
    CHECK(after.nodes()[1].name == "Late");
    CHECK(after.nodes()[2].name == "Conv");
}

TEST_CASE("Residual blocks behind each other are all fused") {
    GraphBuilder b;
    ValueId x = b.input("x", {1, 2, 4, 4});
    for (int i = 0; i < 5; ++i) {
        const std::string n = std::to_string(i);
        const ValueId inner = b.relu("Inner" + n, b.conv("A" + n, x, 2, 2));
        x = b.relu("Relu" + n, b.add("Add" + n, b.conv("B" + n, inner, 2, 2), x));
    }
    const Graph after = checkedPass(fuseResidualAdd, checkedPass(fuseActivation, b.build({x})));
    CHECK(after.nodes().size() == 10);
    for (const Node& node : after.nodes())
        CHECK(std::holds_alternative<Conv>(node.op));
}

TEST_CASE("Chains of Adds take one Conv each") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 4, 4});
    const ValueId first = b.add("First", b.conv("A", x, 2, 2), x);
    const Graph after = checkedPass(fuseResidualAdd, b.build({b.add("Second", b.conv("B", x, 2, 2), first)}));
    CHECK(after.nodes().size() == 2);
    CHECK(nodeOf(after, "Second").name == "B");
    CHECK(nodeOf(after, "First").name == "A");
}

TEST_CASE("An Add stays that broadcasts, adds a constant, or adds a value to itself") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 4, 4});
    const auto conv = [&](const std::string& name) { return b.conv(name, x, 2, 2); };
    const ValueId self = conv("Self");
    checkUntouched(fuseResidualAdd,
                   b.build({b.add("Broadcast", conv("A"), b.input("row", {1, 2, 1, 1})),
                            b.add("Grow", conv("B"), b.input("batch", {3, 2, 4, 4})),
                            b.add("Constant", conv("C"), b.constant("c", Shape{1, 2, 4, 4})),
                            b.add("Twice", self, self), b.node("Mul", Binary{BinaryKind::Mul}, {conv("D"), x})}));
}

TEST_CASE("An Add stays when its Conv is shared, an output, or has an activation of its own") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 4, 4});
    const ValueId shared = b.conv("Shared", x, 2, 2), output = b.conv("Output", x, 2, 2);
    const ValueId active = b.relu("Relu", b.conv("Active", x, 2, 2));
    const Graph graph = fuseActivation(b.build({b.add("A", shared, x), b.node("Tanh", Unary{UnaryKind::Tanh}, {shared}),
                                                b.add("B", output, x), output, b.add("C", active, x)}));
    checkUntouched(fuseResidualAdd, graph);
}

TEST_CASE("An Add stays when the result of the Conv lies on an 8-bit grid") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 4, 4});
    const ValueId conv = b.conv("Conv", x, 2, 2);
    Graph graph = b.build({b.add("Add", conv, x)});
    graph.value(conv).quant = QuantParams{ElementType::S8, {0.1F}, {0}, {}};
    checkUntouched(fuseResidualAdd, graph);
}
