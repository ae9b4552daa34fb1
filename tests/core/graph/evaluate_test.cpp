// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/graph/nodes.h"

using namespace halftone;
using namespace halftone::test;

namespace {

/// The result for one x.
double unary(Unary op, float x) {
    return run(op, {floats({}, {x})}).toDoubles()[0];
}

std::vector<int64_t> integers(BinaryKind kind, std::vector<int64_t> a, std::vector<int64_t> b) {
    const auto count = static_cast<int64_t>(a.size());
    return run(Binary{kind, {}}, {ints({count}, a), ints({static_cast<int64_t>(b.size())}, b)}).toInt64s();
}

} // namespace

TEST_CASE("activations have the values of their formulas") {
    CHECK(unary({UnaryKind::Relu, 0, 0}, -1) == 0);
    CHECK(unary({UnaryKind::Relu, 0, 0}, 2) == 2);
    CHECK(std::isnan(unary({UnaryKind::Relu, 0, 0}, NAN)));
    CHECK(unary({UnaryKind::LeakyRelu, 0.25F, 0}, -2) == -0.5);
    CHECK(unary({UnaryKind::LeakyRelu, 0.25F, 0}, 2) == 2);
    CHECK(unary({UnaryKind::Clip, 0, 6}, 7) == 6);
    CHECK(unary({UnaryKind::Clip, 0, 6}, -7) == 0);
    CHECK(unary({UnaryKind::Sigmoid, 0, 0}, 0) == 0.5);
    CHECK(unary({UnaryKind::Sigmoid, 0, 0}, -1000) == 0);
    CHECK(unary({UnaryKind::Sigmoid, 0, 0}, 1) == Approx(0.731058579));
    CHECK(unary({UnaryKind::Tanh, 0, 0}, 1) == Approx(0.761594156));
    CHECK(unary({UnaryKind::Elu, 2, 0}, -1) == Approx(-1.264241118));
    CHECK(unary({UnaryKind::Elu, 2, 0}, 3) == 3);
    CHECK(unary({UnaryKind::HardSigmoid, 0.25F, 0.5F}, 1) == 0.75);
    CHECK(unary({UnaryKind::HardSigmoid, 0.25F, 0.5F}, 9) == 1);
    CHECK(unary({UnaryKind::HardSwish, 0.25F, 0.5F}, 1) == 0.75);
    CHECK(unary({UnaryKind::HardSwish, 0.25F, 0.5F}, -4) == 0);
    CHECK(unary({UnaryKind::Swish, 2, 0}, 1) == Approx(0.880797078));
    CHECK(unary({UnaryKind::Exp, 0, 0}, 1) == Approx(2.718281828));
    CHECK(unary({UnaryKind::Log, 0, 0}, 2) == Approx(0.693147181));
    CHECK(unary({UnaryKind::Sqrt, 0, 0}, 9) == 3);
    CHECK(unary({UnaryKind::Abs, 0, 0}, -9) == 9);
    CHECK(unary({UnaryKind::Neg, 0, 0}, -9) == 9);
    CHECK(unary({UnaryKind::Reciprocal, 0, 0}, -4) == -0.25);
    CHECK(unary({UnaryKind::Square, 0, 0}, -3) == 9);
    CHECK(unary({UnaryKind::Erf, 0, 0}, 1) == Approx(0.842700793));
    CHECK(unary({UnaryKind::Floor, 0, 0}, -1.5F) == -2);
    CHECK(unary({UnaryKind::Ceil, 0, 0}, -1.5F) == -1);
}

TEST_CASE("integers are clipped, negated and squared as integers") {
    const Tensor x = ints({3}, {-5, 0, INT64_MAX});
    CHECK(run(Unary{}, {x}).toInt64s() == std::vector<int64_t>{0, 0, INT64_MAX});
    CHECK(run(Unary{UnaryKind::Clip, -2, 3e38F}, {x}).toInt64s() == std::vector<int64_t>{-2, 0, INT64_MAX});
    CHECK(run(Unary{UnaryKind::Neg, 0, 0}, {x}).toInt64s() == std::vector<int64_t>{5, 0, -INT64_MAX});
    CHECK(run(Unary{UnaryKind::Abs, 0, 0}, {x}).toInt64s() == std::vector<int64_t>{5, 0, INT64_MAX});
    CHECK(run(Unary{UnaryKind::Square, 0, 0}, {ints({1}, {-5})}).toInt64s() == std::vector<int64_t>{25});
}

