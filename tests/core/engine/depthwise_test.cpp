// SPDX-License-Identifier: GPL-3.0-or-later
// Depthwise layers in int8: our own kernel where the CPU has AVX2 alone, the library's elsewhere.
#include "core/base/text.h"
#include "core/engine/kernels/depthwise.h"
#include "core/engine/machine/machine.h"
#include "tests/core/engine/engine_test.h"

#include <algorithm>
#include <cmath>
#include <random>

using namespace halftone;
using namespace halftone::engine;
using namespace halftone::test;

namespace {

const char* const kKernel = "halftone:depthwise";

struct Layer {
    Shape source; // N, C, H, W
    int64_t kernel[2], stride = 1, dilation = 1;
    Pads pads = {0, 0, 0, 0};
    bool own = true; // our kernel suits
};

const std::vector<Layer> kLayers{
    {{1, 32, 9, 11}, {3, 3}, 1, 1, {1, 1, 1, 1}},
    {{2, 64, 12, 7}, {3, 3}, 2, 1, {0, 0, 1, 1}}, // TensorFlow's padding
    {{1, 58, 8, 8}, {3, 3}, 1, 1, {1, 1, 1, 1}},  // 6 channels are computed twice
    {{1, 80, 5, 5}, {5, 5}, 1, 1, {2, 2, 2, 2}},
    {{3, 48, 7, 40}, {1, 7}, 1, 1, {0, 3, 0, 3}},
    {{1, 32, 20, 10}, {4, 3}, 2, 1, {1, 0, 2, 1}},
    {{1, 32, 14, 14}, {3, 3}, 1, 3, {3, 3, 3, 3}},
    {{1, 32, 13, 17}, {3, 3}, 2, 2, {2, 2, 2, 2}},
    {{1, 96, 3, 301}, {3, 3}, 1, 1, {1, 1, 1, 1}}, // several columns of tiles
    {{1, 32, 70, 4}, {3, 3}, 1, 1, {1, 1, 1, 1}},  // several bands
    {{1, 32, 2, 2}, {3, 3}, 1, 1, {1, 1, 1, 1}},
    {{1, 16, 9, 9}, {3, 3}, 1, 1, {1, 1, 1, 1}, false}, // half a block of channels
    {{1, 40, 9, 9}, {3, 3}, 1, 1, {1, 1, 1, 1}, false},
};

const std::vector<PostOps> kActivations{{},
                                        {Unary{UnaryKind::Relu}},
                                        {Unary{UnaryKind::Clip, -0.3F, 0.5F}},
                                        {Unary{UnaryKind::Relu}, Unary{UnaryKind::Clip, -1.0F, 0.2F}},
                                        {Unary{UnaryKind::HardSwish, 1.0F / 6, 0.5F}}};

/// What else than limits comes behind the sum is left to the library's kernel.
bool onlyLimits(const PostOps& postOps) {
    return postOps.empty() || std::get<Unary>(postOps.front()).kind != UnaryKind::HardSwish;
}

ValueId depthwiseNode(GraphBuilder& b, ValueId x, const Layer& layer, const PostOps& postOps) {
    const int64_t channels = layer.source[1];
    const Conv op{{layer.stride, layer.stride}, {layer.dilation, layer.dilation}, layer.pads, channels, postOps};
    return b.node(
        "layer", op,
        {x, b.constant("w", Shape{channels, 1, layer.kernel[0], layer.kernel[1]}), b.constant("b", Shape{channels})});
}

Graph network(const Layer& layer, const PostOps& postOps, bool nonNegative, bool isRead) {
    GraphBuilder b;
    const Shape& source = layer.source;
    // Its codes, and those of the layer, are compared apart: one that differs must not spread.
    const ValueId x =
        b.node("first", conv2d(1, 0, 1, nonNegative ? PostOps{Unary{UnaryKind::Relu}} : PostOps{}),
               {b.input("x", {source[0], 8, source[2], source[3]}), b.constant("u", Shape{source[1], 8, 1, 1})});
    std::vector<ValueId> outputs{x};
    outputs.push_back(depthwiseNode(b, x, layer, postOps));
    if (isRead)
        outputs.push_back(
            b.node("reader", conv2d(1, 0), {outputs.back(), b.constant("v", Shape{8, layer.source[1], 1, 1})}));
    return b.build(outputs);
}

} // namespace

TEST_CASE("a depthwise layer computes the codes of the exact sum", "[pairs]") {
    for (const int threads : {1, 3}) {
        useThreads(threads);
        for (const Layer& layer : kLayers)
            for (const PostOps& postOps : kActivations)
                for (const bool nonNegative : {false, true}) {
                    const bool asymmetric = threads == 1; // else codes are s8 where they are negative
                    INFO(shapeText(layer.source) << " by " << layer.kernel[0] << "x" << layer.kernel[1]);
                    const Plan plan =
                        checkInt8(quantized(network(layer, postOps, nonNegative, true), gridOptions(7, asymmetric)));
                    CHECK((stepOf(plan, "layer").kernel == kKernel) ==
                          (hasDepthwise() && layer.own && onlyLimits(postOps)));
                    CHECK(stepOf(plan, "layer").precision == "int8");
                    CHECK(stepOf(plan, "layer").outputs[0].layout == "nhwc");
                }
    }
    useThreads(1);
}

