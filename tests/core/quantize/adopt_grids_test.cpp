// SPDX-License-Identifier: GPL-3.0-or-later
// Models that were quantized before: which scales survive.
#include "core/quantize/adopt_grids.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"

using namespace halftone;
using namespace halftone::test;

namespace {

/// A 1x1 convolution of 2 to 2 channels whose weights lie on this grid.
struct OneConv {
    Graph graph;
    ValueId weights;
};

OneConv oneConv(const std::vector<float>& values, const QuantParams& grid) {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 2, 4, 4});
    const ValueId weights = b.constant("w", Tensor::fromFloats({2, 2, 1, 1}, values));
    b.graph.value(weights).quant = grid;
    const Conv conv{{1, 1}, {1, 1}, {0, 0, 0, 0}, 1, {}};
    return {b.build({b.node("conv", conv, {x, weights})}), weights};
}

std::vector<float> scales(const AdoptedGrids& adopted, ValueId weights) {
    return adopted.graph.value(weights).quant->scales;
}

} // namespace

TEST_CASE("Weights keep the scales of the file where their codes fit") {
    const OneConv conv = oneConv({0.5F, -0.25F, 1, 0.5F}, {ElementType::S8, {0.01F, 0.02F}, {0, 0}, 0});
    const AdoptedGrids adopted = adoptGrids(conv.graph, WeightLimit::Full);
    CHECK(scales(adopted, conv.weights) == std::vector<float>{0.01F, 0.02F});
    CHECK(adopted.diagnostics.empty());
}

TEST_CASE("Codes with a zero point that reach beyond 127 get a scale of their own") {
    const OneConv conv = oneConv({2, 0.5F, 0.1F, -0.1F}, {ElementType::U8, {0.01F}, {20}, std::nullopt});
    const AdoptedGrids adopted = adoptGrids(conv.graph, WeightLimit::Full);
    REQUIRE(scales(adopted, conv.weights).size() == 2);
    CHECK(scales(adopted, conv.weights)[0] == 2.0F / 127);
    CHECK(scales(adopted, conv.weights)[1] == 0.01F);
    REQUIRE(adopted.diagnostics.size() == 1);
    CHECK(adopted.diagnostics[0].code == "weights-rounded-anew");
    CHECK(adopted.diagnostics[0].message.find("1 of 2 channels") != std::string::npos);
    CHECK(adopted.graph.value(conv.weights).quant->storage == ElementType::S8);
    CHECK(adopted.graph.value(conv.weights).quant->zeroPoints == std::vector<int32_t>{0, 0});
}

TEST_CASE("Pairs of codes that would saturate get a larger scale") {
    const OneConv conv = oneConv({1.27F, 1.27F, 0.5F, 0.5F}, {ElementType::S8, {0.01F, 0.01F}, {0, 0}, 0});
    const AdoptedGrids adopted = adoptGrids(conv.graph, WeightLimit::Pairs);
    CHECK(scales(adopted, conv.weights)[0] > 0.0195F);
    CHECK(scales(adopted, conv.weights)[1] == 0.01F);
}

TEST_CASE("Scales along the input channels make a layer of fp32") {
    const OneConv conv = oneConv({1, 1, 1, 1}, {ElementType::S8, {0.01F, 0.02F}, {0, 0}, 1});
    CHECK_FALSE(adoptGrids(conv.graph, WeightLimit::Full).graph.value(conv.weights).quant);
}

TEST_CASE("Transposed convolutions keep scales along the second dimension of their weights") {
    const auto adopted = [](const QuantParams& grid) {
        GraphBuilder b;
        const ValueId x = b.input("x", {1, 2, 4, 4});
        const ValueId weights =
            b.constant("w", Tensor::fromFloats({2, 2, 1, 1}, std::vector<float>{1.27F, 0.5F, 1.27F, 0.25F}));
        b.graph.value(weights).quant = grid;
        const ConvTranspose up{{1, 1}, {1, 1}, {0, 0, 0, 0}, {0, 0}, 1, {}};
        return adoptGrids(b.build({b.node("up", up, {x, weights})}), WeightLimit::Pairs).graph.value(weights).quant;
    };
    const auto perChannel = adopted({ElementType::S8, {0.01F, 0.02F}, {0, 0}, 1});
    REQUIRE(perChannel);
    CHECK(perChannel->axis == 1);
    CHECK(perChannel->scales[0] > 0.0195F); // its weights meet in pairs
    CHECK(perChannel->scales[1] == 0.02F);
    const auto perTensor = adopted({ElementType::S8, {0.02F}, {0}, std::nullopt});
    REQUIRE(perTensor);
    CHECK(perTensor->scales == std::vector<float>{0.02F, 0.02F});
    CHECK_FALSE(adopted({ElementType::S8, {0.01F, 0.02F}, {0, 0}, 0}));
}

TEST_CASE("A model with grids on its weights alone was not quantized with its activations") {
    OneConv conv = oneConv({1, 1, 1, 1}, {ElementType::S8, {0.01F, 0.01F}, {0, 0}, 0});
    CHECK_FALSE(hasActivationGrids(conv.graph));
    conv.graph.value(conv.graph.inputs.front()).quant = QuantParams{ElementType::U8, {0.01F}, {0}, std::nullopt};
    CHECK(hasActivationGrids(conv.graph));
    CHECK_FALSE(hasActivationGrids(withoutGrids(conv.graph)));
}

TEST_CASE("Activations that keep a grid for each channel are told of") {
    OneConv conv = oneConv({0.5F, -0.25F, 1, 0.5F}, {ElementType::S8, {0.01F, 0.02F}, {0, 0}, 0});
    conv.graph.value(conv.graph.inputs.front()).quant = QuantParams{ElementType::U8, {0.1F, 0.2F}, {0, 0}, 1};
    const AdoptedGrids adopted = adoptGrids(conv.graph, WeightLimit::Full);
    REQUIRE(adopted.diagnostics.size() == 1);
    CHECK(adopted.diagnostics[0].code == "channel-grids");
    CHECK(adopted.diagnostics[0].message.find("tensor x is") != std::string::npos);
}