TEST_CASE("binary operators broadcast like numpy") {
    const Tensor a = floats({2, 3}, {1, 2, 3, 4, 5, 6});
    CHECK(run(Binary{}, {a, floats({3}, {10, 20, 30})}) == floats({2, 3}, {11, 22, 33, 14, 25, 36}));
    CHECK(run(Binary{}, {a, floats({2, 1}, {10, 20})}) == floats({2, 3}, {11, 12, 13, 24, 25, 26}));
    CHECK(run(Binary{BinaryKind::Sub, {}}, {floats({}, {1}), a}) == floats({2, 3}, {0, -1, -2, -3, -4, -5}));
    CHECK(run(Binary{BinaryKind::Mul, {}}, {floats({2, 1}, {1, 2}), floats({1, 2}, {3, 5})}) ==
          floats({2, 2}, {3, 5, 6, 10}));
    CHECK(run(Binary{BinaryKind::Div, {}}, {floats({2}, {1, 3}), floats({}, {2})}) == floats({2}, {0.5F, 1.5F}));
    CHECK(run(Binary{BinaryKind::Min, {}}, {floats({2}, {1, 3}), floats({}, {2})}) == floats({2}, {1, 2}));
    CHECK(run(Binary{BinaryKind::Max, {}}, {floats({2}, {1, 3}), floats({}, {2})}) == floats({2}, {2, 3}));
    CHECK(run(Binary{BinaryKind::Pow, {}}, {floats({2}, {4, 9}), floats({}, {0.5F})}) == floats({2}, {2, 3}));
    CHECK(run(Binary{BinaryKind::Add, {Unary{}}}, {a, floats({}, {-4})}) == floats({2, 3}, {0, 0, 0, 0, 1, 2}));
    CHECK(std::isnan(run(Binary{BinaryKind::Max, {}}, {floats({}, {1}), floats({}, {NAN})}).toDoubles()[0]));
    CHECK(std::isnan(run(Binary{BinaryKind::Min, {}}, {floats({}, {NAN}), floats({}, {1})}).toDoubles()[0]));
}

TEST_CASE("shape arithmetic is exact on 64-bit integers") {
    const int64_t big = (int64_t{1} << 53) + 1; // not a double
    CHECK(integers(BinaryKind::Add, {big, 2}, {1}) == std::vector<int64_t>{big + 1, 3});
    CHECK(integers(BinaryKind::Sub, {big}, {2}) == std::vector<int64_t>{big - 2});
    CHECK(integers(BinaryKind::Mul, {big}, {3}) == std::vector<int64_t>{big * 3});
    CHECK(integers(BinaryKind::Div, {-7, 7, INT64_MIN}, {2, -2, -1}) == std::vector<int64_t>{-3, -3, INT64_MIN});
    CHECK(integers(BinaryKind::Max, {big, -1}, {0}) == std::vector<int64_t>{big, 0});
    CHECK(integers(BinaryKind::Pow, {3, -1, 2, -2}, {4, -3, -1, 63}) == std::vector<int64_t>{81, -1, 0, INT64_MIN});
    CHECK(failureOf([] { integers(BinaryKind::Div, {1}, {0}); }).mentions("Layer \"layer\" (Div): it divides"));
    const Tensor s32 = run(Cast{ElementType::S32}, {ints({2}, {6, 4})});
    const Tensor product = run(Binary{BinaryKind::Mul, {}}, {s32, s32});
    CHECK(product.type == ElementType::S32);
    CHECK(product.toInt64s() == std::vector<int64_t>{36, 16});
    CHECK(run(Concat{0}, {ints({2}, {big, 1}), ints({1}, {-1})}).toInt64s() == std::vector<int64_t>{big, 1, -1});
    CHECK(run(Slice{{1}, {3}, {0}, {}}, {ints({4}, {1, big, 3, 4})}).toInt64s() == std::vector<int64_t>{big, 3});
    CHECK(run(Reduce{ReduceKind::Prod, {0}, false}, {ints({3}, {big, 2, 1})}).toInt64s() ==
          std::vector<int64_t>{2 * big});
    CHECK(run(Squeeze{{0}, true}, {ints({}, {big})}) == ints({1}, {big}));
}

