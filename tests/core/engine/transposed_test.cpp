// SPDX-License-Identifier: GPL-3.0-or-later
// Transposed convolutions against the plain loop, in fp32 and on codes.
#include "core/engine/machine/machine.h"
#include "tests/core/engine/engine_test.h"

#include <algorithm>

using namespace halftone;
using namespace halftone::test;

namespace {

struct Case {
    ConvTranspose op;
    Shape x, weights;
};

const std::vector<Case> cases{
    {{{1, 1}, {1, 1}, {0, 0, 0, 0}, {0, 0}, 1, {}}, {2, 4, 5, 6}, {4, 3, 3, 3}},
    {{{2, 2}, {1, 1}, {1, 1, 1, 1}, {1, 1}, 1, {}}, {1, 16, 5, 6}, {16, 8, 3, 3}},
    {{{2, 2}, {1, 1}, {1, 1, 1, 1}, {0, 0}, 1, {}}, {2, 32, 7, 6}, {32, 40, 4, 4}},
    {{{2, 2}, {1, 1}, {0, 0, 0, 0}, {0, 0}, 1, {}}, {1, 24, 10, 10}, {24, 1, 2, 2}},
    {{{2, 2}, {1, 1}, {0, 0, 0, 0}, {0, 0}, 1, {}}, {1, 24, 5, 5}, {24, 16, 2, 2}},
    {{{2, 3}, {1, 1}, {0, 1, 1, 0}, {1, 2}, 2, {}}, {1, 4, 5, 6}, {4, 3, 3, 3}},
    {{{1, 2}, {2, 1}, {1, 0, 1, 1}, {0, 0}, 1, {}}, {1, 4, 5, 6}, {4, 5, 3, 2}},
    {{{2}, {1}, {1, 1}, {0}, 1, {}}, {2, 4, 7}, {4, 6, 4}},
    {{{2, 2, 2}, {1, 1, 1}, {0, 0, 0, 0, 0, 0}, {0, 0, 0}, 1, {}}, {1, 6, 3, 4, 5}, {6, 8, 2, 2, 2}},
};

/// More positions are kept at its end than the kernel reaches: oneDNN takes no negative padding.
const Case withoutKernel{{{2, 2}, {1, 1}, {1, 1, 1, 1}, {3, 2}, 1, {}}, {1, 4, 5, 6}, {4, 3, 3, 3}};

const std::vector<Shape> narrow{{16, 1, 2, 2}, {16, 1, 4, 4}, {16, 3, 2, 3}, {16, 4, 1, 2}};

ConvTranspose windows(const Shape& weights, PostOps postOps) {
    return {{weights[2], weights[3]}, {1, 1}, {0, 0, 0, 0}, {0, 0}, 1, std::move(postOps)};
}

/// The layer, and behind it a 1x1 convolution that reads what it gives, on codes in int8.
Graph layerAndReader(const Case& c, PostOps postOps, bool bias, bool nonNegative) {
    GraphBuilder b;
    ValueId x = b.input("x", c.x);
    if (nonNegative) // u8 with zero point 0
        x = b.relu("first", x);
    const int64_t channels = c.weights[1] * c.op.groups;
    ConvTranspose op = c.op;
    op.postOps = std::move(postOps);
    std::vector<ValueId> inputs{x, b.constant("w", c.weights)};
    if (bias)
        inputs.push_back(b.constant("bias", Shape{channels}));
    if (std::ranges::any_of(op.postOps, [](const PostOp& p) { return std::holds_alternative<PReluInput>(p); })) {
        inputs.resize(3, kNoValue);
        inputs.push_back(b.constant("slopes", Shape{channels, 1, 1}));
    }
    const ValueId y = b.node("layer", op, inputs);
    const size_t spatial = c.x.size() - 2;
    Shape point{4, channels};
    point.resize(c.x.size(), 1);
    const std::vector<int64_t> ones(spatial, 1);
    return b.build(
        {y, b.node("reader", Conv{ones, ones, Pads(2 * spatial, 0), 1, {}}, {y, b.constant("point", point)})});
}

bool isPlaced(const Plan& plan) {
    return std::ranges::any_of(plan.steps(), [](const StepInfo& step) { return step.kernel == "halftone:windows"; });
}

} // namespace

