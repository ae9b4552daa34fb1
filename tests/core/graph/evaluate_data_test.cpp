// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that pick, repeat, resize, search and normalize, against numbers worked out by hand or given in ONNX's
// documents.
#include "core/base/error.h"
#include "core/graph/element.h"
#include "core/graph/evaluate.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace halftone;

namespace {

Tensor evaluated(const Op& op, const std::vector<std::optional<Tensor>>& inputs) {
    return evaluate(Graph(), Node{"layer", op, {}, {}, {}}, inputs).front();
}

Tensor counting(const Shape& shape, float first = 0) {
    int64_t count = 1;
    for (const int64_t dim : shape)
        count *= dim;
    std::vector<float> values(static_cast<size_t>(count));
    std::iota(values.begin(), values.end(), first);
    return Tensor::fromFloats(shape, values);
}

Tensor floats(const Shape& shape, const std::vector<float>& values) {
    return Tensor::fromFloats(shape, values);
}
Tensor whole(const Shape& shape, const std::vector<int64_t>& values) {
    return Tensor::fromInt64s(shape, values);
}

void checkValues(const Tensor& y, const Shape& shape, const std::vector<double>& wanted) {
    CHECK(y.shape == shape);
    const std::vector<double> values = y.toDoubles();
    REQUIRE(values.size() == wanted.size());
    for (size_t i = 0; i < values.size(); ++i) {
        INFO("element " << i << ": " << values[i] << " instead of " << wanted[i]);
        CHECK(std::abs(values[i] - wanted[i]) < 1e-5 * std::max(1.0, std::abs(wanted[i])));
    }
}

} // namespace

TEST_CASE("a transposed convolution adds multiples of its kernel, strides apart") {
    const Tensor x = floats({1, 1, 1, 2}, {2, 3}), kernel = floats({1, 1, 1, 3}, {1, 10, 100});
    const auto transposed = [&](int64_t stride, const Pads& pads, int64_t extra, int64_t dilation) {
        return evaluated(ConvTranspose{{1, stride}, {1, dilation}, pads, {0, extra}, 1, {}}, {x, kernel});
    };
    checkValues(transposed(1, {0, 0, 0, 0}, 0, 1), {1, 1, 1, 4}, {2, 23, 230, 300});
    checkValues(transposed(2, {0, 0, 0, 0}, 0, 1), {1, 1, 1, 5}, {2, 20, 203, 30, 300});
    checkValues(transposed(2, {0, 1, 0, 1}, 0, 1), {1, 1, 1, 3}, {20, 203, 30});
    checkValues(transposed(2, {0, 1, 0, 0}, 1, 1), {1, 1, 1, 5}, {20, 203, 30, 300, 0});
    checkValues(transposed(1, {0, 0, 0, 0}, 0, 2), {1, 1, 1, 6}, {2, 3, 20, 30, 200, 300});
    // Two groups of one channel: the second one has the weights 5 and 7, and a bias.
    checkValues(evaluated(ConvTranspose{{1}, {1}, {0, 0}, {0}, 2, {}},
                          {floats({1, 2, 1}, {2, 3}), floats({2, 2, 1}, {1, 10, 5, 7}), floats({4}, {0, 0, 100, 0})}),
                {1, 4, 1}, {2, 20, 115, 21});
}

TEST_CASE("a transposed convolution is refused where its settings contradict each other") {
    const Tensor x = floats({1, 1, 2}, {1, 2}), kernel = floats({1, 1, 2}, {1, 1});
    for (const ConvTranspose& op :
         {ConvTranspose{{0}, {1}, {0, 0}, {0}, 1, {}}, ConvTranspose{{1}, {1}, {2, 1}, {0}, 1, {}},
          ConvTranspose{{1}, {1}, {0, 0}, {}, 1, {}}, ConvTranspose{{1}, {1}, {0, 0}, {0}, 2, {}}})
        CHECK_THROWS_AS(evaluated(op, {x, kernel}), Error);
}

TEST_CASE("gathering replaces a dimension by those of the indices") {
    const Tensor data = counting({2, 3});
    checkValues(evaluated(Gather{1}, {data, whole({}, {-1})}), {2}, {2, 5});
    checkValues(evaluated(Gather{0}, {data, whole({1, 3}, {1, 0, 1})}), {1, 3, 3}, {3, 4, 5, 0, 1, 2, 3, 4, 5});
    CHECK_THROWS_WITH(evaluated(Gather{1}, {data, whole({1}, {3})}), Contains("index 3"));
}

TEST_CASE("expanding and tiling repeat elements") {
    checkValues(evaluated(Expand{{2, 1, 2}}, {floats({3, 1}, {1, 2, 3})}), {2, 3, 2},
                {1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3});
    checkValues(evaluated(Tile{{2, 2}}, {floats({1, 2}, {1, 2})}), {2, 4}, {1, 2, 1, 2, 1, 2, 1, 2});
    CHECK_THROWS_AS(evaluated(Tile{{2}}, {floats({1, 2}, {1, 2})}), Error);
}

