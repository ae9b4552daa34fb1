// SPDX-License-Identifier: GPL-3.0-or-later
// FakeQuant and the older ways to codes, against plain formulas in double.
#include "core/formats/tensorflow/fake_quant.h"
#include "core/formats/tensorflow/legacy_codes.h"
#include "core/graph/infer.h"
#include "core/passes/passes.h"
#include "tests/core/formats/graph_maker.h"
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"
#include "tests/support/read_model.h"

#include <cmath>

using namespace halftone;
using namespace halftone::tensorflow_format;
using namespace halftone::test;

namespace {

/// The formula of TensorFlow's documentation, in double.
struct Reference {
    double scale, lowest, highest, exactZeroPoint, zeroPoint;

    Reference(double min, double max, int bits, bool narrow) {
        const double first = narrow ? 1 : 0, last = std::pow(2, bits) - 1;
        scale = (max - min) / (last - first);
        exactZeroPoint = std::min(std::max(first - min / scale, first), last);
        zeroPoint = std::round(exactZeroPoint);
        lowest = (first - zeroPoint) * scale;
        highest = (last - zeroPoint) * scale;
    }
    double rounded(double x) const {
        const double clamped = std::min(std::max(x, lowest), highest);
        return std::floor((clamped - lowest) / scale + 0.5) * scale + lowest;
    }
};

const Value& valueNamed(const Graph& graph, const std::string& name) {
    for (const Value& value : graph.values())
        if (value.name == name)
            return value;
    throw std::runtime_error("no value " + name);
}

/// x [1,4] -> FakeQuantWithMinMaxVars "fq".
GraphMaker roundedInput(float min, float max) {
    GraphMaker graph;
    graph.placeholder("x", {1, 4});
    graph.number("min", min);
    graph.number("max", max);
    graph.node("FakeQuantWithMinMaxVars", "fq", {"x", "min", "max"});
    graph.node("Relu", "y", {"fq"});
    return graph;
}

} // namespace

TEST_CASE("ranges are nudged and numbers rounded as the formula says") {
    struct Range {
        float min, max;
    };
    for (const Range& range : {Range{-6, 6},
                               {0, 6},
                               {-1, 0},
                               {-0.1F, 1.3F},
                               {-1.7F, 0.003F},
                               {0.5F, 2.5F},
                               {-2.5F, -0.5F},
                               {-1e-3F, 1e-3F},
                               {-128, 127},
                               {0, 255},
                               {-1e6F, 3e6F}})
        for (const int bits : {2, 4, 8, 16})
            for (const bool narrow : {false, true}) {
                INFO(range.min << " " << range.max << " " << bits << " " << narrow);
                const NudgedRange actual = nudgedRange(range.min, range.max, bits, narrow);
                const Reference wanted(range.min, range.max, bits, narrow);
                CHECK_THAT(actual.scale, WithinRel(wanted.scale, 1e-6));
                // float and double may round a tie differently.
                CHECK(std::abs(actual.zeroPoint - wanted.exactZeroPoint) <= 0.5 + (bits == 16 ? 0.02 : 1e-4));
                if (actual.zeroPoint != wanted.zeroPoint)
                    continue;
                CHECK_THAT(actual.lowest, WithinAbs(wanted.lowest, 1e-6 * (range.max - range.min)));
                CHECK_THAT(actual.highest, WithinAbs(wanted.highest, 1e-6 * (range.max - range.min)));
                for (int i = 0; i <= 1000; ++i) {
                    const float x = range.min + (range.max - range.min) * (static_cast<float>(i) * 1.4F / 1000 - 0.2F);
                    const double position = (x - wanted.lowest) / wanted.scale + 0.5;
                    if (std::abs(position - std::round(position)) > 1e-2) // not at a tie
                        CHECK_THAT(actual.rounded(x), WithinAbs(wanted.rounded(x), 1e-5 * (range.max - range.min)));
                }
            }
}

