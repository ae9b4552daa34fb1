// SPDX-License-Identifier: GPL-3.0-or-later
// What is said about ranges that cannot be trusted.
#include "core/quantize/quantize.h"
#include "core/workflow/describe/report_run.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"

#include <fmt/format.h>

using namespace halftone;

namespace {

TensorRange tensor(std::optional<int64_t> stableAfter, double clipped, std::optional<double> heldOut) {
    TensorRange tensor;
    tensor.name = fmt::format("t{}", heldOut.value_or(0));
    tensor.clippedShare = clipped;
    tensor.health = RangeHealth{{{1, 0, 1}, {100, 0, 2}}, stableAfter, "", "", heldOut};
    return tensor;
}

TensorRange weights() {
    TensorRange tensor;
    tensor.role = "weight";
    return tensor;
}

} // namespace

TEST_CASE("Ranges that still grew with the last pictures are told when they are many") {
    std::vector<TensorRange> tensors{weights()};
    for (int i = 0; i < 7; ++i)
        tensors.push_back(tensor(90, 0, std::nullopt));
    CHECK(judgeRanges(tensors, SampleKind::Picture).empty());
    tensors.push_back(tensor(91, 0, std::nullopt));
    CHECK(judgeRanges(tensors, SampleKind::Picture).empty()); // 1 of 8
    tensors.push_back(tensor(std::nullopt, 0, std::nullopt));
    tensors.push_back(tensor(std::nullopt, 0, std::nullopt));
    const auto found = judgeRanges(tensors, SampleKind::Picture);
    REQUIRE(found.size() == 1);
    CHECK(found[0].code == "growing-ranges");
    CHECK_THAT(found[0].message, Contains("3 of 10 tensors"));
}

TEST_CASE("Ranges that clip more of other pictures than of their own are told with the worst one") {
    CHECK(judgeRanges({tensor(10, 0.02, 0.0205), weights()}, SampleKind::Picture).empty()); // clips by choice
    const auto found =
        judgeRanges({tensor(10, 0, 0.002), tensor(10, 0, 0.03), tensor(10, 0.1, 0.1)}, SampleKind::Picture);
    REQUIRE(found.size() == 1);
    CHECK(found[0].code == "clipped-samples");
    CHECK(found[0].where == "t0.03");
    CHECK_THAT(found[0].message, Contains("2 of 3 tensors") && Contains("3 %"));
}

TEST_CASE("Without pictures or tensors there is nothing to say about ranges") {
    CHECK(judgeRanges({}, SampleKind::Picture).empty());
    CHECK(judgeRanges({weights()}, SampleKind::Picture).empty());
}

namespace {

/// A 1x1 convolution of 4 channels to 2 with these weights, quantized under this limit.
std::string noteOf(const std::vector<float>& weights, WeightLimit limit) {
    test::GraphBuilder b;
    const ValueId x = b.input("x", {1, 4, 4, 4});
    const Conv op{{1, 1}, {1, 1}, {0, 0, 0, 0}, 1, {}};
    const Graph graph = b.build({b.node("conv", op, {x, b.constant("w", Tensor::fromFloats({2, 4, 1, 1}, weights))})});
    const Calibration calibration(graph);
    QuantizeOptions options;
    options.weightLimit = limit;
    const std::vector<TensorRange> ranges =
        describeRanges(quantize(graph, calibration, options), {graph, calibration, options, {}, {}, false, limit});
    REQUIRE(ranges.size() == 1);
    REQUIRE(ranges[0].role == "weight");
    if (!ranges[0].clipNote.empty())
        CHECK(ranges[0].clipMax > 1.4 * ranges[0].observedMax);
    return ranges[0].clipNote;
}

} // namespace

TEST_CASE("Weights whose grid is wider than they are say why") {
    const std::vector<float> pairs{1, 1, 0, 0, 1, -1, 0.5F, -0.5F}; // those of the second channel fit as they are
    CHECK_THAT(noteOf(pairs, WeightLimit::Pairs), Contains("pairs of weights are limited") &&
                                                      Contains("the scales of 1 of 2 channels are up to 1.98 times"));
    CHECK_THAT(noteOf(pairs, WeightLimit::SevenBits), Contains("7 bits") && Contains("2 of 2 channels"));
    CHECK(noteOf(pairs, WeightLimit::Full).empty());
    CHECK(noteOf({1, -1, 0, 0, 1, -1, 0.5F, -0.5F}, WeightLimit::Pairs).empty());
}

TEST_CASE("A range that is found at every inference has no grid to show, and says so") {
    test::GraphBuilder b;
    const ValueId x = b.input("x", {1, 4});
    Graph graph = b.build({b.node("fc", FullyConnected{}, {x, b.constant("w", Shape{2, 4})})});
    Calibration calibration(graph);
    calibration.observe(x, std::vector<float>{-1, 0, 2, 3});
    calibration.endBatch();
    Graph quantized = quantize(graph, calibration, {});
    quantized.value(x).quant = QuantParams::foundAtRunTime();
    const std::vector<TensorRange> ranges =
        describeRanges(quantized, {graph, calibration, {}, {}, {}, true, WeightLimit::Full});
    REQUIRE(ranges.front().name == "x");
    CHECK(ranges.front().method == "run time");
    CHECK(ranges.front().storage == "u8");
    CHECK(ranges.front().scales.empty());
    CHECK(ranges.front().observedMax == 3);
    CHECK_THAT(ranges.front().clipNote, Contains("at each inference"));
}
