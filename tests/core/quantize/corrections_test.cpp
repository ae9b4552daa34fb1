// SPDX-License-Identifier: GPL-3.0-or-later
// Biases and weights corrected for rounding, checked on the samples that the corrections were made from.
#include "core/graph/evaluate.h"
#include "core/quantize/bias_correction.h"
#include "core/quantize/mixed_graph.h"
#include "core/quantize/quantize.h"
#include "core/quantize/rounded_weights.h"
#include "core/quantize/weight_rounding.h"
#include "tests/support/catch.h"
#include "tests/support/channel_blocks.h"
#include "tests/support/graph_builder.h"
#include "tests/support/grid_options.h"

#include <cmath>

using namespace halftone;
using namespace halftone::test;

namespace {

constexpr int kSamples = 40;

struct Layer {
    Shape x, weights;
    int64_t groups = 1;
    int64_t pad = 0;
    bool bias = true;
};

/// One convolution (a fully connected layer where the weights are a matrix).
Graph networkOf(const Layer& layer) {
    GraphBuilder b;
    std::vector<ValueId> inputs{b.input("x", layer.x), b.constant("w", layer.weights)};
    if (layer.bias)
        inputs.push_back(b.constant("b", Shape{layer.weights[0]}));
    Op op = FullyConnected{};
    if (layer.weights.size() == 4)
        op = Conv{{1, 1}, {1, 1}, Pads(4, layer.pad), layer.groups, {}};
    return b.build({b.node("layer", op, inputs)});
}

/// Positive, with neighbours that vary together, and means that differ from channel to channel.
Tensor sampleOf(const Shape& shape, int number) {
    std::vector<float> values = noise(shape, 100 + static_cast<uint32_t>(number)).toFloats();
    const size_t channel = values.size() / static_cast<size_t>(shape[1]);
    for (size_t i = 0; i < values.size(); ++i) {
        const float before = i > 0 ? values[i - 1] : 0.0F;
        values[i] = 0.3F * (values[i] + 1) + 0.7F * before + 0.05F * static_cast<float>(i / channel % 5);
    }
    return Tensor::fromFloats(shape, values);
}

LayerInputs inputsOf(const Graph& graph, int64_t largestProducts) {
    LayerInputs inputs(graph, largestProducts);
    for (int i = 0; i < kSamples; ++i)
        inputs.observe(graph.inputs[0], sampleOf(graph.value(graph.inputs[0]).shape, i).floats(), 1, 1);
    inputs.finish();
    return inputs;
}

/// The layer's results on all samples, one row of positions for each channel, with weights on their grid if they have
/// one.
std::vector<std::vector<double>> resultsOf(Graph graph) {
    Value& weights = graph.value(graph.nodes()[0].inputs[1]);
    if (weights.quant)
        weights.constant = Tensor::fromFloats(weights.shape, roundedWeights(*weights.constant, *weights.quant));
    const Shape& shape = graph.value(graph.outputs[0]).shape;
    const bool sequence = shape.size() == 3; // with its channels last
    std::vector<std::vector<double>> rows(static_cast<size_t>(shape[sequence ? 2 : 1]));
    for (int i = 0; i < kSamples; ++i) {
        const auto values = evaluate(graph, {{graph.inputs[0], sampleOf(graph.value(graph.inputs[0]).shape, i)}});
        const std::vector<double> result = values.at(graph.outputs[0]).toDoubles();
        for (size_t at = 0; at < result.size(); ++at)
            rows[sequence ? at % rows.size() : at / (result.size() / rows.size())].push_back(result[at]);
    }
    return rows;
}

double meanOf(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values)
        sum += value;
    return sum / static_cast<double>(values.size());
}

double meanSquare(const std::vector<std::vector<double>>& a, const std::vector<std::vector<double>>& b) {
    double sum = 0, count = 0;
    for (size_t row = 0; row < a.size(); ++row)
        for (size_t i = 0; i < a[row].size(); ++i, ++count)
            sum += (a[row][i] - b[row][i]) * (a[row][i] - b[row][i]);
    return sum / count;
}

