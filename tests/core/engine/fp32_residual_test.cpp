// SPDX-License-Identifier: GPL-3.0-or-later
// A residual is added in place: these tests hold what may and what may not be overwritten.
#include "core/engine/machine/machine.h"
#include "tests/core/engine/engine_test.h"

using namespace halftone;
using namespace halftone::test;

namespace {

/// A 3x3 convolution of `x` that adds `residual` to its result, then an activation.
ValueId convAdding(GraphBuilder& builder, const std::string& name, ValueId x, ValueId residual, int64_t channels,
                   bool relu = true) {
    PostOps postOps{AddInput{3}};
    if (relu)
        postOps.push_back(Unary{UnaryKind::Relu});
    return builder.node(name, conv2d(1, 1, 1, postOps),
                        {x, builder.constant(name + "_w", Shape{channels, channels, 3, 3}),
                         builder.constant(name + "_b", Shape{channels}), residual});
}

} // namespace

TEST_CASE("a residual that nobody reads afterwards is added in place") {
    useThreads(1);
    for (const int64_t channels : {3, 16}) {
        GraphBuilder b;
        const ValueId x = b.input("x", {1, channels, 10, 10});
        const ValueId a = b.conv("a", x, channels, channels), c = b.conv("c", x, channels, channels);
        const Plan plan = checkFp32(b.build({convAdding(b, "sum", c, a, channels)}));
        CHECK(count(plan, StepInfo::Kind::Copy) == 0);
        CHECK(stepOf(plan, "sum").op == "Conv+Add+Relu");
        CHECK(stepOf(plan, "sum").inputs.size() == 4);
    }
}

TEST_CASE("a residual that a later layer reads is copied first") {
    useThreads(1);
    for (const int64_t channels : {3, 16}) {
        GraphBuilder b;
        const ValueId x = b.input("x", {1, channels, 10, 10});
        const ValueId a = b.conv("a", x, channels, channels), c = b.conv("c", x, channels, channels);
        const ValueId sum = convAdding(b, "sum", c, a, channels);
        const Plan plan = checkFp32(b.build({b.add("later", sum, a)}));
        CHECK(count(plan, StepInfo::Kind::Copy) <= 1);
        CHECK(conversions(plan).size() >= 1);
    }
}

TEST_CASE("a residual that is the convolution's own input is not overwritten while it is read") {
    useThreads(1);
    for (const int64_t channels : {3, 8, 16}) {
        GraphBuilder b;
        const ValueId x = b.input("x", {1, channels, 10, 10});
        const ValueId a = b.conv("a", x, channels, channels);
        const ValueId sum = convAdding(b, "sum", a, a, channels);
        checkFp32(b.build({b.conv("last", sum, channels, channels)}));
    }
}

TEST_CASE("a residual that is a view of the convolution's input is not overwritten while it is read") {
    useThreads(1);
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 8, 10, 10});
    const ValueId a = b.conv("a", x, 8, 8);
    const ValueId view = b.node("turn", Transpose{{0, 1, 3, 2}}, {a});
    const ValueId sum = convAdding(b, "sum", a, view, 8);
    checkFp32(b.build({b.conv("last", sum, 8, 8)}));
}

TEST_CASE("a residual that is an input of the network keeps its values") {
    useThreads(1);
    for (const int64_t channels : {1, 3, 16}) {
        GraphBuilder b;
        const ValueId x = b.input("x", {1, channels, 10, 10}), other = b.input("other", {1, channels, 10, 10});
        checkFp32(b.build({convAdding(b, "sum", x, other, channels)}));
        GraphBuilder own;
        const ValueId y = own.input("y", {1, channels, 10, 10});
        checkFp32(own.build({convAdding(own, "sum", y, y, channels)}));
    }
}

TEST_CASE("a residual that is an output of the network keeps its values") {
    useThreads(1);
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 16, 10, 10});
    const ValueId a = b.conv("a", x, 16, 16), c = b.conv("c", x, 16, 16);
    const ValueId sum = convAdding(b, "sum", c, a, 16);
    const Plan plan = checkFp32(b.build({sum, a}));
    CHECK(conversions(plan).size() >= 1);
}

TEST_CASE("a residual of which a view is read later keeps its values") {
    useThreads(1);
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 8, 10, 10});
    const ValueId a = b.conv("a", x, 8, 8), c = b.conv("c", x, 8, 8);
    const ValueId part = b.node("part", Slice{{2}, {6}, {1}, {1}}, {a});
    const ValueId sum = convAdding(b, "sum", c, a, 8);
    checkFp32(b.build({sum, b.node("after", Unary{UnaryKind::Sigmoid}, {part})}));
}

TEST_CASE("a chain of residual blocks computes as the plain loop") {
    useThreads(1);
    GraphBuilder b;
    ValueId x = b.conv("stem", b.input("x", {2, 3, 12, 12}), 3, 16);
    for (const char* name : {"one", "two", "three"}) {
        const ValueId inner = b.relu(std::string(name) + "_relu", b.conv(std::string(name) + "_a", x, 16, 16));
        x = convAdding(b, name, inner, x, 16);
    }
    const Plan plan = checkFp32(b.build({b.node("pool", Pool{PoolKind::AverageExcludePad, true}, {x})}));
    CHECK(count(plan, StepInfo::Kind::Copy) == 0);
    CHECK(plan.memory().arenaBytes < int64_t{4} * 2 * 12 * 12 * (3 + 16 * 5));
}

TEST_CASE("an addition without a convolution computes as the plain loop") {
    useThreads(1);
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 8, 6, 6});
    const ValueId a = b.conv("a", x, 8, 8);
    checkFp32(b.build({b.add("twice", a, a), b.add("with_input", a, x)}));
}

TEST_CASE("a fully connected layer adds a residual of three dimensions") {
    useThreads(1);
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 5, 8});
    const ValueId weights = b.constant("w", Shape{8, 8});
    const ValueId a = b.node("a", FullyConnected{}, {x, weights});
    const ValueId sum = b.node("sum", FullyConnected{{AddInput{3}}}, {x, weights, kNoValue, a});
    checkFp32(b.build({sum}));
}
