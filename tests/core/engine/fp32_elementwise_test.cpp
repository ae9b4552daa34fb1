// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/machine/machine.h"
#include "tests/core/engine/engine_test.h"

#include <cmath>

using namespace halftone;
using namespace halftone::test;

namespace {

const std::vector<Unary> everyUnary{
    {UnaryKind::Relu},
    {UnaryKind::LeakyRelu, 0.1F},
    {UnaryKind::Clip, -0.5F, 1},
    {UnaryKind::Sigmoid},
    {UnaryKind::Tanh},
    {UnaryKind::Elu, 0.7F},
    {UnaryKind::HardSigmoid, 0.2F, 0.5F},
    {UnaryKind::HardSwish, 1.0F / 6, 0.5F},
    {UnaryKind::Swish, 1.5F},
    {UnaryKind::Gelu},
    {UnaryKind::GeluTanh},
    {UnaryKind::Softplus},
    {UnaryKind::Mish},
    {UnaryKind::Exp},
    {UnaryKind::Log},
    {UnaryKind::Sqrt},
    {UnaryKind::Abs},
    {UnaryKind::Neg},
    {UnaryKind::Reciprocal},
    {UnaryKind::Square},
    {UnaryKind::Erf},
    {UnaryKind::Floor},
    {UnaryKind::Ceil},
};

constexpr BinaryKind everyBinary[] = {BinaryKind::Add, BinaryKind::Sub, BinaryKind::Mul, BinaryKind::Div,
                                      BinaryKind::Min, BinaryKind::Max, BinaryKind::Pow};

Tensor positive(Shape shape) {
    std::vector<float> values = noise(shape, 5).toFloats();
    for (float& value : values)
        value = std::abs(value) + 0.1F;
    return Tensor::fromFloats(std::move(shape), values);
}

} // namespace

TEST_CASE("every unary operator computes as the plain loop") {
    useThreads(1);
    for (const Unary& op : everyUnary)
        for (const Shape& shape : {Shape{7}, Shape{3, 5}, Shape{1, 3, 9, 9}, Shape{2, 17, 4, 4}}) {
            GraphBuilder b;
            ValueId x = b.input("x", shape);
            if (op.kind == UnaryKind::Log || op.kind == UnaryKind::Sqrt ||
                op.kind == UnaryKind::Reciprocal) // not near 0
                x = b.node("away", Binary{BinaryKind::Add},
                           {b.node("abs", Unary{UnaryKind::Abs}, {x}), b.number("c", 0.1F)});
            checkFp32(b.build({b.node("layer", op, {x})}));
        }
}

TEST_CASE("a unary operator behind a convolution with any number of channels computes as the plain loop") {
    useThreads(1);
    for (const int64_t channels : {1, 3, 16, 17})
        for (const Unary& op : {Unary{UnaryKind::Exp}, Unary{UnaryKind::Sigmoid}, Unary{UnaryKind::Erf}}) {
            GraphBuilder b;
            const ValueId a = b.conv("a", b.input("x", {1, channels, 8, 8}), channels, channels);
            const ValueId y = b.node("layer", op, {a});
            checkFp32(b.build({b.conv("c", y, channels, channels), y}), 2e-5);
        }
}

TEST_CASE("a scalar computes as the plain loop") {
    useThreads(1);
    GraphBuilder b;
    const ValueId x = b.input("x", {});
    const ValueId y = b.node("square", Unary{UnaryKind::Tanh}, {x});
    checkFp32(b.build({b.add("sum", y, x), b.node("erf", Unary{UnaryKind::Erf}, {y})}));
}

TEST_CASE("every binary operator repeats operands in all directions") {
    useThreads(1);
    const std::vector<std::pair<Shape, Shape>> shapes{
        {{2, 3, 4, 5}, {2, 3, 4, 5}},
        {{2, 3, 4, 5}, {3, 1, 1}},
        {{3, 1, 1}, {2, 3, 4, 5}},
        {{2, 3, 4, 5}, {1, 1, 1, 1}},
        {{2, 3, 4, 5}, {5}},
        {{2, 3, 4, 5}, {2, 1, 4, 1}},
        {{2, 1, 4, 1}, {1, 3, 1, 5}},
        {{6}, {4, 1}},
        {{}, {2, 3}},
        {{2, 3}, {}},
        {{4, 7}, {4, 7}},
    };
    for (const BinaryKind kind : everyBinary)
        for (const auto& [left, right] : shapes) {
            GraphBuilder b;
            const ValueId x = b.node("abs", Unary{UnaryKind::Abs}, {b.input("x", left)});
            checkFp32(b.build({b.node("layer", Binary{kind}, {x, b.constant("c", positive(right))})}));
            GraphBuilder c;
            const ValueId y = c.node("abs", Unary{UnaryKind::Abs}, {c.input("x", right)});
            const ValueId away = c.node("away", Unary{UnaryKind::Clip, 0.1F, 1}, {y});
            checkFp32(c.build({c.node("layer", Binary{kind}, {c.constant("c", positive(left)), away})}));
        }
}