TEST_CASE("halves are rounded upwards and the ends are kept") {
    const NudgedRange range = nudgedRange(0, 255, 8, false);
    CHECK(range.code(0.5F) == 1);
    CHECK(range.code(1.5F) == 2);
    CHECK(range.code(2.5F) == 3);
    CHECK(range.code(-7) == 0);
    CHECK(range.code(1e9F) == 255);
    const NudgedRange narrow = nudgedRange(-127, 127, 8, true);
    CHECK(narrow.zeroPoint == 128);
    CHECK(narrow.code(-1000) == 1);
    CHECK(signedGrid(narrow, 8).zeroPoint() == 0);
    CHECK(nudgedRange(0, 0, 8, false).rounded(3) == 0);
    CHECK(nudgedRange(0, 0, 8, true).rounded(-3) == 0);
}

TEST_CASE("a rounded activation lies on its grid and is otherwise what it was") {
    const Graph graph = read(roundedInput(-1, 1.55F)).graph;
    CHECK(read(roundedInput(-1, 1.55F)).alreadyQuantized);
    CHECK(std::holds_alternative<Identity>(nodeNamed(graph, "fq").op));
    const QuantParams& grid = valueNamed(graph, "fq").quant.value();
    CHECK(grid.storage == ElementType::U8);
    CHECK(grid.zeroPoint() == 100);
    CHECK_THAT(grid.scale(), WithinRel(0.01, 1e-5));
    CHECK_FALSE(valueNamed(graph, "y").quant);
}

TEST_CASE("a picture that is rounded is turned to channels first before") {
    GraphMaker graph = smallGraph();
    graph.number("min", 0);
    graph.number("max", 1);
    graph.node("FakeQuantWithMinMaxVars", "fq", {"x", "min", "max"});
    graph.find("conv").set_input(0, "fq");
    const Graph network = read(graph).graph;
    const Node& rounded = nodeNamed(network, "fq");
    CHECK(std::holds_alternative<Identity>(rounded.op));
    CHECK(nodeNamed(network, "conv").inputs.front() == rounded.outputs.front());
    CHECK(std::holds_alternative<Transpose>(nodeNamed(network, "fq_nchw").op));
    set(graph.find("conv"), "data_format", "NCHW");
    attribute(graph.find("x"), "shape").mutable_shape()->mutable_dim(1)->set_size(3);
    set(graph.find("bias"), "data_format", "NCHW");
    const Graph first = read(graph).graph;
    for (const Node& node : first.nodes())
        CHECK_FALSE(std::holds_alternative<Transpose>(node.op));
}

TEST_CASE("fewer codes than a grid has are kept by a clip") {
    GraphMaker narrow = roundedInput(-1, 1);
    set(narrow.find("fq"), "narrow_range", true);
    const Graph graph = read(narrow).graph;
    const auto& clip = std::get<Unary>(nodeNamed(graph, "fq_Clip").op);
    CHECK(clip.kind == UnaryKind::Clip);
    CHECK_THAT(clip.alpha, WithinRel(-1, 1e-6));
    GraphMaker four = roundedInput(0, 15);
    set(four.find("fq"), "num_bits", int64_t{4});
    const Graph few = read(four).graph;
    CHECK(std::get<Unary>(nodeNamed(few, "fq_Clip").op).beta == 15);
    CHECK(valueNamed(few, "fq").quant->scale() == 1);
    set(four.find("fq"), "num_bits", int64_t{12});
    CHECK_REFUSAL(unsupportedIn(four), "unsupported", "12 bits");
    set(four.find("fq"), "num_bits", int64_t{17});
    CHECK_REFUSAL(refusalOf(four), "bad-input", "17 bits");
}

TEST_CASE("ranges that are none are refused") {
    CHECK_REFUSAL(refusalOf(roundedInput(1, 1)), "bad-input", "which is none");
    CHECK_REFUSAL(refusalOf(roundedInput(2, 1)), "bad-input", "which is none");
    CHECK_REFUSAL(refusalOf(roundedInput(0, INFINITY)), "bad-input", "which is none");
    CHECK_REFUSAL(refusalOf(roundedInput(NAN, 1)), "bad-input", "which is none");
    CHECK(refusalOf(roundedInput(0, 0)) == "read");
}