TEST_CASE("batch normalization is the formula of its definition") {
    const Tensor y = run(BatchNorm{0.5F}, {floats({1, 2, 2}, {1, 2, 3, 4}), floats({2}, {2, 3}), floats({2}, {10, 20}),
                                           floats({2}, {1, 2}), floats({2}, {3.5F, 0.5F})});
    CHECK(y == floats({1, 2, 2}, {10, 11, 23, 26}));
}

TEST_CASE("softmax sums to one along its axis, or over all that follows") {
    const Tensor x = floats({1, 2, 2}, {0, std::log(3.0F), std::log(2.0F), 0});
    CHECK(distance(run(Softmax{-1, false, false}, {x}), floats({1, 2, 2}, {0.25F, 0.75F, 2.0F / 3, 1.0F / 3})) < 1e-7);
    CHECK(distance(run(Softmax{1, false, false}, {x}), floats({1, 2, 2}, {1.0F / 3, 0.75F, 2.0F / 3, 0.25F})) < 1e-7);
    CHECK(distance(run(Softmax{1, true, false}, {x}), floats({1, 2, 2}, {1.0F / 7, 3.0F / 7, 2.0F / 7, 1.0F / 7})) <
          1e-7);
    CHECK(distance(run(Softmax{1, true, true}, {x}),
                   run(Unary{UnaryKind::Log, 0, 0}, {run(Softmax{1, true, false}, {x})})) < 1e-6);
    CHECK(distance(run(Softmax{}, {floats({2}, {1000, 1000})}), floats({2}, {0.5F, 0.5F})) == 0);
}

TEST_CASE("reductions of every kind") {
    const Tensor x = floats({2, 3}, {1, -2, 3, 4, 5, -6});
    const auto rows = [&](ReduceKind kind) { return run(Reduce{kind, {1}, false}, {x}); };
    CHECK(distance(rows(ReduceKind::Mean), floats({2}, {2.0F / 3, 1})) < 1e-7);
    CHECK(rows(ReduceKind::Sum) == floats({2}, {2, 3}));
    CHECK(rows(ReduceKind::Max) == floats({2}, {3, 5}));
    CHECK(rows(ReduceKind::Min) == floats({2}, {-2, -6}));
    CHECK(rows(ReduceKind::Prod) == floats({2}, {-6, -120}));
    CHECK(rows(ReduceKind::L1) == floats({2}, {6, 15}));
    CHECK(distance(rows(ReduceKind::L2), floats({2}, {3.74165739F, 8.77496439F})) < 1e-6);
    CHECK(rows(ReduceKind::SumSquare) == floats({2}, {14, 77}));
    CHECK(run(Reduce{ReduceKind::Sum, {0}, true}, {x}) == floats({1, 3}, {5, 3, -3}));
    CHECK(run(Reduce{ReduceKind::Sum, {}, false}, {x}) == floats({}, {5}));
    CHECK(run(Reduce{ReduceKind::Sum, {-3, 2}, true}, {counting({2, 2, 3})}) == floats({1, 2, 1}, {24, 42}));
    CHECK(run(Reduce{ReduceKind::Mean, {0}, false}, {ints({2}, {3, 4})}).toInt64s() == std::vector<int64_t>{3});
}

