// SPDX-License-Identifier: GPL-3.0-or-later
// Operators without a fast kernel and tensors of other types than fp32: plain loops run them inside a plan. What these
// tests are about is how values get in and out; the loops themselves are tested in graph.
#include "core/base/error.h"
#include "core/engine/machine/machine.h"
#include "core/graph/element.h"
#include "tests/core/engine/engine_test.h"

#include <cmath>

using namespace halftone;
using namespace halftone::test;

namespace {

Tensor outputOf(const Graph& graph, size_t output = 0, Precision precision = Precision::Fp32) {
    Plan plan = compiled(graph, precision);
    const auto inputs = inputsFor(graph);
    for (size_t i = 0; i < graph.inputs.size(); ++i)
        plan.setInput(i, inputs.at(graph.inputs[i]));
    plan.run();
    return plan.outputTensor(output);
}

/// Bit for bit.
void checkExactly(const Graph& graph) {
    const auto expected = evaluate(graph, inputsFor(graph));
    for (size_t i = 0; i < graph.outputs.size(); ++i)
        CHECK(outputOf(graph, i) == expected.at(graph.outputs[i]));
}

constexpr ElementType kEveryType[] = {ElementType::F16, ElementType::BF16, ElementType::F64, ElementType::S8,
                                      ElementType::U8,  ElementType::S16,  ElementType::U16, ElementType::S32,
                                      ElementType::U32, ElementType::S64,  ElementType::U64, ElementType::Bool};

} // namespace

TEST_CASE("inputs and outputs of any element type go in and out unchanged") {
    for (const ElementType type : kEveryType) {
        GraphBuilder b;
        const ValueId x = b.input("x", {2, 3}, type);
        checkExactly(b.build({x, b.node("turn", Transpose{{1, 0}}, {x}), b.node("flat", Reshape{{-1}}, {x})}));
    }
}

TEST_CASE("integers are computed with and compared, and chosen by") {
    for (const ElementType type : {ElementType::S64, ElementType::S32, ElementType::U8}) {
        GraphBuilder b;
        const ValueId x = b.input("x", {2, 3}, type), y = b.input("y", {3}, type);
        const ValueId sum = b.node("sum", Binary{BinaryKind::Add}, {x, y});
        const ValueId less = b.node("less", Binary{BinaryKind::Less}, {x, y});
        const ValueId neither = b.node("not", Unary{UnaryKind::Not}, {less});
        checkExactly(b.build({sum, less, neither, b.node("where", Where{}, {neither, sum, x})}));
    }
}

TEST_CASE("a network converts to integers and back between fp32 layers") {
    useThreads(1);
    GraphBuilder b;
    const ValueId a = b.conv("a", b.input("x", {1, 3, 6, 6}), 3, 16);
    const ValueId scaled = b.node("scaled", Binary{BinaryKind::Mul}, {a, b.number("four", 4)});
    const ValueId whole = b.node("whole", Cast{ElementType::S32}, {scaled});
    const ValueId back = b.node("back", Cast{ElementType::F32}, {whole});
    checkFp32(b.build({b.conv("c", back, 16, 4), whole}));
}

TEST_CASE("a position found at run time picks what a later layer reads") {
    useThreads(1);
    GraphBuilder b;
    const ValueId a = b.conv("a", b.input("x", {1, 3, 6, 6}), 3, 8);
    const ValueId means = b.node("means", Reduce{ReduceKind::Mean, {2, 3}, false}, {a});
    const ValueId best = b.node("best", ArgReduce{true, 1, false}, {means});
    const ValueId picked = b.node("picked", Gather{1}, {a, best});
    checkFp32(b.build({b.relu("relu", picked), best}));
}

