// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/passes/pass_test.h"

using namespace halftone;
using namespace halftone::test;

TEST_CASE("fp16 weights behind a Cast become fp32 constants") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 5, 5});
    // 1.0 and -2.0 in binary16, alternating
    std::vector<std::byte> bytes;
    for (int i = 0; i < 3 * 2 * 9; ++i) {
        bytes.push_back(std::byte{0});
        bytes.push_back(std::byte{static_cast<unsigned char>(i % 2 ? 0xC0 : 0x3C)});
    }
    const ValueId half = b.constant("w16", Tensor::fromBytes(ElementType::F16, {3, 2, 3, 3}, bytes));
    const ValueId weights = b.node("Cast", Cast{ElementType::F32}, {half});
    const ValueId y = b.node("Conv", Conv{{1, 1}, {1, 1}, {0, 0, 0, 0}, 1, {}}, {x, weights});
    const Graph before = b.build({y});
    CHECK(dump(before) == "Cast = Cast[f32](w16<f16>:3x2x3x3*) -> cast_y:3x2x3x3 {Cast}\n"
                          "Conv = Conv[s1,1 p0,0,0,0 d1,1 g1](x:1x2x5x5, cast_y:3x2x3x3) -> conv_y:1x3x3x3 {Conv}\n");
    const Graph after = checkedPass(foldConstants, before);
    CHECK(dump(after) == "Conv = Conv[s1,1 p0,0,0,0 d1,1 g1](x:1x2x5x5, cast_y:3x2x3x3*) -> conv_y:1x3x3x3 {Conv}\n");
    const Tensor& folded = *after.value(after.nodes()[0].inputs[1]).constant;
    CHECK(folded.type == ElementType::F32);
    CHECK(folded.floats()[0] == 1.0F);
    CHECK(folded.floats()[1] == -2.0F);
    CHECK(after.values().size() == 3); // the halves are gone
}

TEST_CASE("Chains of constants are folded to their end") {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3});
    const ValueId sum = b.add("Sum", b.constant("a", Shape{2, 3}), b.constant("b", Shape{3}));
    const ValueId product = b.node("Product", Binary{BinaryKind::Mul}, {sum, b.number("two", 2)});
    const Graph after = checkedPass(foldConstants, b.build({b.add("Add", x, product)}));
    CHECK(dump(after) == "Add = Add(x:2x3, product_y:2x3*) -> add_y:2x3 {Add}\n");
}

TEST_CASE("A constant output of the network keeps its name") {
    GraphBuilder b;
    b.input("x", {2});
    const Graph after = checkedPass(foldConstants, b.build({b.relu("Relu", b.constant("c", Shape{2}))}));
    CHECK(after.nodes().empty());
    CHECK(after.value(after.outputs[0]).name == "relu_y");
}

TEST_CASE("What has no elements is constant, whatever it is made from") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 1, 4, 8}), none = b.input("none", {2, 0});
    const ValueId part = b.node("Part", Slice{{0}, {0}, {1}, {}}, {x});
    const ValueId sum = b.add("Sum", b.relu("Relu", part), part);
    const ValueId joined = b.node("Join", Concat{1}, {x, sum, x});
    const ValueId rows = b.node("Rows", Pad{{0, 0, 0, 3}, 2}, {none});
    const Graph after = checkedPass(foldConstants, b.build({sum, joined, rows}));
    CHECK(dump(after) == "Join = Concat[axis=1](x:1x1x4x8, sum_y:1x0x4x8*, x:1x1x4x8) -> join_y:1x2x4x8 {Join}\n");
    CHECK(after.value(after.outputs[2]).constant->toFloats() == std::vector<float>(6, 2));
    CHECK(after.inputs.size() == 2);
}

TEST_CASE("Nodes with an input that is not constant stay") {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 3});
    checkUntouched(foldConstants, b.build({b.add("Add", x, b.constant("c", Shape{2, 3}))}));
}

TEST_CASE("A constant that would be blown up by broadcasting stays as it is") {
    GraphBuilder b;
    const ValueId wide = b.constant("wide", Shape{1, 10000}), high = b.constant("high", Shape{10000, 1});
    const Graph before = b.build({b.add("Add", wide, high)});
    CHECK((foldConstants(before) == before));
}
