// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/passes/pass_test.h"

#include <fmt/format.h>

using namespace halftone;
using namespace halftone::test;

namespace {

Op single(int64_t stride, PostOps postOps = {}) {
    return Conv{{stride, stride}, {1, 1}, {0, 0, 0, 0}, 1, std::move(postOps)};
}

ValueId pointwise(GraphBuilder& b, const std::string& name, ValueId x, int64_t channels, int64_t stride) {
    return b.node(name, single(stride), {x, b.constant(name + "_w", Shape{channels, channels, 1, 1})});
}

Op thinningPool(int64_t stride) {
    return Pool{PoolKind::Max, false, {1, 1}, {stride, stride}, {1, 1}, {0, 0, 0, 0}, false};
}

} // namespace

TEST_CASE("The stride of all readers moves through a residual block, and its shortcut is thinned out") {
    const int64_t size = GENERATE(7, 8);
    GraphBuilder b;
    const ValueId x = b.relu("First", b.input("x", {1, 2, size, size}));
    const ValueId sum = b.add("Add", pointwise(b, "B", b.conv("A", x, 2, 2), 2, 1), x);
    const ValueId left = pointwise(b, "Left", sum, 2, 2), right = pointwise(b, "Right", sum, 2, 2);
    const Graph before = fuseResidualAdd(b.build({left, right}));
    const std::string from = fmt::format("{0}x{0}", size);
    const Graph after = checkedPass(moveStrides, before);
    CHECK(dump(before).find("A = Conv[s1,1") != std::string::npos);
    CHECK(dump(after) ==
          fmt::format(
              "First = Relu(x:1x2x{0}) -> first_y:1x2x{0} {{First}}\n"
              "A = Conv[s2,2 p1,1,1,1 d1,1 g1](first_y:1x2x{0}, A_w:2x2x3x3*, A_b:2*) -> a_y:1x2x4x4 {{A}}\n"
              "B_subsample = MaxPool[k1,1 s2,2 p0,0,0,0 d1,1](first_y:1x2x{0}) -> B_subsample:1x2x4x4\n"
              "B = Conv[s1,1 p0,0,0,0 d1,1 g1 +Add(#3)](a_y:1x2x4x4, B_w:2x2x1x1*, -, B_subsample:1x2x4x4) -> "
              "add_y:1x2x4x4 {{B Add}}\n"
              "Left = Conv[s1,1 p0,0,0,0 d1,1 g1](add_y:1x2x4x4, Left_w:2x2x1x1*) -> left_y:1x2x4x4 {{Left}}\n"
              "Right = Conv[s1,1 p0,0,0,0 d1,1 g1](add_y:1x2x4x4, Right_w:2x2x1x1*) -> right_y:1x2x4x4 {{Right}}\n",
              from));
}

TEST_CASE("A pool that skips positions disappears into the convolution before it") {
    GraphBuilder b;
    const ValueId conv = b.conv("Conv", b.input("x", {2, 2, 9, 9}), 2, 3);
    const Graph after = checkedPass(moveStrides, b.build({b.relu("Relu", b.node("Pool", thinningPool(3), {conv}))}));
    REQUIRE(after.nodes().size() == 2);
    CHECK(std::get<Conv>(after.nodes()[0].op).strides == std::vector<int64_t>{3, 3});
}

TEST_CASE("A stride stays where a reader needs all positions, another stride, the result, or adds it") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 8, 8});
    const ValueId all = b.conv("All", x, 2, 2), mixed = b.conv("Mixed", x, 2, 2), output = b.conv("Output", x, 2, 2);
    const ValueId added = b.node("Added", single(2), {x, b.constant("wa", Shape{2, 2, 1, 1})});
    const ValueId wide = b.conv("Wide", x, 2, 2);
    checkUntouched(
        moveStrides,
        b.build({pointwise(b, "A", all, 2, 2), b.relu("B", all), pointwise(b, "C", mixed, 2, 2),
                 pointwise(b, "D", mixed, 2, 3), output, pointwise(b, "E", output, 2, 2),
                 b.node("F", single(2, {AddInput{3}}), {x, b.constant("wf", Shape{2, 2, 1, 1}), kNoValue, added}),
                 b.node("G", Conv{{2, 2}, {1, 1}, {1, 1, 1, 1}, 1, {}}, {wide, b.constant("wg", Shape{2, 2, 3, 3})})}));
}

TEST_CASE("A pool that is an output of the network stays") {
    GraphBuilder b;
    const ValueId conv = b.conv("Conv", b.input("x", {1, 2, 8, 8}), 2, 2);
    checkUntouched(moveStrides, b.build({b.node("Pool", thinningPool(2), {conv})}));
}
