// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/passes/pass_test.h"

#include <cmath>

using namespace halftone;
using namespace halftone::test;

TEST_CASE("BatchNorm behind a Conv goes into its weights and bias") {
    const bool bias = GENERATE(false, true);
    GraphBuilder b;
    const ValueId conv = b.conv("Conv", b.input("x", {1, 2, 4, 4}), 2, 4, bias);
    const Graph after = checkedPass(foldBatchNorm, b.build({b.batchNorm("Norm", conv, 4)}));
    CHECK(dump(after) == std::string("Conv = Conv[s1,1 p1,1,1,1 d1,1 g1](x:1x2x4x4, Conv_w:4x2x3x3*, ") +
                             (bias ? "Conv_b" : "Conv_bias") + ":4*) -> norm_y:1x4x4x4 {Conv Norm}\n");
}

TEST_CASE("The folded weights follow the formula") {
    GraphBuilder b;
    const Shape one{1};
    const auto value = [&](const char* name, float v, Shape shape = {1}) {
        return b.constant(name, Tensor::fromFloats(shape, std::span(&v, 1)));
    };
    const ValueId x = b.input("x", {1, 1, 2, 2});
    const ValueId conv =
        b.node("Conv", Conv{{1, 1}, {1, 1}, {0, 0, 0, 0}, 1, {}}, {x, value("w", 3, {1, 1, 1, 1}), value("b", 5)});
    const ValueId norm =
        b.node("Norm", BatchNorm{0.75F},
               {conv, value("scale", 2), value("shift", 7), value("mean", 4), value("variance", 3.25F)});
    const Graph after = checkedPass(foldBatchNorm, b.build({norm}));
    // scale / sqrt(variance + epsilon) = 2 / sqrt(4) = 1
    CHECK(after.value(after.nodes()[0].inputs[1]).constant->floats()[0] == 3.0F);
    CHECK(after.value(after.nodes()[0].inputs[2]).constant->floats()[0] == (5.0F - 4.0F) + 7.0F);
}

TEST_CASE("BatchNorm behind grouped, depthwise and one-dimensional convolutions is folded") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 4, 5, 5});
    const ValueId grouped =
        b.node("Grouped", Conv{{1, 1}, {1, 1}, {0, 0, 0, 0}, 2, {}}, {x, b.constant("w1", Shape{6, 2, 3, 3})});
    const ValueId depthwise =
        b.node("Depthwise", Conv{{2, 2}, {1, 1}, {1, 1, 1, 1}, 4, {}}, {x, b.constant("w2", Shape{4, 1, 3, 3})});
    const ValueId line =
        b.node("Line", Conv{{1}, {1}, {0, 0}, 1, {}}, {b.input("z", {1, 2, 7}), b.constant("w3", Shape{3, 2, 3})});
    const Graph before =
        b.build({b.batchNorm("A", grouped, 6), b.batchNorm("B", depthwise, 4), b.batchNorm("C", line, 3)});
    CHECK(checkedPass(foldBatchNorm, before).nodes().size() == 3);
}

TEST_CASE("BatchNorm and a bias behind transposed convolutions are folded, also with groups") {
    for (const int64_t groups : {1, 2})
        for (const bool isSum : {false, true}) {
            GraphBuilder b;
            const ValueId x = b.input("x", {2, 4, 3, 3});
            const ValueId up = b.node("Up", ConvTranspose{{2, 2}, {1, 1}, {0, 0, 0, 0}, {0, 0}, groups, {}},
                                      {x, b.constant("w", Shape{4, 3, 2, 3})});
            const ValueId y = isSum ? b.add("Sum", up, b.constant("c", Shape{3 * groups, 1, 1}))
                                    : b.batchNorm("Norm", up, 3 * groups);
            CHECK(checkedPass(isSum ? foldBias : foldBatchNorm, b.build({y})).nodes().size() == 1);
        }
}

TEST_CASE("BatchNorm behind FullyConnected is folded where its channels are the last dimension") {
    GraphBuilder b;
    const ValueId w = b.constant("w", Shape{4, 3});
    const ValueId flat = b.node("Flat", FullyConnected{}, {b.input("x", {2, 3}), w});
    const ValueId deep = b.node("Deep", FullyConnected{}, {b.input("z", {2, 4, 3}), w});
    const Graph after = checkedPass(foldBatchNorm, b.build({b.batchNorm("A", flat, 4), b.batchNorm("B", deep, 4)}));
    REQUIRE(after.nodes().size() == 3);
    CHECK(after.nodes()[0].origins == std::vector<std::string>{"Flat", "A"});
    CHECK(after.nodes()[2].name == "B");
}

