// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/passes/pass_test.h"

using namespace halftone;
using namespace halftone::test;

namespace {

const QuantParams fromZero{ElementType::U8, {0.5F}, {0}, std::nullopt};
const QuantParams aroundZero{ElementType::U8, {0.5F}, {100}, std::nullopt};

Graph twoConvs(const QuantParams& grid, std::optional<Unary> activation = {}) {
    GraphBuilder b;
    ValueId x = b.conv("first", b.input("x", {1, 2, 4, 4}), 2, 2);
    if (activation)
        x = b.node("activation", *activation, {x});
    b.graph.value(x).quant = grid;
    return b.build({b.conv("second", x, 2, 2)});
}

} // namespace

TEST_CASE("Saturation that stands for an activation is written out") {
    const Graph after = saturateGrids(twoConvs(fromZero)); // with its grid it computes the same, without it did not
    REQUIRE(after.nodes().size() == 3);
    CHECK(std::get<Unary>(after.node(1).op) == Unary{UnaryKind::Clip, 0, 127.5F});
    CHECK(after.node(1).origins == after.node(0).origins);
    CHECK_FALSE(after.value(after.node(0).outputs.front()).quant);
    CHECK(after.value(after.node(2).inputs.front()).quant == fromZero);
    CHECK(after.value(after.node(2).inputs.front()).name == "first_y");
    CHECK(fuseActivation(after).nodes().size() == 2);
}

TEST_CASE("Signed codes from zero on saturate at zero as well") {
    const Graph after = saturateGrids(twoConvs({ElementType::S8, {0.5F}, {-128}, std::nullopt}));
    REQUIRE(after.nodes().size() == 3);
    CHECK(std::get<Unary>(after.node(1).op) == Unary{UnaryKind::Clip, 0, 127.5F});
}

TEST_CASE("What is never negative, or lies on a grid around zero, has no hidden activation") {
    checkUntouched(saturateGrids, twoConvs(aroundZero));
    checkUntouched(saturateGrids, twoConvs(fromZero, Unary{UnaryKind::Relu}));
    checkUntouched(saturateGrids, twoConvs(fromZero, Unary{UnaryKind::Sigmoid}));
    CHECK(saturateGrids(twoConvs(fromZero, Unary{UnaryKind::Tanh})).nodes().size() == 4);

    GraphBuilder b;
    const ValueId x = b.relu("relu", b.input("x", {1, 2, 4, 4}));
    const ValueId sum = b.add("sum", x, x);
    b.graph.value(sum).quant = fromZero;
    checkUntouched(saturateGrids, b.build({b.conv("conv", sum, 2, 2)}));
}
