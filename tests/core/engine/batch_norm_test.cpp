// SPDX-License-Identifier: GPL-3.0-or-later
// Normalizations that no layer takes in: one scale and shift for each channel, with the activation behind them.
#include "core/engine/machine/machine.h"
#include "tests/core/engine/engine_test.h"

using namespace halftone;
using namespace halftone::test;

namespace {

const std::vector<PostOps> activations{
    {}, {Unary{UnaryKind::Relu}}, {Unary{UnaryKind::Clip, -0.2F, 0.4F}}, {Unary{UnaryKind::Tanh}}};

ValueId norm(GraphBuilder& b, const std::string& name, ValueId x, int64_t channels, const PostOps& postOps) {
    const ValueId y = b.batchNorm(name, x, channels);
    std::get<BatchNorm>(b.graph.node(b.graph.producers()[static_cast<size_t>(y)]).op).postOps = postOps;
    return y;
}

} // namespace

TEST_CASE("a normalization is one fast step in fp32, in any layout and for any rank") {
    useThreads(1);
    for (const PostOps& postOps : activations)
        for (const Shape& shape :
             {Shape{2, 8, 5, 6}, Shape{1, 19, 7, 7}, Shape{2, 16, 9}, Shape{1, 6, 3, 4, 5}, Shape{3, 10}}) {
            GraphBuilder b;
            const ValueId y = norm(b, "n", b.input("x", shape), shape[1], postOps);
            CHECK(!isReference(stepOf(checkFp32(b.build({y})), "n")));
        }
    for (const int64_t channels : {8, 12}) {
        GraphBuilder b;
        const ValueId a = b.conv("a", b.input("x", {1, 3, 9, 9}), 3, channels);
        const ValueId y = norm(b, "n", a, channels, {Unary{UnaryKind::Relu}});
        const Plan plan = checkFp32(b.build({b.conv("c", y, channels, 8), b.conv("d", a, channels, 8)}));
        CHECK(!isReference(stepOf(plan, "n")));
    }
}

TEST_CASE("a normalization whose parameters are computed runs too") {
    useThreads(1);
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 4, 5, 5}), scale = b.input("scale", {4}), mean = b.input("mean", {4});
    const ValueId shift = b.constant("shift", Shape{4});
    const ValueId variance = b.constant("variance", Tensor::fromFloats({4}, std::vector<float>{1, 2, 0.5F, 3}));
    checkFp32(b.build({b.node("n", BatchNorm{}, {x, scale, shift, mean, variance})}));
}

TEST_CASE("a normalization between int8 layers reads and writes codes") {
    useThreads(1);
    for (const PostOps& postOps : activations)
        for (const bool asymmetric : {true, false})
            for (const int64_t channels : {16, 17}) {
                GraphBuilder b;
                const ValueId a = b.conv("a", b.input("x", {1, 3, 9, 9}), 3, channels);
                const ValueId y = norm(b, "n", a, channels, postOps);
                const ValueId c = b.conv("c", y, channels, 8), d = b.conv("d", a, channels, 8);
                checkInt8(quantized(b.build({a, y, c, d}), gridOptions(7, asymmetric))); // no difference spreads
                const Plan plan = compiled(quantized(b.build({c, d}), gridOptions(7, asymmetric)), Precision::Int8);
                const StepInfo& step = stepOf(plan, "n");
                CHECK(step.precision == "int8");
                CHECK(!isReference(step));
                CHECK(conversions(plan).size() == 3); // the input, and both outputs of the network
            }
}

TEST_CASE("the stream of a pre-activation network stays in codes: no conversion between its blocks") {
    useThreads(1);
    GraphBuilder b;
    ValueId x = b.conv("stem", b.input("x", {1, 3, 9, 9}), 3, 16);
    for (int i = 0; i < 3; ++i) {
        const std::string n = std::to_string(i);
        const ValueId p = norm(b, "n" + n, x, 16, {Unary{UnaryKind::Relu}});
        const ValueId c =
            b.node("c" + n, conv2d(1, 1, 1, {Unary{UnaryKind::Relu}}), {p, b.constant("wc" + n, Shape{16, 16, 3, 3})});
        x = b.node("d" + n, conv2d(1, 1, 1, {AddInput{3}}),
                   {c, b.constant("wd" + n, Shape{16, 16, 3, 3}), kNoValue, x});
    }
    const ValueId last = norm(b, "last", x, 16, {Unary{UnaryKind::Relu}});
    const Graph graph = b.build({b.conv("end", last, 16, 8)});
    const Plan plan = checkInt8(quantized(graph));
    for (const StepInfo& step : plan.steps())
        CHECK((step.kind != StepInfo::Kind::Compute || step.precision == "int8"));
    CHECK(conversions(plan).size() == 2);
}

TEST_CASE("an activation that rounding to codes does anyway changes nothing and costs nothing") {
    useThreads(1);
    // The grid of the result is that of a bounded activation's range, so its ends are the activation's own.
    for (const Unary& activation : {Unary{UnaryKind::Relu}, Unary{UnaryKind::Clip, 0, 0.5F},
                                    Unary{UnaryKind::Clip, -0.25F, 0.5F}, Unary{UnaryKind::Clip, 0, 100}}) {
        GraphBuilder b;
        const ValueId a = b.node("a", conv2d(1, 1, 1, {activation}),
                                 {b.input("x", {1, 3, 9, 9}), b.constant("w", Shape{8, 3, 3, 3})});
        checkInt8(quantized(b.build({a, b.conv("c", a, 8, 8)})));
    }
}

TEST_CASE("a normalization of numbers that an int8 layer reads gives codes itself") {
    useThreads(1);
    for (const int64_t channels : {3, 16})
        for (const bool planes : {true, false}) {
            GraphBuilder b;
            ValueId x = b.input("x", {2, channels, 9, 9});
            if (!planes)
                x = b.conv("a", x, channels, channels);
            const ValueId y = norm(b, "n", x, channels, {Unary{UnaryKind::LeakyRelu, 0.2F}});
            Graph graph = quantized(b.build({b.conv("c", y, channels, 8)}));
            graph.value(x).quant.reset();
            const Plan plan = checkInt8(graph);
            CHECK(stepOf(plan, "n").kernel == "halftone:scale-shift");
            CHECK(stepOf(plan, "n").outputs[0].type == "u8");
            CHECK(stepOf(plan, "n").inputs[0].type == "f32");
        }
}