TEST_CASE("Two BatchNorms in a row are both folded") {
    GraphBuilder b;
    const ValueId conv = b.conv("Conv", b.input("x", {1, 2, 4, 4}), 2, 4);
    const Graph after = checkedPass(foldBatchNorm, b.build({b.batchNorm("Second", b.batchNorm("First", conv, 4), 4)}));
    REQUIRE(after.nodes().size() == 1);
    CHECK(after.nodes()[0].origins == std::vector<std::string>{"Conv", "First", "Second"});
}

TEST_CASE("BatchNorm behind a bias is folded once the bias is") {
    GraphBuilder b;
    const ValueId conv = b.conv("Conv", b.input("x", {1, 2, 4, 4}), 2, 4, false);
    const ValueId sum = b.add("Add", conv, b.constant("c", Shape{1, 4, 1, 1}));
    const Graph after = checkedPass(foldBatchNorm, checkedPass(foldBias, b.build({b.batchNorm("Norm", sum, 4)})));
    REQUIRE(after.nodes().size() == 1);
    CHECK(after.nodes()[0].origins == std::vector<std::string>{"Conv", "Add", "Norm"});
}

TEST_CASE("Weights that two convolutions share are changed for one of them only") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 4, 4}), w = b.constant("w", Shape{2, 2, 1, 1});
    const Conv op{{1, 1}, {1, 1}, {0, 0, 0, 0}, 1, {}};
    const ValueId first = b.node("First", op, {x, w}), second = b.node("Second", op, {x, w});
    const Graph after = checkedPass(foldBatchNorm, b.build({b.batchNorm("Norm", first, 2), second}));
    CHECK(after.nodes().size() == 2);
    CHECK(after.value(after.nodes()[0].inputs[1]).name == "w_2");
    CHECK(after.value(after.nodes()[1].inputs[1]).name == "w");
}

TEST_CASE("BatchNorm stays behind a residual Add, an input, an activation, and before a Conv") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 4, 4});
    const ValueId sum = b.add("Add", b.conv("A", x, 2, 2), x);
    const ValueId relu = b.relu("Relu", b.conv("B", x, 2, 2));
    checkUntouched(foldBatchNorm, b.build({b.batchNorm("BehindAdd", sum, 2), b.batchNorm("BehindRelu", relu, 2),
                                           b.conv("Behind", b.batchNorm("Before", x, 2), 2, 2)}));
}

TEST_CASE("BatchNorm stays when the Conv has another reader or is an output of the network") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 4, 4});
    const ValueId shared = b.conv("Shared", x, 2, 2), output = b.conv("Output", x, 2, 2);
    checkUntouched(foldBatchNorm,
                   b.build({b.batchNorm("A", shared, 2), b.relu("Relu", shared), b.batchNorm("B", output, 2), output}));
}

TEST_CASE("BatchNorm stays when weights or statistics are not constant") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 4, 4}), w = b.input("w", {2, 2, 1, 1}), mean = b.input("mean", {2});
    const Conv op{{1, 1}, {1, 1}, {0, 0, 0, 0}, 1, {}};
    const ValueId runtime = b.node("Runtime", op, {x, w});
    const ValueId constant = b.conv("Constant", x, 2, 2);
    const ValueId half = b.constant("half", Tensor::fromFloats({2}, std::vector<float>{0.5F, 0.5F}));
    checkUntouched(foldBatchNorm, b.build({b.batchNorm("A", runtime, 2),
                                           b.node("B", BatchNorm{}, {constant, half, half, mean, half})}));
}

TEST_CASE("BatchNorm with a variance that makes no sense stays") {
    GraphBuilder b;
    const ValueId conv = b.conv("Conv", b.input("x", {1, 2, 4, 4}), 2, 1);
    std::vector<ValueId> inputs{conv};
    for (const float v : {1.0F, 0.0F, 0.0F, -1.0F})
        inputs.push_back(b.constant("c", Tensor::fromFloats({1}, std::span(&v, 1))));
    CHECK(foldBatchNorm(b.build({b.node("Norm", BatchNorm{}, inputs)})).nodes().size() == 2);
}
