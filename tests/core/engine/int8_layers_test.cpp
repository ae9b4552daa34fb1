// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/machine/machine.h"
#include "tests/core/engine/engine_test.h"

using namespace halftone;
using namespace halftone::test;

namespace {

QuantizeOptions optionsHere() {
    return gridOptions(machineInfo().int8DotProduct ? 8 : 7);
}

/// Puts a light int8 chain's end before an int8 layer: a 1x1 convolution to four channels.
ValueId reader(GraphBuilder& b, ValueId x, int64_t channels, const std::string& name = "reader") {
    return b.node(name, conv2d(1, 0), {x, b.constant(name + "_w", Shape{4, channels, 1, 1})});
}

/// Convolutions and fully connected layers run in int8, and not in oneDNN's reference loops.
void checkHeavyInt8(const Plan& plan) {
    for (const StepInfo& step : plan.steps())
        if (step.macs > 0) {
            INFO(step.name << " " << step.kernel << " " << step.why);
            CHECK(step.precision == "int8");
            CHECK(!isReference(step));
        }
}

struct ConvCase {
    Shape src;
    int64_t filters;
    std::vector<int64_t> kernel, strides;
    Pads pads;
    std::vector<int64_t> dilations{1, 1};
};

Graph convAndReader(const ConvCase& c, bool relu, bool bias, bool nonNegativeInput) {
    GraphBuilder b;
    ValueId x = b.input("x", c.src);
    if (nonNegativeInput) // u8 with zero point 0
        x = b.relu("first", x);
    Shape weights{c.filters, c.src[1]};
    weights.insert(weights.end(), c.kernel.begin(), c.kernel.end());
    std::vector<ValueId> inputs{x, b.constant("w", weights)};
    if (bias)
        inputs.push_back(b.constant("bias", Shape{c.filters}));
    PostOps postOps;
    if (relu)
        postOps.push_back(Unary{UnaryKind::Relu});
    const ValueId y = b.node("layer", Conv{c.strides, c.dilations, c.pads, 1, postOps}, inputs);
    return b.build({y, reader(b, y, c.filters)});
}

} // namespace

TEST_CASE("an int8 convolution computes the codes of the exact sum") {
    useThreads(1);
    const std::vector<ConvCase> cases{
        {{1, 3, 13, 11}, 8, {3, 3}, {1, 1}, {1, 1, 1, 1}},           {{4, 3, 17, 17}, 16, {7, 7}, {2, 2}, {3, 3, 3, 3}},
        {{1, 17, 8, 10}, 5, {1, 1}, {1, 1}, {0, 0, 0, 0}},           {{2, 16, 9, 9}, 17, {3, 3}, {1, 1}, {1, 1, 1, 1}},
        {{1, 32, 12, 12}, 32, {3, 3}, {2, 2}, {0, 1, 2, 1}},         {{1, 64, 6, 6}, 96, {1, 1}, {2, 2}, {0, 0, 0, 0}},
        {{1, 16, 12, 12}, 16, {3, 3}, {1, 1}, {2, 2, 2, 2}, {2, 2}},
    };
    for (const ConvCase& c : cases)
        for (const bool relu : {false, true})
            for (const bool nonNegative : {false, true}) {
                const Graph graph = quantized(convAndReader(c, relu, nonNegative, nonNegative), optionsHere());
                CHECK((graph.value(graph.outputs[0]).quant->zeroPoint() == 0) == relu);
                const Plan plan = checkInt8(graph);
                checkHeavyInt8(plan);
                CHECK(stepOf(plan, "layer").outputs[0].type == "u8");
                CHECK(stepOf(plan, "reader").outputs[0].type == "f32");
                CHECK(stepOf(plan, "reader").inputs[0].type == "u8");
            }
}

TEST_CASE("an int8 convolution with 7-bit weights computes the codes of the exact sum on any CPU") {
    useThreads(1);
    for (const bool nonNegative : {false, true})
        checkHeavyInt8(checkInt8(
            quantized(convAndReader({{1, 32, 9, 9}, 32, {3, 3}, {1, 1}, {1, 1, 1, 1}}, true, true, nonNegative))));
}

TEST_CASE("an int8 convolution of signed codes computes the codes of the exact sum") {
    useThreads(1);
    for (const bool relu : {false, true}) {
        const Graph graph = quantized(
            convAndReader({{1, 16, 9, 9}, 24, {3, 3}, {1, 1}, {1, 1, 1, 1}}, relu, true, false), gridOptions(7, false));
        CHECK(graph.value(graph.inputs[0]).quant->storage == ElementType::S8);
        checkHeavyInt8(checkInt8(graph));
    }
}

