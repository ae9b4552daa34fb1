// SPDX-License-Identifier: GPL-3.0-or-later
// PRelu with one slope for each channel: within a convolution, and on codes.
#include "core/engine/machine/machine.h"
#include "tests/core/engine/engine_test.h"

using namespace halftone;
using namespace halftone::test;

namespace {

/// conv or transposed conv "layer" with slopes, without or with bias, read by a 1x1 convolution.
Graph layerWithSlopes(const Op& op, const Shape& src, const Shape& weights, int64_t filters, bool bias) {
    GraphBuilder b;
    const ValueId y =
        b.node("layer", op,
               {b.input("x", src), b.constant("w", weights), bias ? b.constant("bias", Shape{filters}) : kNoValue,
                b.constant("slopes", Shape{filters, 1, 1})});
    return b.build({y, b.node("reader", conv2d(1, 0), {y, b.constant("wr", Shape{4, filters, 1, 1})})});
}

struct ConvCase {
    Shape src;
    int64_t filters, kernel, pad, groups = 1;
};

const std::vector<ConvCase> convolutions{
    {{1, 3, 13, 11}, 10, 3, 1},    {{2, 16, 9, 9}, 17, 3, 1}, {{1, 32, 9, 9}, 32, 1, 0},
    {{3, 24, 9, 9}, 24, 3, 1, 24}, {{4, 32, 2, 2}, 16, 1, 0}, {{1, 32, 1, 1}, 24, 1, 0},
};

Graph convWithSlopes(const ConvCase& c, bool bias, PostOps others = {}) {
    PostOps postOps{PReluInput{3}};
    postOps.insert(postOps.end(), others.begin(), others.end());
    return layerWithSlopes(conv2d(1, c.pad, c.groups, postOps), c.src,
                           {c.filters, c.src[1] / c.groups, c.kernel, c.kernel}, c.filters, bias);
}

} // namespace

TEST_CASE("slopes that are fused into a convolution compute as the plain loop") {
    useThreads(1);
    for (const ConvCase& c : convolutions)
        for (const bool bias : {false, true}) {
            const Plan plan = checkFp32(convWithSlopes(c, bias));
            CHECK_FALSE(isReference(stepOf(plan, "layer")));
            CHECK(stepOf(plan, "layer").op == "Conv+PRelu");
            checkFp32(convWithSlopes(c, bias, {Unary{UnaryKind::Clip, -0.1F, 0.5F}}));
        }
    for (const int64_t groups : {1, 4}) {
        const ConvTranspose up{{2, 2}, {1, 1}, {0, 0, 0, 0}, {0, 0}, groups, {PReluInput{3}}};
        checkFp32(layerWithSlopes(up, {2, 8, 5, 5}, {8, 8 / groups, 2, 2}, 8, true));
    }
}

TEST_CASE("slopes that are fused into an int8 convolution give the codes of the exact sum") {
    useThreads(1);
    for (const ConvCase& c : convolutions)
        for (const bool bias : {false, true}) {
            const Plan plan =
                checkInt8(quantized(convWithSlopes(c, bias), gridOptions(machineInfo().int8DotProduct ? 8 : 7)));
            const StepInfo& step = stepOf(plan, "layer");
            INFO(step.kernel << " " << step.why);
            CHECK(step.precision == "int8");
            CHECK_FALSE(isReference(step));
            CHECK(step.outputs[0].type == "u8");
        }
}

TEST_CASE("a PRelu that no convolution takes in is one step on codes, with a grid of its own") {
    useThreads(1);
    for (const int64_t channels : {8, 17, 1500}) {
        GraphBuilder b;
        const ValueId x = b.input("x", {2, 3, 5, 5});
        const auto conv = [&](const std::string& name) {
            return b.node(name, conv2d(), {x, b.constant(name + "_w", Shape{channels, 3, 3, 3})});
        };
        const ValueId pool =
            b.node("pool", Pool{PoolKind::Max, false, {2, 2}, {1, 1}, {1, 1}, {0, 0, 0, 0}}, {conv("a")});
        const ValueId y =
            b.node("prelu", Binary{BinaryKind::PRelu, {}}, {pool, b.constant("s", Shape{channels, 1, 1})});
        Int8Check codes;
        const Plan plan =
            checkInt8(quantized(b.build(
                          {pool, y, b.node("reader", conv2d(1, 0), {y, b.constant("wr", Shape{4, channels, 1, 1})})})),
                      &codes);
        const StepInfo& step = stepOf(plan, "prelu");
        INFO(step.why);
        CHECK(step.kernel == "halftone:combine");
        CHECK(step.inputs[0].type == "u8");
        CHECK(codes.different * 1000 <= codes.codes);
    }
}

TEST_CASE("slopes that are computed, or that differ along other dimensions, stay in fp32") {
    useThreads(1);
    for (const bool computed : {false, true}) {
        GraphBuilder b;
        const ValueId a = b.node("a", conv2d(), {b.input("x", {1, 3, 5, 5}), b.constant("wa", Shape{8, 3, 3, 3})});
        const ValueId slopes = computed ? b.input("slopes", {8, 1, 1}) : b.constant("slopes", Shape{8, 1, 5});
        const ValueId y = b.node("prelu", Binary{BinaryKind::PRelu, {}}, {a, slopes});
        const Graph graph = b.build({b.node("reader", conv2d(1, 0), {y, b.constant("wr", Shape{4, 8, 1, 1})})});
        CHECK(stepOf(checkInt8(quantized(graph)), "prelu").precision == "fp32");
    }
}
