// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that only move values. Intermediate results lie channels-last or in blocks, so their order is
// what these tests are about: each reads the result of a convolution.
#include "core/engine/machine/machine.h"
#include "tests/core/engine/engine_test.h"

using namespace halftone;
using namespace halftone::test;

namespace {

/// Convolution of an input with this many channels -> `op` -> the network's output, and -> Tanh -> a second
/// output.
void checkBehindConv(const Op& op, int64_t channels, int64_t batch = 1) {
    GraphBuilder b;
    const ValueId a = b.conv("a", b.input("x", {batch, 3, 6, 5}), 3, channels);
    const ValueId y = b.node("layer", op, {a});
    checkFp32(b.build({y, b.node("tanh", Unary{UnaryKind::Tanh}, {y})}));
}

/// `op` on the network's input, and twice.
void checkOnInput(const Op& op, const Shape& shape) {
    checkFp32(op, {shape});
}

} // namespace

TEST_CASE("a reshape counts values in the order of the file") {
    useThreads(1);
    for (const int64_t channels : {1, 3, 8, 16}) {
        checkBehindConv(Reshape{{0, -1}}, channels, 2);
        checkBehindConv(Reshape{{-1}}, channels);
        checkBehindConv(Reshape{{2, 5, -1}}, channels);
        checkBehindConv(Flatten{1}, channels, 2);
        checkBehindConv(Flatten{2}, channels, 2);
        checkBehindConv(Identity{}, channels);
        checkBehindConv(Squeeze{{0}}, channels);
        checkBehindConv(Squeeze{{0, 3}, true}, channels);
    }
    checkOnInput(Reshape{{6, 4}}, {2, 3, 4});
}

TEST_CASE("a single number meets a turned tensor of which one dimension has one element") {
    useThreads(1);
    for (const std::vector<int64_t>& order : {std::vector<int64_t>{1, 0, 2}, {1, 2, 0}, {0, 2, 1}, {2, 0, 1}})
        for (const BinaryKind kind : {BinaryKind::Mul, BinaryKind::Sub}) {
            GraphBuilder b;
            const ValueId turned = b.node("turned", Transpose{order}, {b.input("x", {1, 4, 3})});
            checkFp32(b.build({b.node("y", Binary{kind, {}}, {turned, b.constant("two", Shape{})})}));
        }
}

TEST_CASE("the flattened result of a pool of one pixel feeds a fully connected layer") {
    useThreads(1);
    for (const int64_t channels : {3, 16}) {
        GraphBuilder b;
        const ValueId a = b.conv("a", b.input("x", {2, 3, 6, 6}), 3, channels);
        const ValueId pool = b.node("pool", Pool{PoolKind::AverageExcludePad, true}, {a});
        const ValueId flat = b.node("flat", Reshape{{0, -1}}, {pool});
        checkFp32(b.build({b.node("fc", FullyConnected{}, {flat, b.constant("w", Shape{5, channels})})}));
    }
}

TEST_CASE("the flattened result of a convolution feeds a fully connected layer in the right order") {
    useThreads(1);
    for (const int64_t channels : {3, 16}) {
        GraphBuilder b;
        const ValueId a = b.conv("a", b.input("x", {2, 3, 6, 6}), 3, channels);
        const ValueId flat = b.node("flat", Reshape{{0, -1}}, {a});
        const Plan plan =
            checkFp32(b.build({b.node("fc", FullyConnected{}, {flat, b.constant("w", Shape{5, channels * 36})})}));
        CHECK((conversions(plan).size() >= 1 || stepOf(plan, "a").outputs[0].layout == "nchw"));
    }
}

TEST_CASE("transpositions in a row compute as the plain loop") {
    useThreads(1);
    checkBehindConv(Transpose{{0, 2, 3, 1}}, 5);
    checkBehindConv(Transpose{{3, 1, 0, 2}}, 16, 2);
    checkBehindConv(Transpose{}, 3, 2);
    GraphBuilder b;
    const ValueId a = b.conv("a", b.input("x", {2, 3, 6, 5}), 3, 7);
    const ValueId one = b.node("one", Transpose{{0, 2, 3, 1}}, {a});
    const ValueId two = b.node("two", Transpose{{1, 0, 3, 2}}, {one});
    const ValueId flat = b.node("flat", Reshape{{-1, 10}}, {two});
    checkFp32(b.build({b.node("three", Transpose{{1, 0}}, {flat}), two, b.conv("c", a, 7, 3)}));
}

TEST_CASE("a transposition feeds a convolution") {
    useThreads(1);
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 8, 9, 3}); // channels last in the file
    const ValueId turned = b.node("turn", Transpose{{0, 3, 1, 2}}, {x});
    checkFp32(b.build({b.node("back", Transpose{{0, 2, 3, 1}}, {b.conv("a", turned, 3, 16)})}));
}

TEST_CASE("a slice with any start, end and step computes as the plain loop") {
    useThreads(1);
    const std::vector<Slice> slices{
        {{1}, {3}, {1}, {1}},   {{0, 1}, {100, 100}, {1, 3}, {2, 2}},
        {{-2}, {100}, {1}, {}}, {{0, 0, 2, 1}, {1, 2, 5, 4}, {}, {}},
        {{1}, {-1}, {2}, {3}},  {{0}, {1}, {-1}, {1}},
    };
    for (const Slice& slice : slices)
        for (const int64_t channels : {3, 8})
            checkBehindConv(slice, channels);
    checkOnInput(Slice{{1}, {5}, {0}, {2}}, {7, 3});
}