TEST_CASE("an int8 convolution of one or three dimensions is exact or gives a reason") {
    useThreads(1);
    for (const Shape& src : {Shape{1, 8, 33}, Shape{1, 8, 5, 6, 7}}) {
        const size_t spatial = src.size() - 2;
        GraphBuilder b;
        Shape weights{16, 8}, point{4, 16};
        weights.resize(src.size(), 3);
        point.resize(src.size(), 1);
        const std::vector<int64_t> ones(spatial, 1);
        const ValueId y = b.node("layer", Conv{ones, ones, Pads(2 * spatial, 1), 1, {}},
                                 {b.input("x", src), b.constant("w", weights)});
        const ValueId z = b.node("reader", Conv{ones, ones, Pads(2 * spatial, 0), 1, {}}, {y, b.constant("v", point)});
        const Plan plan = checkInt8(quantized(b.build({y, z})));
        CHECK(stepOf(plan, "layer").precision == (stepOf(plan, "layer").why.empty() ? "int8" : "fp32"));
    }
}

TEST_CASE("an int8 depthwise convolution computes the codes of the exact sum") {
    useThreads(1);
    for (const int64_t channels : {8, 16, 17, 40})
        for (const bool nonNegative : {false, true})
            for (const int64_t stride : {1, 2}) {
                GraphBuilder b;
                ValueId x = b.input("x", {2, channels, 9, 9});
                if (nonNegative)
                    x = b.relu("first", x);
                const ValueId y =
                    b.node("layer", conv2d(stride, 1, channels, {Unary{UnaryKind::Clip, 0, 6}}),
                           {x, b.constant("w", Shape{channels, 1, 3, 3}), b.constant("b", Shape{channels})});
                const Plan plan = checkInt8(quantized(b.build({y, reader(b, y, channels)})));
                if (stepOf(plan, "layer").precision == "int8")
                    CHECK(!isReference(stepOf(plan, "layer")));
                else
                    CHECK(!stepOf(plan, "layer").why.empty());
            }
}

TEST_CASE("an int8 grouped convolution is exact or gives a reason") {
    useThreads(1);
    GraphBuilder b;
    const ValueId y =
        b.node("layer", conv2d(1, 1, 4), {b.input("x", {1, 32, 9, 9}), b.constant("w", Shape{64, 8, 3, 3})});
    const Plan plan = checkInt8(quantized(b.build({y, reader(b, y, 64)})));
    CHECK(!isReference(stepOf(plan, "layer")));
}

TEST_CASE("every activation that is fused into an int8 convolution is applied before rounding") {
    useThreads(1);
    for (const Unary& op : {Unary{UnaryKind::Relu}, Unary{UnaryKind::LeakyRelu, 0.1F}, Unary{UnaryKind::Clip, 0, 6},
                            Unary{UnaryKind::Sigmoid}, Unary{UnaryKind::Tanh}, Unary{UnaryKind::Elu, 0.7F},
                            Unary{UnaryKind::HardSigmoid, 0.2F, 0.5F}, Unary{UnaryKind::HardSwish, 1.0F / 6, 0.5F},
                            Unary{UnaryKind::Swish, 1}}) {
        GraphBuilder b;
        const ValueId y =
            b.node("layer", conv2d(1, 1, 1, {op}),
                   {b.input("x", {1, 8, 9, 9}), b.constant("w", Shape{16, 8, 3, 3}), b.constant("b", Shape{16})});
        const Plan plan = checkInt8(quantized(b.build({y, reader(b, y, 16)})));
        checkHeavyInt8(plan);
        CHECK(stepOf(plan, "layer").op == "Conv+" + opName(Op(op)));
    }
}

TEST_CASE("an int8 fully connected layer computes the codes of the exact sum") {
    useThreads(1);
    for (const Shape& src : {Shape{1, 24}, Shape{4, 17}, Shape{2, 5, 16}})
        for (const bool bias : {false, true}) {
            GraphBuilder b;
            const ValueId x = b.input("x", src);
            std::vector<ValueId> inputs{x, b.constant("w", Shape{33, src.back()})};
            if (bias)
                inputs.push_back(b.constant("b", Shape{33}));
            const ValueId y = b.node("layer", FullyConnected{{Unary{UnaryKind::Relu}}}, inputs);
            const ValueId z = b.node("last", FullyConnected{}, {y, b.constant("v", Shape{7, 33})});
            const Plan plan = checkInt8(quantized(b.build({y, z}), optionsHere()));
            checkHeavyInt8(plan);
        }
}