TEST_CASE("rounded weights are the numbers of their codes on a signed grid, through constants that are computed") {
    GraphMaker graph = smallGraph();
    graph.number("half", 0.5F);
    graph.node("Identity", "w/read", {"w"});
    graph.node("Mul", "scaled", {"w/read", "half"}); // a folded normalization
    graph.number("min", -0.5F);
    graph.number("max", 0.5F);
    graph.node("FakeQuantWithMinMaxVars", "wq", {"scaled", "min", "max"});
    set(graph.find("wq"), "narrow_range", true);
    graph.find("conv").set_input(1, "wq");
    const Graph network = read(graph).graph;
    const Value& weights = network.value(nodeNamed(network, "conv").inputs[1]);
    REQUIRE(weights.quant);
    CHECK(weights.quant->storage == ElementType::S8);
    CHECK(weights.quant->zeroPoint() == 0);
    CHECK_FALSE(weights.quant->axis);
    CHECK(weights.shape == Shape{4, 3, 3, 3});
    const std::vector<float> given = noiseOf(108, 1);
    const Reference reference(-0.5, 0.5, 8, true);
    const std::vector<float> values = weights.constant->toFloats();
    for (size_t o = 0; o < 4; ++o)
        for (size_t i = 0; i < 3; ++i)
            for (size_t k = 0; k < 9; ++k)
                CHECK_THAT(values[(o * 3 + i) * 9 + k],
                           WithinAbs(reference.rounded(0.5 * given[(k * 3 + i) * 4 + o]), 1e-6));
}

TEST_CASE("a range for each channel of the weights follows them into their new order") {
    GraphMaker graph = smallGraph();
    graph.floats("min", {4}, {-1, -2, -3, -4});
    graph.floats("max", {4}, {1, 2, 3, 4});
    set(graph.node("FakeQuantWithMinMaxVarsPerChannel", "wq", {"w", "min", "max"}), "narrow_range", true);
    graph.find("conv").set_input(1, "wq");
    const Graph network = read(graph).graph;
    const QuantParams grid = network.value(nodeNamed(network, "conv").inputs[1]).quant.value();
    CHECK(grid.axis == 0);
    CHECK(grid.zeroPoints == std::vector<int32_t>(4, 0));
    for (size_t i = 0; i < 4; ++i)
        CHECK_THAT(grid.scales[i], WithinRel((static_cast<double>(i) + 1) / 127, 1e-6));
    graph.floats("few", {3}, {1, 2, 3});
    graph.find("wq").set_input(2, "few");
    graph.find("wq").set_input(1, "few");
    CHECK_REFUSAL(refusalOf(graph), "bad-input", "3 ranges");
}

TEST_CASE("ranges for each channel between a convolution and a depthwise one become one grid that means the same") {
    GraphMaker graph = smallGraph();
    graph.floats("min", {4}, {0, 0, 0, 0});
    graph.floats("max", {4}, {1, 0.1F, 2, 1.5F});
    graph.node("FakeQuantWithMinMaxVarsPerChannel", "fq", {"y", "min", "max"});
    graph.noise("v", {3, 3, 4, 2}, 3);
    graphdef::NodeDef& depthwise = graph.node("DepthwiseConv2dNative", "depthwise", {"fq", "v"});
    set(depthwise, "strides", std::vector<int64_t>{1, 1, 1, 1});
    set(depthwise, "padding", "SAME");
    const Graph before = read(graph).graph;
    const Graph after = runPasses(before, standardPasses());
    int grids = 0;
    for (const Value& value : after.values())
        if (value.quant) {
            CHECK_FALSE(value.quant->axis);
            ++grids;
        }
    CHECK(grids == 1);
    const Tensor x = Tensor::fromFloats({1, 8, 8, 3}, noiseOf(192, 5));
    const std::vector<float> wanted = evaluateOnGrids(before, {{"x", x}}).at("depthwise").toFloats(),
                             got = evaluateOnGrids(after, {{"x", x}}).at("depthwise").toFloats();
    REQUIRE(got.size() == wanted.size());
    for (size_t i = 0; i < got.size(); ++i)
        CHECK_THAT(got[i], WithinAbs(wanted[i], 1e-5));
}