/// Grids on the weights alone.
Graph withWeightGrids(const Graph& graph, int bits) {
    return quantize(graph, Calibration(graph), gridOptions(bits));
}

const std::vector<Layer> kLayers{
    {{1, 6, 3, 3}, {4, 6, 2, 2}},              // 4 positions: every patch is seen
    {{1, 8, 3, 3}, {8, 1, 2, 2}, 8, 0, false}, // depthwise, without bias
    {{1, 6, 2, 2}, {4, 3, 3, 3}, 2, 1},        // groups, windows that cover padding
    {{1, 12}, {5, 12}},                        // fully connected
    {{1, 4, 12}, {5, 12}},                     // over a sequence
};

} // namespace

TEST_CASE("what layers read is the same in every order of the channels") {
    const Graph graph = networkOf({{2, 8, 5, 4}, {4, 8, 3, 3}, 1, 1});
    const Tensor x = sampleOf({2, 8, 5, 4}, 0);
    LayerInputs rowMajor(graph, 72);
    rowMajor.observe(graph.inputs[0], x.floats(), 1, 2);
    rowMajor.finish();
    REQUIRE(rowMajor.of(0));
    CHECK(rowMajor.of(0)->count == 16);
    CHECK(rowMajor.of(0)->size == 72);
    for (const size_t block : {4, 8}) {
        LayerInputs blocked(graph, 72);
        blocked.observe(graph.inputs[0], inChannelBlocks(x, block), static_cast<int64_t>(block), 2);
        blocked.finish();
        CHECK(blocked.of(0)->sums == rowMajor.of(0)->sums);
        CHECK(blocked.of(0)->products == rowMajor.of(0)->products);
    }
    const Graph sequence = networkOf({{2, 8, 3, 12}, {4, 12}}); // of a sequence the block is one of places
    const Tensor rows = sampleOf({2, 8, 3, 12}, 0);
    LayerInputs plain(sequence, 12);
    plain.observe(sequence.inputs[0], rows.floats(), 1, 2);
    plain.finish();
    CHECK(plain.of(0)->count == 16);
    for (const size_t block : {4, 8}) {
        LayerInputs blocked(sequence, 12);
        blocked.observe(sequence.inputs[0], inChannelBlocks(rows, block), static_cast<int64_t>(block), 2);
        blocked.finish();
        CHECK(blocked.of(0)->sums == plain.of(0)->sums);
        CHECK(blocked.of(0)->products == plain.of(0)->products);
    }
    LayerInputs first(graph, 10);
    first.observe(graph.inputs[0], x.floats(), 1, 1);
    first.finish();
    CHECK(first.of(0)->count == 8);
    CHECK(!first.of(0)->hasProducts());
    LayerInputs many(graph, 10, 2000); // samples are to come: of each a patch will do
    many.observe(graph.inputs[0], x.floats(), 1, 2);
    many.finish();
    CHECK(many.of(0)->count == 2);
}

TEST_CASE("what layers read does not depend on how the samples are cut into batches") {
    constexpr int64_t samples = 21;
    const Shape one{1, 8, 5, 4}, all{samples, 8, 5, 4};
    for (const int64_t groups : {1, 8}) {
        const Shape weights{8, 8 / groups, 3, 3};
        const Graph single = networkOf({one, weights, groups, 1}), whole = networkOf({all, weights, groups, 1});
        const Tensor x = sampleOf(all, 0);
        LayerInputs alone(single, 72), together(whole, 72);
        for (size_t i = 0; i < samples; ++i) {
            alone.observe(single.inputs[0], x.floats().subspan(i * 160, 160), 1, 1);
            alone.endBatch();
        }
        together.observe(whole.inputs[0], x.floats(), 1, samples);
        together.endBatch();
        alone.finish();
        together.finish();
        CHECK(alone.of(0)->count == together.of(0)->count);
        CHECK(alone.of(0)->sums == together.of(0)->sums);
        CHECK(alone.of(0)->products == together.of(0)->products);
    }
}