TEST_CASE("an int8 fully connected layer of three dimensions adds a residual") {
    useThreads(1);
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 5, 8});
    const ValueId a = b.node("a", FullyConnected{}, {x, b.constant("wa", Shape{8, 8})});
    const ValueId c = b.node("c", FullyConnected{}, {x, b.constant("wc", Shape{8, 8})});
    const ValueId sum = b.node("sum", FullyConnected{{AddInput{3}}}, {c, b.constant("ws", Shape{8, 8}), kNoValue, a});
    const ValueId last = b.node("last", FullyConnected{}, {sum, b.constant("wl", Shape{6, 8})});
    checkInt8(quantized(b.build({sum, last})));
}

TEST_CASE("an int8 residual is added whatever grid it lies on") {
    useThreads(1);
    for (const bool asymmetric : {false, true})
        for (const bool residualRelu : {false, true})
            for (const bool resultRelu : {false, true})
                for (const bool readLater : {false, true}) {
                    GraphBuilder b;
                    const ValueId x = b.input("x", {1, 16, 9, 9});
                    ValueId a = b.node("a", conv2d(1, 1, 1, residualRelu ? PostOps{Unary{UnaryKind::Relu}} : PostOps{}),
                                       {x, b.constant("wa", Shape{16, 16, 3, 3})});
                    const ValueId c = b.conv("c", x, 16, 16);
                    PostOps postOps{AddInput{3}};
                    if (resultRelu)
                        postOps.push_back(Unary{UnaryKind::Relu});
                    const ValueId sum =
                        b.node("sum", conv2d(1, 1, 1, postOps),
                               {c, b.constant("ws", Shape{16, 16, 3, 3}), b.constant("bs", Shape{16}), a});
                    std::vector<ValueId> outputs{sum, reader(b, sum, 16)};
                    if (readLater)
                        outputs.push_back(reader(b, a, 16, "later"));
                    const Plan plan = checkInt8(quantized(b.build(outputs), gridOptions(7, asymmetric)));
                    checkHeavyInt8(plan);
                    CHECK(count(plan, StepInfo::Kind::Copy) == (readLater ? 1 : 0));
                    CHECK(stepOf(plan, "sum").inputs.back().type == (residualRelu || asymmetric ? "u8" : "s8"));
                }
}

TEST_CASE("an int8 residual that is the convolution's own input is not overwritten while it is read") {
    useThreads(1);
    GraphBuilder b;
    const ValueId a = b.conv("a", b.input("x", {1, 16, 9, 9}), 16, 16);
    const ValueId sum =
        b.node("sum", conv2d(1, 1, 1, {AddInput{3}}), {a, b.constant("ws", Shape{16, 16, 3, 3}), kNoValue, a});
    const Plan plan = checkInt8(quantized(b.build({sum, reader(b, sum, 16)})));
    CHECK(count(plan, StepInfo::Kind::Copy) == 1);
}

TEST_CASE("an int8 residual whose result is wanted in fp32 is added in fp32") {
    useThreads(1);
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 16, 9, 9});
    const ValueId a = b.conv("a", x, 16, 16), c = b.conv("c", x, 16, 16);
    const ValueId sum =
        b.node("sum", conv2d(1, 1, 1, {AddInput{3}}), {c, b.constant("ws", Shape{16, 16, 3, 3}), kNoValue, a});
    const Plan plan = checkInt8(quantized(b.build({sum})));
    checkHeavyInt8(plan);
    CHECK(stepOf(plan, "sum").outputs[0].type == "f32");
}

TEST_CASE("8-bit weights are exact where codes are summed without saturation") {
    if (!machineInfo().int8DotProduct)
        return;
    useThreads(1);
    const Graph graph = quantized(convAndReader({{1, 64, 9, 9}, 32, {3, 3}, {1, 1}, {1, 1, 1, 1}}, true, true, true),
                                  gridOptions(8, true));
    checkHeavyInt8(checkInt8(graph));
}

TEST_CASE("an int8 plan computes the same with two threads") {
    useThreads(2);
    checkHeavyInt8(
        checkInt8(quantized(convAndReader({{4, 16, 17, 17}, 33, {3, 3}, {1, 1}, {1, 1, 1, 1}}, true, true, false))));
    useThreads(1);
}