TEST_CASE("the shape of a tensor, and a part of it") {
    const Tensor x = counting({2, 3, 4});
    checkValues(evaluated(ShapeOf{}, {x}), {3}, {2, 3, 4});
    checkValues(evaluated(ShapeOf{-2, -1}, {x}), {1}, {3});
    checkValues(evaluated(ShapeOf{2, 1}, {x}), {0}, {});
}

TEST_CASE("the position of the largest and the smallest value, the first or the last of equal ones") {
    const Tensor x = floats({2, 3}, {1, 5, 5, 2, 0, 0});
    checkValues(evaluated(ArgReduce{true, 1, true, false}, {x}), {2, 1}, {1, 0});
    checkValues(evaluated(ArgReduce{true, 1, false, true}, {x}), {2}, {2, 0});
    checkValues(evaluated(ArgReduce{false, -1, false, false}, {x}), {2}, {0, 1});
    checkValues(evaluated(ArgReduce{false, 0, false, true}, {x}), {3}, {0, 1, 1});
}

TEST_CASE("elements are found by positions") {
    const Tensor x = counting({2, 3});
    checkValues(evaluated(GatherElements{1}, {x, whole({2, 2}, {2, 0, -1, 1})}), {2, 2}, {2, 0, 5, 4});
    checkValues(evaluated(GatherElements{0}, {x, whole({1, 3}, {1, 0, 1})}), {1, 3}, {3, 1, 5});
    checkValues(evaluated(GatherNd{}, {x, whole({2, 2}, {1, 2, 0, -1})}), {2}, {5, 2});
    checkValues(evaluated(GatherNd{}, {x, whole({1, 1}, {1})}), {1, 3}, {3, 4, 5});
    checkValues(evaluated(GatherNd{1}, {x, whole({2, 1}, {2, 0})}), {2}, {2, 3});
    CHECK_THROWS_WITH(evaluated(GatherNd{}, {x, whole({1, 1}, {2})}), Contains("index 2"));
    CHECK_THROWS_WITH(evaluated(GatherNd{}, {x, whole({1, 3}, {0, 0, 0})}), Contains("positions"));
    CHECK_THROWS_WITH(evaluated(GatherElements{0}, {x, whole({3}, {0, 0, 0})}), Contains("do not fit"));
}

TEST_CASE("elements at positions are replaced, or combined with what they were") {
    const Tensor x = counting({2, 3});
    checkValues(evaluated(ScatterElements{1}, {x, whole({2, 1}, {2, 0}), floats({2, 1}, {10, 20})}), {2, 3},
                {0, 1, 10, 20, 4, 5});
    checkValues(evaluated(ScatterElements{0, ScatterMode::Add}, {x, whole({2, 1}, {1, 1}), floats({2, 1}, {10, 20})}),
                {2, 3}, {0, 1, 2, 33, 4, 5});
    checkValues(evaluated(ScatterNd{}, {x, whole({1, 1}, {1}), floats({1, 3}, {7, 8, 9})}), {2, 3}, {0, 1, 2, 7, 8, 9});
    checkValues(evaluated(ScatterNd{ScatterMode::Max}, {x, whole({2, 2}, {0, 1, 1, 1}), floats({2}, {3, 3})}), {2, 3},
                {0, 3, 2, 3, 4, 5});
    checkValues(evaluated(ScatterNd{ScatterMode::Mul}, {x, whole({2, 2}, {0, 1, 0, 1}), floats({2}, {3, 3})}), {2, 3},
                {0, 9, 2, 3, 4, 5});
    CHECK_THROWS_WITH(evaluated(ScatterNd{}, {x, whole({1, 1}, {1}), floats({1, 2}, {7, 8})}), Contains("updates"));
}

TEST_CASE("sums up to an element") {
    const Tensor x = floats({2, 3}, {1, 2, 3, 4, 5, 6});
    checkValues(evaluated(CumSum{1}, {x}), {2, 3}, {1, 3, 6, 4, 9, 15});
    checkValues(evaluated(CumSum{0}, {x}), {2, 3}, {1, 2, 3, 5, 7, 9});
    checkValues(evaluated(CumSum{-1, true, false}, {x}), {2, 3}, {0, 1, 3, 0, 4, 9});
    checkValues(evaluated(CumSum{1, false, true}, {x}), {2, 3}, {6, 5, 3, 15, 11, 6});
    checkValues(evaluated(CumSum{1, true, true}, {x}), {2, 3}, {5, 3, 0, 11, 6, 0});
}

