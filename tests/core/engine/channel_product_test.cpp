// SPDX-License-Identifier: GPL-3.0-or-later
// A product with one number for each channel, within a fully connected layer.
#include "core/engine/machine/machine.h"
#include "tests/core/engine/engine_test.h"

using namespace halftone;
using namespace halftone::test;

namespace {

Graph layerWithFactors(const Shape& src, int64_t outputs, bool bias, PostOps before) {
    GraphBuilder b;
    before.push_back(MulInput{3});
    const ValueId y =
        b.node("layer", FullyConnected{before},
               {b.input("x", src), b.constant("w", Shape{outputs, src.back()}),
                bias ? b.constant("bias", Shape{outputs}) : kNoValue, b.constant("factors", Shape{outputs})});
    return b.build({y, b.node("reader", FullyConnected{}, {y, b.constant("wr", Shape{24, outputs})})});
}

const std::vector<Shape> kSources{{1, 7, 32}, {2, 5, 48}, {3, 64}, {1, 32}, {2, 3, 4, 16}};

} // namespace

TEST_CASE("factors of channels within a fully connected layer compute as the plain loop") {
    for (const Shape& src : kSources)
        for (const bool bias : {false, true}) {
            const Plan plan = checkFp32(layerWithFactors(src, 40, bias, {Unary{UnaryKind::Gelu}}));
            CHECK(stepOf(plan, "layer").op == "FullyConnected+Gelu+Mul");
            CHECK_FALSE(isReference(stepOf(plan, "layer")));
        }
}

TEST_CASE("factors of channels within an int8 layer are those of its codes") {
    for (const Shape& src : kSources)
        for (const bool bias : {false, true}) {
            const Plan plan = checkInt8(quantized(layerWithFactors(src, 40, bias, {Unary{UnaryKind::Relu}})));
            CHECK(stepOf(plan, "layer").precision == "int8");
            CHECK(stepOf(plan, "layer").outputs[0].type == "u8");
            checkInt8(quantized(layerWithFactors(src, 40, bias, {Unary{UnaryKind::Gelu}})));
        }
}

TEST_CASE("a layer that scales the channels of a sequence writes codes right away") {
    for (const bool ofTheFile : {true, false}) {
        GraphBuilder b;
        const ValueId x = b.node("norm", Normalize{{2}}, {b.input("x", {2, 5, 48})});
        const ValueId scaled = b.node("scale", Binary{BinaryKind::Mul, {}}, {x, b.constant("factors", Shape{48})});
        const ValueId y = b.node("fc", FullyConnected{}, {scaled, b.constant("w", Shape{24, 48})});
        Graph graph = b.build({y, x});
        if (!ofTheFile)
            graph.node(1).origins.clear();
        checkFp32(graph);
        Graph onGrids = quantized(graph);
        onGrids.value(x).quant.reset(); // it is read as real numbers
        const Plan plan = checkInt8(onGrids);
        CHECK(stepOf(plan, "fc").precision == "int8");
        if (ofTheFile) {
            CHECK(stepOf(plan, "scale").kernel == "halftone:scale-shift");
            CHECK(stepOf(plan, "scale").precision == "int8");
            CHECK(conversions(plan).empty());
        } else {
            REQUIRE(conversions(plan).size() == 1);
            CHECK(conversions(plan)[0].kernel == "halftone:scale-shift");
            CHECK(conversions(plan)[0].producer == "norm");
            CHECK(conversions(plan)[0].consumer == "fc");
        }
        // Rounded in fp32 the codes are the same: the input of "scale" is none.
        Plan int8 = compiled(onGrids, Precision::Int8), simulated = compiled(onGrids, Precision::Int8Simulated);
        const std::map<ValueId, Tensor> inputs = inputsFor(graph);
        const std::vector<float> exact = outputsOf(int8, onGrids, inputs)[0];
        const std::vector<float> rounded = outputsOf(simulated, onGrids, inputs)[0];
        for (size_t i = 0; i < exact.size(); ++i)
            CHECK(rounded[i] == Approx(exact[i]).margin(1e-4));
    }
}