TEST_CASE("a corrected layer has the mean results that it had before rounding") {
    for (const Layer& layer : kLayers) {
        const Graph graph = networkOf(layer), rounded = withWeightGrids(graph, 7);
        const Graph corrected = correctBiases(rounded, graph, inputsOf(graph, 0));
        const auto exact = resultsOf(graph), before = resultsOf(rounded), after = resultsOf(corrected);
        double largest = 0;
        for (size_t channel = 0; channel < exact.size(); ++channel) {
            CHECK(meanOf(after[channel]) == Approx(meanOf(exact[channel])).margin(1e-5));
            largest = std::max(largest, std::abs(meanOf(before[channel]) - meanOf(exact[channel])));
        }
        CHECK(largest > 1e-4); // there was something to correct
        CHECK(corrected.nodes()[0].inputs.size() == 3);
        CHECK(corrected.value(corrected.nodes()[0].inputs[1]) == rounded.value(rounded.nodes()[0].inputs[1]));
    }
}

TEST_CASE("a mixed network takes back the bias that a correction added") {
    const Graph graph = networkOf(kLayers[1]), rounded = withWeightGrids(graph, 7);
    const Graph corrected = correctBiases(rounded, graph, inputsOf(graph, 0));
    CHECK(resultsOf(mixedGraph(graph, corrected, {false})) == resultsOf(graph));
    CHECK(resultsOf(mixedGraph(graph, corrected, {true})) == resultsOf(corrected));
}

TEST_CASE("a network bound to another batch takes over corrected biases and rounded weights") {
    for (const Layer& layer : kLayers) {
        const Graph graph = networkOf(layer);
        const LayerInputs inputs = inputsOf(graph, 1000);
        const Graph corrected = correctBiases(roundWeights(withWeightGrids(graph, 7), inputs), graph, inputs);
        CHECK(withGridsOf(corrected, graph) == corrected);
    }
}

TEST_CASE("a fully connected layer is corrected for what was flattened before it, in every order of the channels") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 4, 2, 3});
    const ValueId flat = b.node("flat", Reshape{{1, 24}}, {x});
    const Graph graph = b.build({b.node("layer", FullyConnected{}, {flat, b.constant("w", Shape{5, 24})})});
    LayerInputs rows(graph, 24), channelsLast(graph, 24);
    for (int i = 0; i < kSamples; ++i) {
        const Tensor sample = sampleOf({1, 4, 2, 3}, i);
        std::vector<float> moved(24);
        for (size_t at = 0; at < 24; ++at)
            moved[at % 6 * 4 + at / 6] = sample.floats()[at];
        rows.observe(graph.inputs[0], sample.floats(), 1, 1);
        channelsLast.observe(graph.inputs[0], moved, 4, 1);
    }
    rows.finish();
    channelsLast.finish();
    CHECK(rows.of(1)->sums == channelsLast.of(1)->sums);
    CHECK(rows.of(1)->products == channelsLast.of(1)->products);
    const Graph rounded = quantize(graph, Calibration(graph), gridOptions(7));
    const Value& weights = rounded.value(rounded.nodes()[1].inputs[1]);
    const std::vector<float> before = weights.constant->toFloats(),
                             after = roundedWeights(*weights.constant, *weights.quant);
    const Graph corrected = correctBiases(rounded, graph, rows);
    const std::vector<float> bias = corrected.value(corrected.nodes()[1].inputs[2]).constant->toFloats();
    for (size_t output = 0; output < 5; ++output) {
        double shift = 0;
        for (int i = 0; i < kSamples; ++i)
            for (size_t k = 0; k < 24; ++k)
                shift += double(before[output * 24 + k] - after[output * 24 + k]) *
                         double(sampleOf({1, 4, 2, 3}, i).floats()[k]) / kSamples;
        CHECK(double(bias[output]) == Approx(shift).margin(1e-6));
    }
}

TEST_CASE("a layer that stays in fp32 keeps its bias") {
    const Graph graph = networkOf(kLayers[0]);
    CHECK(correctBiases(graph, graph, inputsOf(graph, 0)) == graph);
}

