// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/machine/machine.h"
#include "tests/core/engine/engine_test.h"

using namespace halftone;
using namespace halftone::test;

namespace {

struct ConvCase {
    Shape src;
    int64_t filters;
    std::vector<int64_t> kernel, strides, dilations;
    Pads pads;
    int64_t groups = 1;
};

Plan checkConv(const ConvCase& c, bool bias, PostOps postOps = {}) {
    Shape weights{c.filters, c.src[1] / c.groups};
    weights.insert(weights.end(), c.kernel.begin(), c.kernel.end());
    std::vector<Shape> shapes{c.src, weights};
    if (bias)
        shapes.push_back({c.filters});
    return checkFp32(Conv{c.strides, c.dilations, c.pads, c.groups, std::move(postOps)}, shapes);
}

const PostOps everyActivation{
    Unary{UnaryKind::Relu},
    Unary{UnaryKind::LeakyRelu, 0.1F},
    Unary{UnaryKind::Clip, -0.5F, 1},
    Unary{UnaryKind::Sigmoid},
    Unary{UnaryKind::Tanh},
    Unary{UnaryKind::Elu, 0.7F},
    Unary{UnaryKind::HardSigmoid, 0.2F, 0.5F},
    Unary{UnaryKind::HardSwish, 1.0F / 6, 0.5F},
    Unary{UnaryKind::Swish, 1.5F},
};

} // namespace

TEST_CASE("a convolution of one, two or three dimensions computes as the plain loop") {
    useThreads(1);
    const std::vector<ConvCase> cases{
        {{1, 4, 19}, 6, {3}, {1}, {1}, {1, 1}},
        {{2, 16, 33}, 32, {5}, {2}, {2}, {4, 3}},
        {{1, 3, 13, 11}, 8, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}},
        {{4, 3, 17, 17}, 16, {7, 7}, {2, 2}, {1, 1}, {3, 3, 3, 3}},
        {{1, 1, 9, 9}, 1, {3, 3}, {1, 1}, {1, 1}, {0, 0, 0, 0}},
        {{1, 17, 8, 10}, 3, {1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}},
        {{4, 16, 7, 7}, 17, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}},
        {{1, 32, 12, 12}, 32, {3, 3}, {1, 1}, {2, 2}, {2, 2, 2, 2}},
        {{1, 8, 12, 9}, 8, {2, 3}, {2, 1}, {1, 3}, {0, 1, 2, 3}},
        {{1, 64, 6, 6}, 128, {1, 1}, {2, 2}, {1, 1}, {0, 0, 0, 0}},
        {{1, 3, 5, 6, 7}, 5, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1, 1, 1, 1}},
        {{2, 16, 4, 9, 8}, 16, {2, 3, 1}, {1, 2, 1}, {1, 1, 1}, {0, 1, 0, 1, 2, 0}},
    };
    for (const ConvCase& c : cases)
        for (const bool bias : {false, true})
            CHECK(!isReference(stepOf(checkConv(c, bias), "layer")));
}

TEST_CASE("a grouped or depthwise convolution computes as the plain loop") {
    useThreads(1);
    const std::vector<ConvCase> cases{
        {{1, 8, 9, 9}, 8, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}, 8},
        {{4, 17, 9, 7}, 17, {3, 3}, {2, 2}, {1, 1}, {0, 0, 1, 1}, 17},
        {{1, 6, 9, 9}, 12, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}, 6},
        {{1, 32, 9, 9}, 64, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}, 4},
        {{2, 9, 8, 8}, 6, {1, 3}, {1, 1}, {1, 1}, {0, 1, 0, 1}, 3},
        {{1, 8, 16}, 8, {3}, {1}, {1}, {1, 1}, 8},
        {{1, 4, 5, 5, 5}, 4, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1, 1, 1, 1}, 4},
    };
    for (const ConvCase& c : cases)
        for (const bool bias : {false, true})
            CHECK(!isReference(stepOf(checkConv(c, bias), "layer")));
}

TEST_CASE("every activation that is fused into a convolution computes as the plain loop") {
    useThreads(1);
    for (const int64_t channels : {3, 16})
        for (const PostOp& activation : everyActivation) {
            const Plan plan =
                checkConv({{1, channels, 9, 9}, channels, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}}, true, {activation});
            CHECK(plan.steps().size() <= 3); // at most the layouts of the file's borders
            CHECK(stepOf(plan, "layer").op == "Conv+" + opName(Op(std::get<Unary>(activation))));
        }
}

TEST_CASE("two activations in a row are both applied") {
    useThreads(1);
    const Plan plan = checkConv({{1, 8, 9, 9}, 8, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}}, true,
                                {Unary{UnaryKind::LeakyRelu, 0.5F}, Unary{UnaryKind::Clip, -0.25F, 0.5F}});
    CHECK(stepOf(plan, "layer").op == "Conv+LeakyRelu+Clip");
}

TEST_CASE("a fully connected layer takes inputs of two, three and four dimensions") {
    useThreads(1);
    for (const Shape& src : {Shape{1, 10}, Shape{4, 17}, Shape{2, 5, 16}, Shape{2, 3, 2, 8}})
        for (const int64_t columns : {1, 3, 64}) {
            CHECK(!isReference(stepOf(checkFp32(FullyConnected{}, {src, {columns, src.back()}}), "layer")));
            checkFp32(FullyConnected{}, {src, {columns, src.back()}, {columns}});
        }
    for (const PostOp& activation : everyActivation)
        checkFp32(FullyConnected{{activation}}, {{3, 20}, {7, 20}, {7}});
}

TEST_CASE("a convolution computes the same with two threads") {
    useThreads(2);
    checkConv({{4, 17, 21, 21}, 33, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}}, true, {Unary{UnaryKind::Relu}});
    checkConv({{1, 32, 21, 21}, 32, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}, 32}, true);
    useThreads(1);
}

TEST_CASE("16-bit weights are read as floats and noted as converted once") {
    useThreads(1);
    GraphBuilder builder;
    const ValueId x = builder.input("x", {1, 4, 6, 6});
    std::vector<std::byte> bytes;
    for (int i = 0; i < 4 * 4; ++i) // 1.0 and -2.0 in binary16
        for (const int byte : {0x00, i % 3 == 0 ? 0x3C : 0xC0})
            bytes.push_back(static_cast<std::byte>(byte));
    const ValueId weights = builder.constant("w", Tensor::fromBytes(ElementType::F16, {4, 4, 1, 1}, std::move(bytes)));
    builder.graph.addValue({"y", ElementType::F32, {1, 4, 6, 6}, {}, {}});
    builder.graph.addNode({"layer", conv2d(1, 0), {x, weights}, {2}, {"layer"}});
    builder.graph.outputs = {2};
    Plan plan = compiled(builder.graph);
    const auto inputs = inputsFor(builder.graph);
    const std::vector<float> y = outputsOf(plan, builder.graph, inputs).front();
    const auto src = inputs.at(x).floats();
    // Filter 0 weighs channels 0 and 3 with 1, the others with -2.
    CHECK(y[5] == Approx(src[5] - 2 * src[36 + 5] - 2 * src[72 + 5] + src[108 + 5]));
    REQUIRE(plan.oneTimeConversions().size() == 1);
    CHECK(plan.oneTimeConversions()[0].fromType == "f16");
    CHECK(plan.oneTimeConversions()[0].toType == "f32");
}