TEST_CASE("matrix products") {
    const Tensor a = counting({2, 3}), b = counting({3, 2}); // [0 1 2; 3 4 5] and [0 1; 2 3; 4 5]
    CHECK(run(MatMul{}, {a, b}) == floats({2, 2}, {10, 13, 28, 40}));
    CHECK(run(MatMul{}, {floats({3}, {1, 10, 100}), b}) == floats({2}, {420, 531}));
    CHECK(run(MatMul{}, {a, floats({3}, {1, 10, 100})}) == floats({2}, {210, 543}));
    CHECK(run(MatMul{}, {floats({2}, {2, 3}), floats({2}, {5, 7})}) == floats({}, {31}));
    CHECK(run(MatMul{}, {counting({2, 1, 1, 2}), counting({2, 2, 1})}) == floats({2, 2, 1, 1}, {1, 3, 3, 13}));
    CHECK(run(FullyConnected{}, {a, floats({1, 3}, {1, 10, 100}), floats({1}, {0.5F})}) ==
          floats({2, 1}, {210.5F, 543.5F}));
    CHECK(run(FullyConnected{{Unary{UnaryKind::Neg, 0, 0}}}, {counting({1, 2, 2}), floats({1, 2}, {1, 1})}) ==
          floats({1, 2, 1}, {-1, -5}));
    CHECK(run(Gemm{}, {a, b, floats({2}, {1, 2})}) == floats({2, 2}, {11, 15, 29, 42}));
    CHECK(run(Gemm{2, 3, false, false}, {a, b, floats({2, 1}, {1, 2})}) == floats({2, 2}, {23, 29, 62, 86}));
    const auto transposed = [](const Tensor& x) { return run(Transpose{}, {x}); };
    CHECK(run(Gemm{1, 1, true, false}, {transposed(a), b}) == run(MatMul{}, {a, b}));
    CHECK(run(Gemm{1, 1, false, true}, {a, transposed(b)}) == run(MatMul{}, {a, b}));
    CHECK(run(Gemm{1, 1, true, true}, {transposed(a), transposed(b)}) == run(MatMul{}, {a, b}));
}

TEST_CASE("batches of matrices multiply one by one") {
    Random random(6);
    const Tensor a = random.tensor({2, 1, 3, 4}), b = random.tensor({5, 4, 2});
    const Tensor y = run(MatMul{}, {a, b});
    REQUIRE(y.shape == Shape{2, 5, 3, 2});
    for (int64_t i = 0; i < 2; ++i)
        for (int64_t j = 0; j < 5; ++j) {
            const auto part = [](const Tensor& x, std::vector<int64_t> index, Shape shape) {
                std::vector<int64_t> ends = index;
                for (int64_t& end : ends)
                    ++end;
                return run(Reshape{std::move(shape), false}, {run(Slice{index, ends, {}, {}}, {x})});
            };
            CHECK(part(y, {i, j}, {3, 2}) == run(MatMul{}, {part(a, {i}, {3, 4}), part(b, {j}, {4, 2})}));
        }
}

TEST_CASE("elements are moved, not computed") {
    const Tensor x = counting({2, 3});
    CHECK(run(Reshape{{3, -1}, false}, {x}) == counting({3, 2}));
    CHECK(run(Flatten{1}, {counting({2, 3, 2})}) == counting({2, 6}));
    CHECK(run(Squeeze{{}, false}, {counting({1, 6, 1})}) == counting({6}));
    CHECK(run(Identity{}, {x}) == x);
    CHECK(run(Transpose{}, {x}) == floats({3, 2}, {0, 3, 1, 4, 2, 5}));
    CHECK(run(Transpose{{1, 2, 0}}, {counting({2, 1, 3})}) == floats({1, 3, 2}, {0, 3, 1, 4, 2, 5}));
    CHECK(run(Concat{1}, {x, floats({2, 1}, {8, 9})}) == floats({2, 4}, {0, 1, 2, 8, 3, 4, 5, 9}));
    CHECK(run(Concat{-2}, {x, floats({0, 3}, {}), floats({1, 3}, {7, 8, 9})}) ==
          floats({3, 3}, {0, 1, 2, 3, 4, 5, 7, 8, 9}));
    CHECK(run(Slice{{-1}, {INT64_MIN}, {1}, {-2}}, {x}) == floats({2, 2}, {2, 0, 5, 3}));
    CHECK(run(Slice{{1, 0}, {2, 2}, {}, {}}, {x}) == floats({1, 2}, {3, 4}));
    CHECK(run(Slice{{5}, {9}, {0}, {}}, {x}) == floats({0, 3}, {}));
    CHECK(run(Transpose{}, {run(Cast{ElementType::U8}, {x})}).toInt64s() == std::vector<int64_t>{0, 3, 1, 4, 2, 5});
}

