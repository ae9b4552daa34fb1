// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/passes/pass_test.h"

#include <limits>

using namespace halftone;
using namespace halftone::test;

namespace {

const Pad spatial{{0, 0, 1, 0, 0, 0, 2, 1}};

ValueId conv(GraphBuilder& b, const std::string& name, ValueId x) {
    return b.node(name, Conv{{2, 2}, {1, 1}, {1, 0, 0, 0}, 1, {}}, {x, b.constant(name + "_w", Shape{4, 2, 3, 3})});
}

Pool pool(PoolKind kind, Pads pads = {0, 0, 0, 0}) {
    return {kind, false, {3, 3}, {2, 2}, {1, 1}, std::move(pads)};
}

} // namespace

TEST_CASE("Zero padding goes into the Conv behind it") {
    GraphBuilder b;
    const ValueId padded = b.node("Pad", spatial, {b.input("x", {1, 2, 6, 6})});
    CHECK(dump(checkedPass(foldPad, b.build({conv(b, "Conv", padded)}))) ==
          "Conv = Conv[s2,2 p2,0,2,1 d1,1 g1](x:1x2x6x6, Conv_w:4x2x3x3*) -> conv_y:1x4x4x3 {Conv Pad}\n");
}

TEST_CASE("A Conv that is fused already names its padding in the order of the file") {
    GraphBuilder b;
    const ValueId padded = b.node("Pad", spatial, {b.input("x", {1, 2, 6, 6})});
    const Graph fused = fuseActivation(b.build({b.relu("Relu", conv(b, "Conv", padded))}));
    CHECK(checkedPass(foldPad, fused).nodes()[0].origins == std::vector<std::string>{"Conv", "Pad", "Relu"});
}

TEST_CASE("Two paddings in a row go into the Conv") {
    GraphBuilder b;
    const ValueId first = b.node("First", spatial, {b.input("x", {1, 2, 6, 6})});
    const ValueId second = b.node("Second", spatial, {first});
    const Graph after = checkedPass(foldPad, b.build({conv(b, "Conv", second)}));
    REQUIRE(after.nodes().size() == 1);
    CHECK(after.nodes()[0].origins == std::vector<std::string>{"Conv", "First", "Second"});
}

TEST_CASE("Zero padding goes into an average pool that counts it") {
    const auto kind = GENERATE(PoolKind::AverageIncludePad, PoolKind::AverageExcludePad);
    GraphBuilder b;
    const ValueId padded = b.node("Pad", spatial, {b.input("x", {1, 2, 6, 6})});
    CHECK(dump(checkedPass(foldPad, b.build({b.node("Pool", pool(kind), {padded})}))) ==
          "Pool = AveragePool[k3,3 s2,2 p1,0,2,1 d1,1 include-pad](x:1x2x6x6) -> pool_y:1x2x4x3 {Pool Pad}\n");
}

TEST_CASE("Padding with minus infinity goes into a max pool") {
    GraphBuilder b;
    Pad pad = spatial;
    pad.value = -std::numeric_limits<float>::infinity();
    const ValueId padded = b.node("Pad", pad, {b.input("x", {1, 2, 6, 6})});
    CHECK(checkedPass(foldPad, b.build({b.node("Pool", pool(PoolKind::Max), {padded})})).nodes().size() == 1);
}

TEST_CASE("Padding stays where it means something else") {
    Pad value = spatial, reflect = spatial, channels = spatial, crop = spatial;
    value.value = 0.5F;
    reflect.mode = PadMode::Reflect;
    channels.pads = {0, 0, 0, 0, 0, 1, 0, 0};
    crop.pads = {0, 0, 1, -1, 0, 0, 0, 0};
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 6, 6}), thin = b.input("thin", {1, 1, 6, 6});
    const auto padded = [&](const std::string& name, const Pad& pad) { return b.node(name, pad, {x}); };
    const ValueId shared = padded("Shared", spatial), output = padded("Output", spatial);
    Pool ceil = pool(PoolKind::AverageIncludePad);
    ceil.ceilMode = true;
    checkUntouched(foldPad,
                   b.build({conv(b, "A", padded("Value", value)), conv(b, "B", padded("Reflect", reflect)),
                            conv(b, "C", b.node("Channels", channels, {thin})), conv(b, "D", padded("Crop", crop)),
                            conv(b, "E", shared), b.relu("Relu", shared), conv(b, "F", output), output,
                            b.node("Max", pool(PoolKind::Max), {padded("G", spatial)}),
                            b.node("Own", pool(PoolKind::AverageExcludePad, {1, 1, 1, 1}), {padded("H", spatial)}),
                            b.node("Ceil", ceil, {padded("I", spatial)}), b.relu("Unary", padded("J", spatial)),
                            b.node("Global", Pool{PoolKind::AverageExcludePad, true}, {padded("K", spatial)})}));
}

TEST_CASE("Padding as wide as the window of a pool stays") {
    GraphBuilder b;
    const ValueId padded = b.node("Pad", Pad{{0, 0, 3, 0, 0, 0, 0, 0}}, {b.input("x", {1, 2, 6, 6})});
    checkUntouched(foldPad, b.build({b.node("Pool", pool(PoolKind::AverageIncludePad), {padded})}));
}

TEST_CASE("Padded weights are not the padding of the input") {
    GraphBuilder b;
    const ValueId weights = b.node("Pad", Pad{{0, 0, 1, 1, 0, 0, 1, 1}}, {b.input("w", {4, 2, 1, 1})});
    checkUntouched(foldPad, b.build({b.node("Conv", Conv{{1, 1}, {1, 1}, {0, 0, 0, 0}, 1, {}},
                                            {b.input("x", {1, 2, 6, 6}), weights})}));
}