TEST_CASE("two inputs of one shape are combined in any layout") {
    useThreads(1);
    for (const BinaryKind kind : {BinaryKind::Add, BinaryKind::Mul, BinaryKind::Max}) {
        GraphBuilder b;
        const ValueId x = b.input("x", {1, 5, 8, 8});
        const ValueId a = b.conv("a", x, 5, 5);
        checkFp32(b.build({b.node("left", Binary{kind}, {a, x}), b.node("right", Binary{kind}, {x, a})}));
    }
}

TEST_CASE("activations fused into an addition or a product are applied") {
    useThreads(1);
    for (const BinaryKind kind : {BinaryKind::Add, BinaryKind::Mul})
        for (const Unary& op : {Unary{UnaryKind::Relu}, Unary{UnaryKind::Clip, -0.2F, 0.3F}, Unary{UnaryKind::Tanh}})
            for (const Shape& right : {Shape{1, 3, 5, 5}, Shape{3, 1, 1}, Shape{}}) {
                const Plan plan = checkFp32(Binary{kind, {op}}, {{1, 3, 5, 5}, right});
                CHECK(stepOf(plan, "layer").op == opName(Op(Binary{kind})) + "+" + opName(Op(op)));
            }
}

TEST_CASE("gates of channels are combined with a channels-last tensor by a kernel of our own") {
    for (const int threads : {1, 2}) {
        useThreads(threads);
        for (const BinaryKind kind : {BinaryKind::Mul, BinaryKind::Add})
            for (const int64_t channels : {3, 16, 1500})
                for (const int64_t samples : {1, 2})
                    for (const bool gateFirst : {false, true}) {
                        GraphBuilder b;
                        const ValueId x = b.input("x", {2, 16, 9, 7});
                        const ValueId gate = b.input("gate", {samples, channels, 1, 1});
                        const ValueId y = b.node("a", conv2d(), {x, b.constant("w", Shape{channels, 16, 3, 3})});
                        const std::vector<ValueId> operands{gateFirst ? gate : y, gateFirst ? y : gate};
                        const Plan plan = checkFp32(b.build({b.node("layer", Binary{kind, {}}, operands)}));
                        if (stepOf(plan, "a").outputs[0].layout == "nhwc")
                            CHECK(stepOf(plan, "layer").kernel == "halftone:combine");
                    }
    }
    useThreads(1);
}

TEST_CASE("every reduction computes as the plain loop") {
    useThreads(1);
    for (const ReduceKind kind : {ReduceKind::Mean, ReduceKind::Sum, ReduceKind::Max, ReduceKind::Min, ReduceKind::Prod,
                                  ReduceKind::L1, ReduceKind::L2, ReduceKind::SumSquare})
        for (const bool keepDims : {false, true}) {
            checkFp32(Reduce{kind, {}, keepDims}, {{3, 4}});
            checkFp32(Reduce{kind, {2, 3}, keepDims}, {{2, 5, 4, 3}});
            checkFp32(Reduce{kind, {-1}, keepDims}, {{2, 5, 7}});
            checkFp32(Reduce{kind, {1}, keepDims}, {{2, 5, 4, 3}});
            checkFp32(Reduce{kind, {0, 2}, keepDims}, {{2, 5, 3}});
            if (kind == ReduceKind::Prod) // of many factors nothing is left
                continue;
            checkFp32(Reduce{kind, {1, 2}, keepDims}, {{2, 300, 500}});
            checkFp32(Reduce{kind, {1}, keepDims}, {{3, 70, 601}});
        }
}

TEST_CASE("a reduction over dimensions of size 1 computes as the plain loop") {
    useThreads(1);
    for (const ReduceKind kind : {ReduceKind::Mean, ReduceKind::L1, ReduceKind::L2, ReduceKind::SumSquare})
        for (const bool keepDims : {false, true})
            checkFp32(Reduce{kind, {1}, keepDims}, {{3, 1, 4}});
}

TEST_CASE("batch normalization on its own computes as the plain loop") {
    useThreads(1);
    for (const Shape& shape :
         {Shape{1, 3, 7, 7}, Shape{4, 16, 5, 5}, Shape{2, 17, 9}, Shape{3, 5}, Shape{1, 4, 3, 3, 3}}) {
        GraphBuilder b;
        checkFp32(b.build({b.batchNorm("layer", b.input("x", shape), shape[1])}));
    }
    for (const int64_t channels : {3, 16}) {
        GraphBuilder b;
        const ValueId a = b.conv("a", b.input("x", {1, channels, 7, 7}), channels, channels);
        const ValueId normal = b.batchNorm("layer", b.relu("relu", a), channels);
        checkFp32(b.build({b.conv("c", normal, channels, channels)}));
    }
}

TEST_CASE("a matrix product of two computed matrices computes as the plain loop") {
    useThreads(1);
    checkFp32(MatMul{}, {{3, 4}, {4, 5}}, true);
    checkFp32(MatMul{}, {{2, 3, 4}, {2, 4, 5}}, true);
    checkFp32(MatMul{}, {{2, 3, 4}, {4, 5}}, true);
    checkFp32(MatMul{}, {{2, 1, 3, 4}, {5, 4, 2}}, true);
    checkFp32(MatMul{}, {{1, 17}, {17, 1}}, true);
}