TEST_CASE("a transposed convolution computes as the plain loop") {
    useThreads(1);
    std::vector<Case> all = cases;
    all.push_back(withoutKernel);
    for (const Case& each : all) {
        checkFp32(each.op, {each.x, each.weights});
        ConvTranspose activated = each.op;
        activated.postOps = {Unary{UnaryKind::Relu}};
        checkFp32(activated, {each.x, each.weights, {each.weights[1] * each.op.groups}});
    }
    GraphBuilder b;
    const ValueId a = b.conv("a", b.input("x", {1, 3, 6, 6}), 3, 16);
    const ValueId y = b.node("up", ConvTranspose{{2, 2}, {1, 1}, {0, 0, 0, 0}, {0, 0}, 1, {}},
                             {a, b.constant("w", Shape{16, 8, 2, 2})});
    const Plan plan = checkFp32(b.build({b.conv("c", y, 8, 4)}));
    CHECK(!isReference(stepOf(plan, "up")));
}

TEST_CASE("an int8 transposed convolution computes the codes of the exact sum") {
    useThreads(1);
    for (const Case& each : cases)
        for (const bool relu : {false, true})
            for (const bool nonNegative : {false, true})
                for (const bool perChannel : {false, true}) {
                    QuantizeOptions options = gridOptions(7);
                    options.weights = perChannel ? WeightScales::PerChannel : WeightScales::PerTensor;
                    const Graph graph =
                        quantized(layerAndReader(each, relu ? PostOps{Unary{UnaryKind::Relu}} : PostOps{}, nonNegative,
                                                 nonNegative),
                                  options);
                    CHECK((graph.value(graph.outputs[0]).quant->zeroPoint() == 0) == relu);
                    const Plan plan = checkInt8(graph);
                    const StepInfo& step = stepOf(plan, "layer");
                    INFO(step.kernel << " " << step.why);
                    CHECK_FALSE(isReference(step));
                    if (each.op.groups > 1) {
                        CHECK(step.precision == "fp32");
                        CHECK_THAT(step.why, Contains("groups, whose weights are not quantized"));
                        continue;
                    }
                    CHECK(step.precision == "int8");
                    CHECK(step.inputs[0].type == "u8");
                    CHECK(step.outputs[0].type == "u8");
                    CHECK(stepOf(plan, "reader").inputs[0].type == "u8");
                }
}

TEST_CASE("a transposed convolution without an int8 kernel runs in fp32 and says so") {
    useThreads(1);
    const Plan plan = checkInt8(quantized(layerAndReader(withoutKernel, {}, true, false)));
    CHECK(stepOf(plan, "layer").precision == "fp32");
    CHECK_THAT(stepOf(plan, "layer").why, Contains("no int8 kernel"));
}

TEST_CASE("a convolution whose weights are computed at run time is no int8 layer, transposed or not") {
    useThreads(1);
    for (const Op& op : {Op(conv2d(1, 1)), Op(ConvTranspose{{2, 2}, {1, 1}, {0, 0, 0, 0}, {0, 0}, 1, {}})}) {
        GraphBuilder b;
        const ValueId x = b.input("x", {1, 8, 5, 5}), weights = b.input("w", {8, 8, 3, 3});
        const ValueId y = b.node("layer", op, {x, weights});
        const Plan plan = checkInt8(quantized(b.build({y, b.conv("reader", y, 8, 4)})));
        CHECK(stepOf(plan, "layer").precision == "fp32");
        CHECK_THAT(stepOf(plan, "layer").why, Contains("run time"));
    }
}

TEST_CASE("an int8 transposed convolution of signed codes computes the codes of the exact sum") {
    useThreads(1);
    for (const Case& each : cases) {
        const Graph graph = quantized(layerAndReader(each, {}, true, false), gridOptions(7, false));
        CHECK(graph.value(graph.inputs[0]).quant->storage == ElementType::S8);
        CHECK_FALSE(isReference(stepOf(checkInt8(graph), "layer")));
    }
}