TEST_CASE("depthwise kernels with as many taps as a block has channels compute the codes of the exact sum", "[pairs]") {
    useThreads(1);
    for (const auto& [rows, columns] : {std::pair<int64_t, int64_t>{2, 2}, {1, 4}, {2, 4}, {8, 1}, {4, 4}, {2, 8}})
        for (const PostOps& postOps : {kActivations.front(), kActivations.back()})
            for (const bool nonNegative : {false, true}) {
                INFO(rows << " by " << columns);
                const Layer layer{{1, 32, 12, 12}, {rows, columns}, 1, 1, {0, 0, 0, 0}};
                checkInt8(quantized(network(layer, postOps, nonNegative, true)));
            }
}

TEST_CASE("a depthwise layer that nobody reads in int8 gives floats") {
    useThreads(2);
    for (const PostOps& postOps : kActivations) {
        const Plan plan = checkInt8(quantized(network(kLayers[2], postOps, false, false)));
        CHECK((stepOf(plan, "layer").kernel == kKernel) == (hasDepthwise() && onlyLimits(postOps)));
        CHECK(stepOf(plan, "layer").outputs[0].type == "f32");
    }
    useThreads(1);
}

TEST_CASE("a residual behind a depthwise layer is added by the library's kernel") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 32, 6, 6});
    const ValueId a = b.conv("a", x, 32, 32);
    const ValueId y = b.node("layer", conv2d(1, 1, 32, {AddInput{3}}),
                             {a, b.constant("w", Shape{32, 1, 3, 3}), b.constant("b", Shape{32}), x});
    const Plan plan = checkInt8(quantized(b.build({b.conv("reader", y, 32, 8)})));
    CHECK(stepOf(plan, "layer").kernel != kKernel);
}

TEST_CASE("the depthwise kernel takes codes of either sign and the largest sums") {
    if (!hasDepthwise()) {
        WARN("SKIPPED: the kernel is for AVX2 without VNNI, and this CPU has " + machineInfo().isa);
        return;
    }
    useThreads(1);
    std::mt19937 random(5);
    for (const ElementType storage : {ElementType::U8, ElementType::S8})
        for (const int32_t zeroPoint : {0, 3, 255}) {
            if (storage == ElementType::S8 && zeroPoint == 255)
                continue;
            Depthwise p{.batch = 1,
                        .channels = 36,
                        .in = {6, 9},
                        .out = {6, 9},
                        .kernel = {3, 3},
                        .strides = {1, 1},
                        .dilations = {1, 1},
                        .padBegin = {1, 1},
                        .src = {storage, {1}, {zeroPoint}, {}}};
            p.scales.assign(36, 1);
            p.bias.assign(36, 0);
            std::vector<uint8_t> codes(6 * 9 * 36);
            std::ranges::generate(codes, [&] { return static_cast<uint8_t>(random() % 3 ? random() : 255); });
            std::vector<int8_t> weights(36 * 9);
            std::ranges::generate(weights, [&] { return static_cast<int8_t>(random() % 2 ? 127 : -128); });
            alignas(64) static std::byte scratch[1 << 18];
            REQUIRE(static_cast<size_t>(depthwiseScratch(p)) <= sizeof scratch);
            std::vector<float> sums(codes.size());
            depthwise(p, reinterpret_cast<const std::byte*>(codes.data()), depthwiseWeights(p, weights.data()).data(),
                      scratch, reinterpret_cast<std::byte*>(sums.data()));
            const auto value = [&](int64_t y, int64_t x, int64_t c) {
                if (y < 0 || y >= 6 || x < 0 || x >= 9)
                    return 0;
                const uint8_t code = codes[static_cast<size_t>((y * 9 + x) * 36 + c)];
                return (storage == ElementType::S8 ? static_cast<int8_t>(code) : static_cast<int>(code)) - zeroPoint;
            };
            int64_t wrong = 0;
            for (int64_t y = 0; y < 6; ++y)
                for (int64_t x = 0; x < 9; ++x)
                    for (int64_t c = 0; c < 36; ++c) {
                        int wanted = 0;
                        for (int64_t k = 0; k < 9; ++k)
                            wanted += value(y + k / 3 - 1, x + k % 3 - 1, c) * weights[static_cast<size_t>(c * 9 + k)];
                        wrong += sums[static_cast<size_t>((y * 9 + x) * 36 + c)] != static_cast<float>(wanted);
                    }
            CHECK(wrong == 0);
        }
}

TEST_CASE("the depthwise kernel does not suit results that are no 32-bit numbers of steps") {
    Depthwise p{.channels = 32,
                .in = {4, 4},
                .out = {4, 4},
                .kernel = {3, 3},
                .strides = {1, 1},
                .dilations = {1, 1},
                .padBegin = {1, 1},
                .dst = QuantParams{ElementType::U8, {1}, {0}, {}}};
    p.scales.assign(32, 1);
    p.bias.assign(32, 0);
    CHECK(suitsDepthwise(p));
    p.scales[7] = 1e4F;
    CHECK(!suitsDepthwise(p));
    p.scales[7] = 1;
    p.bias[3] = std::nanf("");
    CHECK(!suitsDepthwise(p));
}