TEST_CASE("every second or third element of any size computes as the plain loop") {
    useThreads(1);
    for (const int64_t size : {4, 5, 6, 7, 9})
        for (const int64_t step : {2, 3})
            for (const int64_t start : {0, 1}) {
                const Slice slice{{start, start}, {100, 100}, {2, 3}, {step, step}};
                GraphBuilder b;
                const ValueId x = b.input("x", {1, 3, size, size});
                const ValueId part = b.node("part", slice, {x});
                checkFp32(b.build({part, b.conv("c", part, 3, 4), b.conv("whole", x, 3, 4)}));
                checkOnInput(slice, {2, 8, size, size});
                checkInt8(quantized(b.build({b.conv("d", b.node("of", slice, {b.conv("a", x, 3, 16)}), 16, 8)})));
            }
    checkOnInput(Slice{{0}, {100}, {1}, {1000}}, {3, 7}); // one element
    checkOnInput(Slice{{0, 2}, {100, 100}, {0, 2}, {2, 4}}, {5, 3, 9});
}

TEST_CASE("a slice of a slice feeds a convolution") {
    useThreads(1);
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 8, 9, 9});
    const ValueId one = b.node("one", Slice{{2, 1}, {8, 9}, {1, 2}, {1, 2}}, {x});
    const ValueId two = b.node("two", Slice{{1}, {4}, {1}, {1}}, {one});
    checkFp32(b.build({b.conv("a", two, 3, 4), b.relu("relu", one)}));
}

TEST_CASE("a slice that runs backwards computes as the plain loop") {
    useThreads(1);
    for (const int64_t channels : {3, 16})
        checkBehindConv(Slice{{-1, 4}, {-100, 0}, {1, 3}, {-2, -1}}, channels);
    checkOnInput(Slice{{3}, {-100}, {0}, {-1}}, {4, 4});
}

TEST_CASE("padding, cropping and both at once compute as the plain loop") {
    useThreads(1);
    for (const int64_t channels : {3, 16}) {
        checkBehindConv(Pad{{0, 0, 1, 1, 0, 0, 1, 1}, 0}, channels);
        checkBehindConv(Pad{{0, 1, 0, 2, 0, 2, 3, 0}, 1.5F}, channels);
        checkBehindConv(Pad{{0, 0, -1, -1, 0, 0, -1, 0}, 0}, channels);
        checkBehindConv(Pad{{0, -1, 2, 0, 0, 0, -3, 1}, -7}, channels, 2);
    }
    checkOnInput(Pad{{1, 0, 2, 1}, 3}, {2, 3});
    checkOnInput(Pad{{0, -3, 0, 2}, 3}, {2, 3}); // nothing of the input is left
}

TEST_CASE("padding by reflection and with the edge compute as the plain loop") {
    useThreads(1);
    for (const PadMode mode : {PadMode::Reflect, PadMode::Edge})
        for (const int64_t channels : {3, 16}) {
            checkBehindConv(Pad{{0, 0, 1, 2, 0, 0, 3, 1}, 0, mode}, channels);
            checkBehindConv(Pad{{0, 1, -1, 2, 0, 1, 2, -1}, 0, mode}, channels, 2);
        }
}

TEST_CASE("tensors are joined along any axis, views too") {
    useThreads(1);
    for (int64_t axis = -1; axis < 4; ++axis) {
        GraphBuilder b;
        const ValueId x = b.input("x", {2, 3, 6, 5});
        const ValueId a = b.conv("a", x, 3, 3), c = b.conv("c", x, 3, 3);
        checkFp32(b.build({b.node("join", Concat{axis}, {a, x, c, a})}));
    }
    GraphBuilder b;
    const ValueId a = b.conv("a", b.input("x", {1, 3, 6, 6}), 3, 16);
    const ValueId part = b.node("part", Slice{{4}, {9}, {1}, {1}}, {a});
    const ValueId turned = b.node("turn", Transpose{{0, 1, 3, 2}}, {a});
    const ValueId joined = b.node("join", Concat{1}, {part, turned, b.constant("c", Shape{1, 2, 6, 6})});
    checkFp32(b.build({b.conv("last", joined, 23, 3), joined}));
    for (const Shape& shape : {Shape{4}, Shape{4, 3}, Shape{2, 4, 3}})
        checkFp32(Concat{0}, {shape, shape, shape}, true);
    checkFp32(Concat{0}, {{3, 2}});
}

TEST_CASE("lists of boxes are joined as they lie") {
    useThreads(1);
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 16, 6, 6});
    const auto boxes = [&](const std::string& name, int64_t stride) {
        const ValueId y = b.node(name, conv2d(stride), {x, b.constant(name + "_w", Shape{8, 16, 3, 3})});
        const ValueId last = b.node(name + "_last", Transpose{{0, 2, 3, 1}}, {y});
        return b.node(name + "_list", Reshape{{1, -1, 4}}, {last});
    };
    const Plan plan = checkFp32(b.build({b.node("join", Concat{1}, {boxes("a", 1), boxes("c", 2)})}));
    CHECK(stepOf(plan, "join").outputs[0].layout == "ncw");
    for (const StepInfo& step : conversions(plan))
        CHECK((step.consumer != "join" && !step.consumer.empty()));
}

TEST_CASE("an output that is also read, two outputs, an output twice and an output that is the input are right") {
    useThreads(1);
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 3, 8, 8});
    const ValueId a = b.conv("a", x, 3, 16);
    const ValueId c = b.conv("c", b.relu("relu", a), 16, 4);
    checkFp32(b.build({a, c, x, a}));
}

TEST_CASE("an output that is a constant is right") {
    useThreads(1);
    GraphBuilder b;
    const ValueId x = b.input("x", {2});
    checkFp32(b.build({b.relu("relu", x), b.constant("c", Shape{2, 2})}));
}
