// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/passes/pass_test.h"

using namespace halftone;
using namespace halftone::test;

namespace {

const QuantParams grid{ElementType::U8, {0.5F}, {3}, std::nullopt};
const QuantParams other{ElementType::U8, {0.25F}, {0}, std::nullopt};

ValueId onGrid(GraphBuilder& b, const std::string& name, ValueId x, const QuantParams& params) {
    const ValueId y = b.node(name, Identity{}, {x});
    b.graph.value(y).quant = params;
    return y;
}

} // namespace

TEST_CASE("A grid goes to the layer that makes the tensor") {
    GraphBuilder b;
    const ValueId x = b.relu("Before", b.input("x", {1, 2, 4, 4}));
    const ValueId q = onGrid(b, "Q", x, grid), again = onGrid(b, "Again", x, grid);
    const Graph after = checkedPass(moveGrids, b.build({b.add("After", q, again)}));
    CHECK(after.value(x).quant == grid);
    CHECK(dump(removeIdentities(after)) == "Before = Relu(x:1x2x4x4) -> before_y:u8:1x2x4x4 {Before}\n"
                                           "After = Add(before_y:u8:1x2x4x4, before_y:u8:1x2x4x4) -> "
                                           "after_y:1x2x4x4 {After}\n");
}

TEST_CASE("A tensor that is read on two grids, or on none, keeps its own") {
    GraphBuilder b;
    const ValueId x = b.relu("Before", b.input("x", {1, 2, 4, 4}));
    const ValueId q = onGrid(b, "Q", x, grid), p = onGrid(b, "P", x, other);
    checkUntouched(moveGrids, b.build({b.add("After", q, p)}));

    GraphBuilder c;
    const ValueId y = c.relu("Before", c.input("x", {1, 2, 4, 4}));
    checkUntouched(moveGrids, c.build({c.add("After", onGrid(c, "Q", y, grid), y)}));
}

TEST_CASE("A tensor of codes has no grid") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 8, 8, 3}, ElementType::U8);
    const ValueId turned = b.node("Turn", Transpose{{0, 3, 1, 2}}, {x});
    b.graph.value(turned).quant = grid; // in a file that says none for x
    const ValueId rows = b.node("Rows", Reshape{{3, 64}}, {turned});
    const Graph after = moveGrids(b.build({onGrid(b, "Q", rows, grid)}));
    for (const Value& value : after.values())
        CHECK(!value.quant);
}

TEST_CASE("A grid spreads along layers that only move values, in both directions") {
    GraphBuilder b;
    const Pool max{PoolKind::Max, false, {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}};
    const ValueId x = b.relu("Before", b.input("x", {1, 2, 4, 4}));
    const ValueId pooled = b.node("Pool", max, {x});
    const ValueId q = onGrid(b, "Q", pooled, grid);
    const ValueId flat = b.node("Flat", Reshape{{1, 8}}, {q});
    const Graph after = checkedPass(moveGrids, b.build({b.relu("After", flat)}));
    for (const ValueId value : {x, pooled, flat})
        CHECK(after.value(value).quant == grid);
}

TEST_CASE("An input of the network that is turned is rounded behind the turn") {
    for (const bool isInput : {true, false}) {
        GraphBuilder b;
        const ValueId given = b.input("x", {1, 4, 4, 2});
        const ValueId x = isInput ? given : b.relu("Before", given);
        const ValueId turned = b.node("Turn", Transpose{{0, 3, 1, 2}}, {x});
        const Graph after = checkedPass(moveGrids, b.build({b.relu("After", onGrid(b, "Q", turned, grid))}));
        CHECK(after.value(turned).quant == grid);
        CHECK(after.value(x).quant.has_value() != isInput);
    }
}

TEST_CASE("An average makes values between those of its grid") {
    GraphBuilder b;
    const Pool average{PoolKind::AverageExcludePad, false, {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}};
    const ValueId q = onGrid(b, "Q", b.input("x", {1, 2, 4, 4}), grid);
    const ValueId pooled = b.node("Pool", average, {q});
    const Graph after = moveGrids(b.build({b.relu("After", pooled)}));
    CHECK_FALSE(after.value(pooled).quant);
}

TEST_CASE("An output of the network is real, and the Identity before it says that it was rounded") {
    GraphBuilder b;
    const ValueId x = b.relu("Before", b.input("x", {1, 2, 4, 4}));
    const ValueId real = onGrid(b, "DQ", onGrid(b, "Q", x, grid), grid);
    const Graph after = moveGrids(b.build({real}));
    CHECK(after.value(x).quant == grid);
    CHECK_FALSE(after.value(real).quant);
    const Graph shorter = removeIdentities(after);
    REQUIRE(shorter.nodes().size() == 2);
    CHECK(std::holds_alternative<Identity>(shorter.node(1).op));
    CHECK(shorter.value(shorter.node(1).inputs.front()).quant == grid);
}