TEST_CASE("the largest values and where they stand, the first of equal ones before the others") {
    const std::vector<std::optional<Tensor>> x{floats({2, 4}, {1, 5, 5, 2, 4, 0, 3, 0})};
    const auto top = [&](const TopValues& op) { return evaluate(Graph{}, Node{"layer", op, {}, {}, {}}, x); };
    checkValues(top({1, 2, true})[0], {2, 2}, {5, 5, 4, 3});
    checkValues(top({1, 2, true})[1], {2, 2}, {1, 2, 0, 2});
    checkValues(top({-1, 3, false})[0], {2, 3}, {1, 2, 5, 0, 0, 3});
    checkValues(top({-1, 3, false})[1], {2, 3}, {0, 3, 1, 1, 3, 2});
    checkValues(top({0, 1, true})[1], {1, 4}, {1, 0, 0, 0});
    CHECK_THROWS_WITH(top({1, 5, true}), Contains("5 of 4"));
}

TEST_CASE("normalizing leaves mean 0 and variance 1 along its axes") {
    // 1, 3 has mean 2 and variance 1; 2, 6 has mean 4 and variance 4.
    checkValues(evaluated(Normalize{{1}, 0}, {floats({2, 2}, {1, 3, 2, 6})}), {2, 2}, {-1, 1, -1, 1});
    checkValues(evaluated(Normalize{{0, 1}, 1.5F}, {floats({2, 2}, {1, 3, 2, 6})}), {2, 2},
                {-2 / std::sqrt(5.0), 0, -1 / std::sqrt(5.0), 3 / std::sqrt(5.0)}); // variance 3.5
}

TEST_CASE("local response normalization adds the squares of neighbouring channels") {
    const Tensor x = floats({1, 4, 1}, {1, 2, 3, 4});
    checkValues(evaluated(Lrn{3, 3, 1, 1}, {x}), {1, 4, 1}, {1.0 / 6, 2.0 / 15, 3.0 / 30, 4.0 / 26});
    checkValues(evaluated(Lrn{2, 2, 0.5F, 0}, {x}), {1, 4, 1},
                {1 / std::sqrt(5.0), 2 / std::sqrt(13.0), 3 / 5.0, 1}); // this channel and the next
}

TEST_CASE("log sums do not overflow") {
    checkValues(evaluated(Reduce{ReduceKind::LogSum, {1}, false}, {floats({1, 2}, {1, 3})}), {1}, {std::log(4.0)});
    checkValues(evaluated(Reduce{ReduceKind::LogSumExp, {1}, false}, {floats({2, 2}, {1000, 1000, 0, 0})}), {2},
                {1000 + std::log(2.0), std::log(2.0)});
}

TEST_CASE("comparisons, logic, floor division and choice") {
    const Tensor a = whole({4}, {-7, 7, -7, 6}), b = whole({4}, {2, -2, -2, 3});
    const auto binary = [&](BinaryKind kind) { return evaluated(Binary{kind, {}}, {a, b}); };
    checkValues(binary(BinaryKind::Div), {4}, {-3, -3, 3, 2});
    checkValues(binary(BinaryKind::FloorDiv), {4}, {-4, -4, 3, 2});
    checkValues(binary(BinaryKind::FloorMod), {4}, {1, -1, -1, 0});
    const Tensor less = binary(BinaryKind::Less), more = binary(BinaryKind::GreaterOrEqual);
    CHECK(less.type == ElementType::Bool);
    checkValues(less, {4}, {1, 0, 1, 0});
    checkValues(more, {4}, {0, 1, 0, 1});
    checkValues(evaluated(Binary{BinaryKind::Xor, {}}, {less, more}), {4}, {1, 1, 1, 1});
    checkValues(evaluated(Binary{BinaryKind::And, {}}, {less, more}), {4}, {0, 0, 0, 0});
    checkValues(evaluated(Unary{UnaryKind::Not}, {less}), {4}, {0, 1, 0, 1});
    checkValues(evaluated(Where{}, {less, a, b}), {4}, {-7, -2, -7, 3});
    CHECK_THROWS_AS(evaluated(Binary{BinaryKind::And, {}}, {a, b}), Error);
    CHECK_THROWS_AS(evaluated(Where{}, {a, a, b}), Error);
}

TEST_CASE("powers take exponents of another type") {
    checkValues(evaluated(Binary{BinaryKind::Pow, {}}, {whole({2}, {2, 9}), floats({2}, {3, 0.5F})}), {2}, {8, 3});
    checkValues(evaluated(Binary{BinaryKind::Pow, {}}, {floats({2}, {2.5F, 4}), whole({}, {2})}), {2}, {6.25, 16});
}