TEST_CASE("the older modes give what TensorFlow's documentation says a code means") {
    LegacyCodes combined{LegacyCodes::Mode::MinCombined, -1, 4.1F, false, false};
    CHECK(combined.meaning(0) == -1);
    CHECK_THAT(combined.meaning(255), WithinRel(4.1, 1e-6));
    CHECK_THAT(combined.meaning(100), WithinRel(-1 + 100 * 5.1 / 255, 1e-5));
    CHECK(combined.grid()->zeroPoint() == 50); // -1 / 0.02
    combined.min = -1.01F;
    CHECK_FALSE(combined.grid());
    combined = {LegacyCodes::Mode::MinCombined, -1, 4.1F, true, false};
    CHECK(combined.meaning(-128) == -1);

    const LegacyCodes first{LegacyCodes::Mode::MinFirst, -1.018F, 4.082F, false, false};
    CHECK(first.grid()->zeroPoint() == 51); // round(50.9)
    CHECK_THAT(first.meaning(51), WithinAbs(0, 1e-6));
    CHECK_THAT(first.meaning(151), WithinRel(2, 1e-5));

    const LegacyCodes scaled{LegacyCodes::Mode::Scaled, -2, 1, true, false};
    CHECK_THAT(scaled.meaning(-128), WithinRel(-2, 1e-6));
    CHECK(scaled.meaning(0) == 0);
    CHECK(scaled.grid()->zeroPoint() == 0);
    const LegacyCodes unsignedScaled{LegacyCodes::Mode::Scaled, 0, 5.1F, false, false};
    CHECK_THAT(unsignedScaled.meaning(255), WithinRel(5.1, 1e-6));
}

TEST_CASE("weights that are only stored as codes are read as numbers, and the network is not quantized for that") {
    GraphMaker graph = smallGraph();
    graphdef::TensorProto codes;
    codes.set_dtype(graphdef::DT_QUINT8);
    for (const int64_t dim : {3, 3, 3, 4})
        codes.mutable_tensor_shape()->add_dim()->set_size(dim);
    codes.set_tensor_content(std::string(108, '\x64'));
    graph.tensor("w_quantized_const", codes);
    graph.number("w_min", -1);
    graph.number("w_max", 1.55F);
    graphdef::NodeDef& dequantize = graph.node("Dequantize", "wd", {"w_quantized_const", "w_min", "w_max"});
    set(dequantize, "T", graphdef::DT_QUINT8);
    set(dequantize, "mode", "MIN_FIRST");
    graph.find("conv").set_input(1, "wd");
    const ReadModel file = read(graph);
    const Value& weights = file.graph.value(nodeNamed(file.graph, "conv").inputs[1]);
    CHECK_FALSE(weights.quant);
    CHECK_THAT(weights.constant->toFloats().front(), WithinAbs(0, 1e-6)); // 100 steps of 0.01 above -1
    CHECK_FALSE(file.alreadyQuantized);
    REQUIRE(file.diagnostics.size() == 1);
    CHECK(file.diagnostics.front().code == "compressed-weights");
}

TEST_CASE("QuantizeV2 and Dequantize with a known range put an activation on a grid") {
    GraphMaker graph;
    graph.placeholder("x", {1, 4});
    graph.number("min", 0);
    graph.number("max", 2.55F);
    set(graph.node("QuantizeV2", "q", {"x", "min", "max"}), "mode", "MIN_FIRST");
    set(graph.node("Dequantize", "d", {"q", "q:1", "q:2"}), "mode", "MIN_FIRST");
    graph.node("Relu", "y", {"d"});
    const Graph network = read(graph).graph;
    CHECK_THAT(valueNamed(network, "d").quant->scale(), WithinRel(0.01, 1e-5));
    CHECK(valueNamed(network, "d").quant == valueNamed(network, "q").quant);
    graph.find("y").set_input(0, "q");
    CHECK_REFUSAL(unsupportedIn(graph), "unsupported", "Relu of codes");
}
