// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/passes/pass_test.h"

#include <cmath>

using namespace halftone;
using namespace halftone::test;

namespace {

const Op mul = Binary{BinaryKind::Mul}, sub = Binary{BinaryKind::Sub}, divide = Binary{BinaryKind::Div};

std::vector<std::string> operatorsOf(const Graph& graph) {
    std::vector<std::string> names;
    for (const Node& node : graph.nodes())
        names.push_back(opName(node.op));
    return names;
}

/// Far from zero, to divide by.
ValueId divisors(GraphBuilder& b, const std::string& name) {
    return b.constant(name, Tensor::fromFloats({4, 1, 1}, std::vector<float>{2, -0.5F, 1.5F, 4}));
}

} // namespace

TEST_CASE("A normalization that is written out becomes one") {
    GraphBuilder b;
    const ValueId x = b.relu("Relu", b.input("x", {2, 4, 5, 5}));
    const ValueId y = b.add("Add", b.constant("shift", Shape{1, 4, 1, 1}),
                            b.node("Mul", mul, {x, b.constant("scale", Shape{1, 4, 1, 1})}));
    const Graph after = checkedPass(mergeScaleShift, b.build({y}));
    CHECK(operatorsOf(after) == std::vector<std::string>{"Relu", "BatchNorm"});
    CHECK(after.nodes()[1].origins == std::vector<std::string>{"Mul", "Add"});
    CHECK(after.nodes()[1].inputs.size() == 5);
}

TEST_CASE("Subtraction of means and division by deviations become one normalization, in any number") {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 4, 5, 5});
    const ValueId centred = b.node("Sub", sub, {x, b.constant("mean", Shape{4, 1, 1})});
    const ValueId normal = b.node("Div", divide, {centred, divisors(b, "deviation")});
    const ValueId y = b.node("Turned", sub, {b.number("one", 1), b.batchNorm("Norm", normal, 4)});
    CHECK(operatorsOf(checkedPass(mergeScaleShift, b.build({y}))) == std::vector<std::string>{"BatchNorm"});
}

TEST_CASE("Scales and shifts behind a convolution end up in its weights") {
    GraphBuilder b;
    const ValueId conv = b.conv("Conv", b.input("x", {1, 2, 4, 4}), 2, 4);
    const ValueId y =
        b.add("Add", b.node("Mul", mul, {conv, b.number("half", 0.5F)}), b.constant("shift", Shape{4, 1, 1}));
    const Graph merged = checkedPass(mergeScaleShift, b.build({b.relu("Relu", y)}));
    const Graph folded = checkedPass(foldBatchNorm, checkedPass(foldBias, merged));
    CHECK(operatorsOf(folded) == std::vector<std::string>{"Conv", "Relu"});
    CHECK(folded.nodes()[0].origins == std::vector<std::string>{"Conv", "Mul", "Add"});
    CHECK(outputDifference(merged, folded) < 1e-5);
}

TEST_CASE("Scales behind a fully connected layer end up in its weights too") {
    GraphBuilder b;
    const ValueId flat = b.node("Flat", FullyConnected{}, {b.input("x", {2, 3}), b.constant("w", Shape{4, 3})});
    const ValueId y =
        b.add("Add", b.node("Mul", mul, {flat, b.constant("scale", Shape{4})}), b.constant("shift", Shape{4}));
    const Graph folded = checkedPass(foldBatchNorm, checkedPass(mergeScaleShift, b.build({y})));
    CHECK(operatorsOf(folded) == std::vector<std::string>{"FullyConnected"});
}

TEST_CASE("What is no scale and shift of channels stays") {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 4, 5, 5});
    checkUntouched(
        mergeScaleShift,
        b.build({b.add("Bias", x, b.constant("bias", Shape{4, 1, 1})), b.node("Number", mul, {x, b.number("two", 2)}),
                 b.node("Columns", mul, {x, b.constant("columns", Shape{5})}),
                 b.node("Larger", mul, {x, b.constant("larger", Shape{3, 1, 4, 1, 1})}),
                 b.node("Inverse", divide, {divisors(b, "divisors"), x}), b.node("Square", mul, {x, x})}));
}

TEST_CASE("A scale that would not be finite stays a division") {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 4, 5, 5});
    const Graph graph = b.build(
        {b.node("Div", divide, {x, b.constant("c", Tensor::fromFloats({4, 1, 1}, std::vector<float>{1, 0, 1, 1}))})});
    CHECK(operatorsOf(mergeScaleShift(graph)) == std::vector<std::string>{"Div"});
}

TEST_CASE("A grid between a scale and a shift, and a second reader, keep them apart") {
    GraphBuilder b;
    const ValueId x = b.input("x", {2, 4, 5, 5});
    const ValueId scaled = b.node("Mul", mul, {x, b.constant("scale", Shape{4, 1, 1})});
    const ValueId y = b.add("Add", scaled, b.constant("shift", Shape{4, 1, 1}));
    Graph onGrid = b.build({y});
    onGrid.value(scaled).quant = QuantParams{ElementType::U8, {0.1F}, {128}, {}};
    const Graph after = mergeScaleShift(onGrid);
    CHECK(operatorsOf(after) == std::vector<std::string>{"BatchNorm", "Add"});
    CHECK(after.value(after.nodes()[0].outputs[0]).quant == onGrid.value(scaled).quant);

    const Graph shared = b.build({y, b.relu("Relu", scaled)});
    CHECK(operatorsOf(checkedPass(mergeScaleShift, shared)) == std::vector<std::string>{"BatchNorm", "Add", "Relu"});
}