TEST_CASE("padding of every mode, cropping first") {
    const Tensor x = floats({3}, {1, 2, 3});
    CHECK(run(Pad{{1, 2}, 9, PadMode::Constant}, {x}) == floats({6}, {9, 1, 2, 3, 9, 9}));
    CHECK(run(Pad{{2, 2}, 0, PadMode::Reflect}, {x}) == floats({7}, {3, 2, 1, 2, 3, 2, 1}));
    CHECK(run(Pad{{2, 1}, 0, PadMode::Edge}, {x}) == floats({6}, {1, 1, 1, 2, 3, 3}));
    CHECK(run(Pad{{-1, 2}, 9, PadMode::Constant}, {x}) == floats({4}, {2, 3, 9, 9}));
    CHECK(run(Pad{{1, -1}, 0, PadMode::Reflect}, {x}) == floats({3}, {2, 1, 2}));
    CHECK(run(Pad{{-1, 1}, 0, PadMode::Edge}, {x}) == floats({3}, {2, 3, 3}));
    CHECK(run(Pad{{-3, 1}, 9, PadMode::Constant}, {x}) == floats({1}, {9}));
    CHECK(run(Pad{{0, 1, 1, -1}, 9, PadMode::Constant}, {floats({1, 2}, {1, 2})}) == floats({2, 2}, {9, 1, 9, 9}));
    CHECK(run(Pad{{1, 0}, 2.5F, PadMode::Constant}, {ints({1}, {7})}).toInt64s() == std::vector<int64_t>{2, 7});
}

TEST_CASE("a whole graph is evaluated value by value") {
    Graph graph = graphOf(Binary{}, {{2}, {2}});
    Value value;
    value.name = "y";
    const ValueId y = graph.addValue(value);
    graph.addNode({"relu", Unary{}, {graph.outputs[0]}, {y}, {}});
    graph.outputs = {y};
    graph = infer(graph);
    const auto values = evaluate(graph, {{0, floats({2}, {1, -5})}, {1, floats({2}, {1, 1})}});
    CHECK(values.at(2) == floats({2}, {2, -4}));
    CHECK(values.at(y) == floats({2}, {2, 0}));
    const Failure missing = failureOf([&] { evaluate(graph, {{0, floats({2}, {1, 2})}}); });
    CHECK(missing.code == ErrorCode::Usage);
    CHECK(missing.mentions("Input \"in1\" needs f32 values of shape 2"));
    CHECK(failureOf([&] {
              evaluate(graph, {{0, floats({3}, {1, 2, 3})}, {1, floats({2}, {1, 2})}});
          }).code == ErrorCode::Usage);
}

TEST_CASE("what cannot be meant as a constant is refused before memory is taken") {
    const Failure pad = failureOf([] {
        run(Pad{{0, 1 << 20, 0, 1 << 20}, 0, PadMode::Constant}, {counting({1 << 10, 1})});
    });
    CHECK(pad.code == ErrorCode::Limit);
    CHECK(pad.mentions("Layer \"layer\" (Pad)"));
    const int64_t huge = int64_t{1} << 39;
    CHECK(failureOf([&] {
              run(Pool{PoolKind::Max, false, {huge}, {1}, {1}, {huge, 0}, false}, {counting({1, 1, 1})});
          }).code == ErrorCode::Limit);
    CHECK(failureOf([] { run(Opaque{"operator Foo"}, {}); }).code == ErrorCode::Unsupported);
}