TEST_CASE("what networks do with whole numbers and truths needs no plain loops") {
    useThreads(2);
    constexpr ElementType types[] = {ElementType::F32, ElementType::S32, ElementType::S64,
                                     ElementType::U8,  ElementType::S8,  ElementType::Bool};
    const auto check = [](const Graph& graph) {
        checkExactly(graph);
        const Plan plan = compiled(graph);
        for (const StepInfo& step : plan.steps()) {
            INFO(step.name);
            CHECK_FALSE(isReference(step));
        }
    };
    for (const ElementType from : types)
        for (const ElementType to : types)
            if (from != to) {
                GraphBuilder b;
                check(b.build({b.node("cast", Cast{to}, {b.input("x", {5, 7}, from)})}));
            }
    for (const auto& [left, right] : {std::pair{Shape{2, 3, 4, 5}, Shape{2, 3, 4, 5}},
                                      {Shape{2, 3, 4, 5}, Shape{5}},
                                      {Shape{2, 1, 4, 1}, Shape{3, 1, 5}},
                                      {Shape{}, Shape{40, 1000}},
                                      {Shape{1, 1, 300, 1}, Shape{2, 1, 1, 300}}})
        for (const ElementType type : {ElementType::S64, ElementType::S32}) {
            GraphBuilder b;
            const ValueId x = b.input("x", left, type), y = b.input("y", right, type);
            std::vector<ValueId> results;
            for (const BinaryKind kind : {BinaryKind::Equal, BinaryKind::Less, BinaryKind::LessOrEqual,
                                          BinaryKind::Greater, BinaryKind::GreaterOrEqual, BinaryKind::Add,
                                          BinaryKind::Sub, BinaryKind::Mul, BinaryKind::Min, BinaryKind::Max})
                results.push_back(b.node("n" + std::to_string(results.size()), Binary{kind}, {x, y}));
            const ValueId both = b.node("both", Binary{BinaryKind::And}, {results[0], results[2]});
            const ValueId one =
                b.node("one", Binary{BinaryKind::Or}, {both, b.node("not", Unary{UnaryKind::Not}, {both})});
            results.push_back(b.node("differ", Binary{BinaryKind::Xor}, {one, results[1]}));
            results.push_back(b.node("where", Where{}, {one, x, y}));
            check(b.build(results));
        }
    GraphBuilder b;
    const ValueId x = b.input("x", {3, 4}, ElementType::S64), f = b.input("f", {2, 3, 4});
    const ValueId at = b.constant("at", Tensor::fromInt64s({2, 2}, std::vector<int64_t>{0, 2, 1, -1}));
    check(b.build({b.node("expand", Expand{{2, 3, 4}}, {x}), b.node("tile", Tile{{2, 3}}, {x}),
                   b.node("slice", Slice{{3}, {-9}, {1}, {-2}}, {x}), b.node("join", Concat{1}, {x, x}),
                   b.node("again", Reshape{{2, 6}}, {x}),
                   b.node("picked", Gather{2}, {f, b.node("part", Slice{{0}, {1}, {0}, {1}}, {x})}),
                   b.node("put", ScatterNd{}, {f, at, b.input("u", {2, 4})})}));
}

TEST_CASE("an index outside the data is an error of the inference that names the layer") {
    GraphBuilder b;
    const ValueId x = b.input("x", {3, 2}), at = b.input("at", {1}, ElementType::S64);
    Plan plan = compiled(b.build({b.node("pick", Gather{0}, {x, at})}));
    plan.setInput(1, Tensor::fromInt64s({1}, std::vector<int64_t>{2}));
    CHECK_NOTHROW(plan.run());
    plan.setInput(1, Tensor::fromInt64s({1}, std::vector<int64_t>{3}));
    CHECK_THROWS_WITH(plan.run(), Contains("pick") && Contains("index 3"));
}

TEST_CASE("codes go into a network and come out of it") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 3, 4, 4}, ElementType::U8);
    const ValueId scale = b.number("scale", 0.05F);
    const float three = 3;
    const ValueId point =
        b.constant("point", castTensor(Tensor::fromFloats({}, std::span(&three, 1)), ElementType::U8));
    const ValueId real = b.node("real", DequantizeLinear{}, {x, scale, point});
    const ValueId y = b.conv("conv", real, 3, 8);
    checkExactly(b.build({b.node("codes", QuantizeLinear{ElementType::U8}, {y, scale, point})}));
}

TEST_CASE("weights and biases that are inputs are computed with") {
    useThreads(1);
    checkFp32(conv2d(), {{1, 4, 6, 6}, {8, 4, 3, 3}, {8}}, true);
    checkFp32(ConvTranspose{{2, 2}, {1, 1}, {1, 1, 1, 1}, {1, 0}, 2, {}}, {{1, 4, 5, 5}, {4, 3, 3, 3}, {6}}, true);
    checkFp32(Gemm{2, 0.5F, true, false}, {{4, 3}, {4, 5}, {5}}, true);
    checkFp32(MatMul{}, {{4}, {2, 4, 5}}, true);
}

TEST_CASE("tensors without elements pass through a network") {
    GraphBuilder b;
    const ValueId x = b.input("x", {0, 3}), y = b.input("y", {2, 3});
    checkExactly(b.build({b.node("join", Concat{0}, {x, y}), b.relu("relu", x)}));
}

TEST_CASE("a plan takes floats for an input of whole numbers, and shows its output as floats") {
    GraphBuilder b;
    const ValueId x = b.input("x", {3}, ElementType::S64);
    Plan plan = compiled(b.build({b.node("twice", Binary{BinaryKind::Add}, {x, x})}));
    const std::vector<float> values{1.9F, -2, 3};
    std::copy(values.begin(), values.end(), plan.input(0).begin());
    plan.run();
    CHECK(std::vector<float>(plan.output(0).begin(), plan.output(0).end()) == std::vector<float>{2, -4, 6});
    CHECK_THROWS_AS(plan.setInput(0, Tensor::fromFloats({3}, values)), Error);
}

TEST_CASE("an int8 plan computes what has no int8 form by plain loops") {
    useThreads(1);
    GraphBuilder b;
    const ValueId a = b.conv("a", b.input("x", {1, 3, 8, 8}), 3, 16);
    const ValueId mirrored = b.node("mirrored", Slice{{-1}, {-100}, {3}, {-1}}, {a});
    const ValueId normal = b.node("normal", Normalize{{2, 3}}, {mirrored});
    checkInt8(quantized(b.build({b.conv("c", normal, 16, 8)})));
}