TEST_CASE("a bias that two layers share is corrected for each of them") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 4, 2, 2}), bias = b.constant("b", Shape{4});
    const Conv point{{1, 1}, {1, 1}, {0, 0, 0, 0}, 1, {}};
    const Graph graph = b.build({b.node("one", point, {x, b.constant("w", Shape{4, 4, 1, 1}), bias}),
                                 b.node("two", point, {x, b.constant("v", Shape{4, 4, 1, 1}), bias})});
    const Graph corrected = correctBiases(withWeightGrids(graph, 7), graph, inputsOf(graph, 0));
    const ValueId one = corrected.nodes()[0].inputs[2], two = corrected.nodes()[1].inputs[2];
    CHECK(one != two);
    CHECK(corrected.value(one).constant != corrected.value(two).constant);
    CHECK(corrected.value(bias) == graph.value(bias));
}

TEST_CASE("reconstructed rounding leaves less error in the results, and whole codes") {
    for (const Layer& layer : kLayers) {
        const Graph graph = networkOf(layer), plain = withWeightGrids(graph, 7);
        const LayerInputs inputs = inputsOf(graph, 1000);
        const Graph rounded = roundWeights(plain, inputs);
        const Value& before = plain.value(plain.nodes()[0].inputs[1]);
        const Value& after = rounded.value(rounded.nodes()[0].inputs[1]);
        CHECK(after.quant == before.quant);
        if (!(rounded == plain))
            CHECK(roundedWeights(*after.constant, *after.quant) == after.constant->toFloats());
        const auto exact = resultsOf(graph);
        const double plainError = meanSquare(resultsOf(correctBiases(plain, graph, inputs)), exact);
        const double error = meanSquare(resultsOf(correctBiases(rounded, graph, inputs)), exact);
        INFO(layer.weights.size() << " dimensions, " << layer.groups << " groups");
        const bool grouped = layer.groups > 1 && layer.weights[1] > 1; // whose products are not collected
        CHECK((grouped ? rounded == plain : error < 0.8 * plainError));
        const float limit = layer.weights[1] == 1 ? 127.01F : 63.01F; // depthwise sums never saturate
        for (size_t i = 0; i < after.constant->floats().size(); ++i)
            CHECK(std::abs(after.constant->floats()[i]) <=
                  limit * after.quant->scales[i / (after.constant->floats().size() / after.quant->scales.size())]);
    }
}

TEST_CASE("reconstructed rounding keeps pairs of weights within their limit") {
    for (const Layer& layer : kLayers) {
        if (layer.groups > 1 && layer.weights[1] > 1) // whose products are not collected
            continue;
        Graph graph = networkOf(layer);
        Value& weights = graph.value(graph.nodes()[0].inputs[1]);
        weights.quant = limitedToPairs(*weights.constant, weightParams(*weights.constant, 0, 8));
        const Graph rounded = roundWeights(graph, inputsOf(graph, 1000));
        const Value& after = rounded.value(rounded.nodes()[0].inputs[1]);
        const size_t perChannel = after.constant->floats().size() / after.quant->scales.size();
        CHECK_FALSE(after.constant == weights.constant);
        for (size_t channel = 0; channel < after.quant->scales.size(); ++channel) {
            std::vector<std::byte> codes(perChannel);
            quantize(after.constant->floats().subspan(channel * perChannel, perChannel), after.quant->scales[channel],
                     0, ElementType::S8, codes.data());
            const int64_t inputs = after.shape[1];
            CHECK(pairsFit(codes, inputs, static_cast<int64_t>(perChannel) / inputs));
        }
    }
}

TEST_CASE("weights are rounded by reconstruction only where products were collected") {
    const Graph graph = networkOf(kLayers[0]), plain = withWeightGrids(graph, 8);
    CHECK(roundWeights(plain, inputsOf(graph, 23)) == plain);
    CHECK_FALSE(roundWeights(plain, inputsOf(graph, 24)) == plain);
}