TEST_CASE("activations that few networks have") {
    const Tensor x = floats({4}, {-2, -0.5F, 0, 1.5F});
    const auto of = [&](Unary op) { return evaluated(op, {x}); };
    checkValues(of({UnaryKind::Round}), {4}, {-2, 0, 0, 2});
    checkValues(of({UnaryKind::Sign}), {4}, {-1, -1, 0, 1});
    checkValues(of({UnaryKind::Selu, 2, 3}), {4}, {6 * std::expm1(-2), 6 * std::expm1(-0.5), 0, 4.5});
    checkValues(of({UnaryKind::Celu, 2}), {4}, {2 * std::expm1(-1), 2 * std::expm1(-0.25), 0, 1.5});
    checkValues(of({UnaryKind::Softsign}), {4}, {-2.0 / 3, -1.0 / 3, 0, 0.6});
    checkValues(of({UnaryKind::ThresholdedRelu, 1}), {4}, {0, 0, 0, 1.5});
    checkValues(evaluated(Unary{UnaryKind::Rsqrt}, {floats({1}, {4})}), {1}, {0.5});
    checkValues(evaluated(Binary{BinaryKind::PRelu, {}}, {x, floats({}, {0.1F})}), {4}, {-0.2, -0.05, 0, 1.5});
}

TEST_CASE("resizing places positions as its coordinate map says") {
    const Tensor x = floats({1, 1, 1, 2}, {0, 8});
    const auto linear = [&](ResizeCoordinates coordinates, int64_t size) {
        Resize op{ResizeMode::Linear, coordinates};
        op.sizes = {0, 0, 0, size};
        return evaluated(op, {x});
    };
    checkValues(linear(ResizeCoordinates::HalfPixel, 4), {1, 1, 1, 4}, {0, 2, 6, 8});
    checkValues(linear(ResizeCoordinates::AlignCorners, 5), {1, 1, 1, 5}, {0, 2, 4, 6, 8});
    checkValues(linear(ResizeCoordinates::Asymmetric, 4), {1, 1, 1, 4}, {0, 4, 8, 8});
    checkValues(linear(ResizeCoordinates::PytorchHalfPixel, 1), {1, 1, 1, 1}, {0});
    checkValues(linear(ResizeCoordinates::HalfPixel, 1), {1, 1, 1, 1}, {4});
}

TEST_CASE("nearest neighbours are rounded as asked") {
    const Tensor x = counting({4});
    const auto nearest = [&](ResizeRounding rounding) {
        Resize op{ResizeMode::Nearest, ResizeCoordinates::Asymmetric, rounding};
        op.scales = {2};
        return evaluated(op, {x});
    };
    checkValues(nearest(ResizeRounding::Floor), {8}, {0, 0, 1, 1, 2, 2, 3, 3});
    checkValues(nearest(ResizeRounding::Ceil), {8}, {0, 1, 1, 2, 2, 3, 3, 3});
    checkValues(nearest(ResizeRounding::PreferFloor), {8}, {0, 0, 1, 1, 2, 2, 3, 3});
    checkValues(nearest(ResizeRounding::PreferCeil), {8}, {0, 1, 1, 2, 2, 3, 3, 3});
}

TEST_CASE("cubic interpolation is exact for a straight line inside and needs a scale or a size") {
    Resize op{ResizeMode::Cubic, ResizeCoordinates::Asymmetric};
    op.scales = {2};
    const std::vector<double> y = evaluated(op, {counting({6})}).toDoubles();
    REQUIRE(y.size() == 12);
    for (size_t i = 2; i < 8; ++i)
        CHECK(std::abs(y[i] - static_cast<double>(i) / 2) < 1e-6);
    CHECK_THROWS_AS(evaluated(Resize{}, {counting({6})}), Error);
    op.sizes = {3};
    CHECK_THROWS_AS(evaluated(op, {counting({6})}), Error);
}

TEST_CASE("explicit codes are rounded to even, saturate and mean what they meant") {
    const Tensor scale = floats({}, {0.5F});
    const Tensor point = castTensor(whole({}, {128}), ElementType::U8);
    const Tensor codes =
        evaluated(QuantizeLinear{ElementType::U8}, {floats({5}, {0, 0.25F, 0.75F, 100, -100}), scale, point});
    CHECK(codes.type == ElementType::U8);
    checkValues(codes, {5}, {128, 128, 130, 255, 0});
    checkValues(evaluated(DequantizeLinear{}, {codes, scale, point}), {5}, {0, 0, 1, 63.5, -64});
    // A scale for each column, and no zero point.
    checkValues(
        evaluated(QuantizeLinear{ElementType::S8, -1}, {floats({2, 2}, {1, 1, -2, -2}), floats({2}, {1, 0.5F})}),
        {2, 2}, {1, 2, -2, -4});
    CHECK_THROWS_AS(evaluated(QuantizeLinear{ElementType::S8}, {floats({1}, {1}), scale, point}), Error);
}