TEST_CASE("every activation that is fused into an int8 transposed convolution is applied before rounding") {
    useThreads(1);
    for (const PostOp& op : {PostOp(Unary{UnaryKind::LeakyRelu, 0.1F}), PostOp(Unary{UnaryKind::Clip, 0, 6}),
                             PostOp(Unary{UnaryKind::Sigmoid}), PostOp(Unary{UnaryKind::Tanh}),
                             PostOp(Unary{UnaryKind::HardSwish, 1.0F / 6, 0.5F}), PostOp(PReluInput{3})})
        for (const Case& each : {cases[2], cases[3], cases[4]}) {
            const Plan plan = checkInt8(quantized(layerAndReader(each, {op}, true, false)));
            CHECK(stepOf(plan, "layer").precision == "int8");
        }
}

TEST_CASE("an int8 transposed convolution gives real numbers where nothing reads codes") {
    useThreads(1);
    for (const Case& each : cases) {
        if (each.op.groups > 1)
            continue;
        GraphBuilder b;
        const ValueId y = b.node("layer", each.op, {b.input("x", each.x), b.constant("w", each.weights)});
        const Plan plan = checkInt8(quantized(b.build({y})));
        CHECK(stepOf(plan, "layer").precision == "int8");
        CHECK(stepOf(plan, "layer").outputs[0].type == "f32");
    }
}

TEST_CASE("weights of a transposed convolution that are rounded at every inference are those of the int8 plan") {
    useThreads(1);
    const Graph graph = quantized(layerAndReader(cases[2], {Unary{UnaryKind::Relu}}, true, true));
    const auto inputs = inputsFor(graph);
    Plan int8 = compiled(graph, Precision::Int8), simulated = compiled(graph, Precision::Int8Simulated);
    const auto exact = outputsOf(int8, graph, inputs), rounded = outputsOf(simulated, graph, inputs);
    const auto step = static_cast<double>(graph.value(graph.outputs[0]).quant->scale());
    int64_t different = 0;
    for (size_t i = 0; i < exact[0].size(); ++i)
        different += std::abs(static_cast<double>(exact[0][i] - rounded[0][i])) > step / 2;
    CHECK(different <= static_cast<int64_t>(exact[0].size()) / 200); // halves
}

TEST_CASE("a transposed convolution to few channels whose windows do not overlap is a 1x1 convolution") {
    for (const int threads : {1, 2}) {
        useThreads(threads);
        for (const Shape& weights : narrow)
            for (const bool bias : {false, true}) {
                ConvTranspose op = windows(weights, {Unary{UnaryKind::Sigmoid}});
                std::vector<Shape> shapes{{2, 16, 9, 11}, weights};
                if (bias)
                    shapes.push_back({weights[1]});
                const Plan plan = checkFp32(op, shapes);
                CHECK_FALSE(isReference(stepOf(plan, "layer")));
                // With SSE4.1 oneDNN has no fast kernel for most of the 1x1 convolutions either.
                CHECK((isPlaced(plan) || machineInfo().isa == "SSE41"));
                op.postOps = {PReluInput{3}};
                GraphBuilder b;
                checkFp32(b.build({b.node("layer", op,
                                          {b.input("x", shapes[0]), b.constant("w", weights), kNoValue,
                                           b.constant("slopes", Shape{weights[1], 1, 1})})}));
            }
    }
    useThreads(1);
}

TEST_CASE("codes of windows that do not overlap are computed side by side and placed") {
    for (const int threads : {1, 2}) {
        useThreads(threads);
        for (const Shape& weights : narrow)
            for (const bool perChannel : {false, true})
                for (const bool nonNegative : {false, true}) {
                    QuantizeOptions options = gridOptions(7);
                    options.weights = perChannel ? WeightScales::PerChannel : WeightScales::PerTensor;
                    const Case each{windows(weights, {}), {2, 16, 9, 11}, weights};
                    const Graph graph =
                        quantized(layerAndReader(each, {Unary{UnaryKind::Sigmoid}}, nonNegative, nonNegative), options);
                    const Plan plan = checkInt8(graph);
                    CHECK(stepOf(plan, "layer").precision == "int8");
                    CHECK(stepOf(plan, "layer").outputs[0].type == "u8");
                    CHECK((isPlaced(plan) || machineInfo().isa == "SSE41"));
                }
    }
    useThreads(1);
}
