// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that ONNX's test data of the installed release do not cover, by examples, and what is wrong with them.
#include "core/base/checked.h"
#include "tests/core/formats/computed.h"
#include "tests/core/formats/model_maker.h"

#include <cmath>
#include <utility>

using namespace halftone;
using namespace halftone::test;

namespace {

Tensor resultOf(const OneLayer& layer, const Tensor& x) {
    return compute(read(layer.model), x).outputs.front();
}

Tensor count(Shape shape) {
    std::vector<float> values;
    for (int64_t i = 0; i < elementCount(shape); ++i)
        values.push_back(static_cast<float>(i));
    return Tensor::fromFloats(std::move(shape), values);
}

} // namespace

TEST_CASE("AffineGrid gives the places that GridSample reads") {
    OneLayer layer("AffineGrid", 20, {1, 2, 3}, {"size"});
    layer.model.integers("size", {1, 1, 2, 2});
    const Tensor theta = Tensor::fromFloats({1, 2, 3}, std::vector<float>{1, 0, 0.25F, 0, 2, 0});
    checkEqual(resultOf(layer, theta), {1, 2, 2, 2}, {-0.25, -1, 0.75, -1, -0.25, 1, 0.75, 1});
    set(layer.node, "align_corners", int64_t{1});
    checkEqual(resultOf(layer, theta), {1, 2, 2, 2}, {-0.75, -2, 1.25, -2, -0.75, 2, 1.25, 2});
    layer.model.graph().mutable_initializer(0)->set_int64_data(2, 0);
    CHECK_REFUSAL(refusalOf(layer.model), "bad-input", "size");
}

TEST_CASE("CenterCropPad cuts off and adds on both sides") {
    OneLayer layer("CenterCropPad", 18, {2, 5}, {"shape"});
    layer.model.integers("shape", {4, 2});
    checkEqual(resultOf(layer, count({2, 5})), {4, 2}, {0, 0, 1, 2, 6, 7, 0, 0});
    OneLayer axes("CenterCropPad", 18, {2, 5}, {"shape"});
    axes.model.integers("shape", {3});
    set(axes.node, "axes", std::vector<int64_t>{-1});
    checkEqual(resultOf(axes, count({2, 5})), {2, 3}, {1, 2, 3, 6, 7, 8});
}

TEST_CASE("Col2Im adds blocks up where they overlap") {
    OneLayer layer("Col2Im", 18, {1, 4, 4}, {"picture", "block"});
    layer.model.integers("picture", {3, 3});
    layer.model.integers("block", {2, 2});
    checkEqual(resultOf(layer, Tensor::fromFloats({1, 4, 4}, std::vector<float>(16, 1))), {1, 1, 3, 3},
               {1, 2, 1, 2, 4, 2, 1, 2, 1});
    checkEqual(resultOf(layer, count({1, 4, 4})), {1, 1, 3, 3}, {0, 5, 5, 10, 30, 20, 10, 25, 15});
    layer.model.graph().mutable_initializer(0)->set_int64_data(0, 4);
    CHECK_REFUSAL(refusalOf(layer.model), "bad-input", "another number of blocks than its picture");
}

TEST_CASE("norms are taken over windows, pictures and dimensions") {
    OneLayer pool("LpPool", 18, {1, 1, 1, 4});
    set(pool.node, "kernel_shape", std::vector<int64_t>{1, 2});
    set(pool.node, "strides", std::vector<int64_t>{1, 2});
    const Tensor x = Tensor::fromFloats({1, 1, 1, 4}, std::vector<float>{3, -4, 0, 2});
    checkEqual(resultOf(pool, x), {1, 1, 1, 2}, {5, 2});
    set(pool.node, "p", int64_t{1});
    checkEqual(resultOf(pool, x), {1, 1, 1, 2}, {7, 2});
    OneLayer global("GlobalLpPool", 2, {1, 1, 1, 4});
    checkEqual(resultOf(global, x), {1, 1, 1, 1}, {std::sqrt(29.0)});
    OneLayer normalization("LpNormalization", 22, {2, 2});
    checkEqual(resultOf(normalization, Tensor::fromFloats({2, 2}, std::vector<float>{3, -4, 0, 0})), {2, 2},
               {0.6, -0.8, 0, 0});
}

TEST_CASE("bits of whole numbers are combined") {
    for (const auto& [op, wanted] : std::initializer_list<std::pair<const char*, int64_t>>{
             {"BitwiseAnd", 8}, {"BitwiseOr", 14}, {"BitwiseXor", 6}}) {
        ModelMaker model(18);
        model.input("x", {1, 1});
        set(model.node("Cast", {"x"}, {"whole"}), "to", int64_t{7});
        model.integers("ten", {10});
        model.node(op, {"whole", "ten"}, {"bits"}, "layer");
        model.node("BitwiseNot", {"bits"}, {"y"}, "not");
        model.output("y");
        const Tensor result = compute(read(model), Tensor::fromFloats({1, 1}, std::vector<float>{12})).outputs.front();
        CHECK(result.toInt64s() == std::vector<int64_t>{~wanted});
    }
    OneLayer floats("BitwiseNot", 18, {1, 4});
    CHECK_THROWS_WITH(infer(read(floats.model).graph), Contains("only whole numbers make sense"));
}

TEST_CASE("NhwcMaxPool has its channels last") {
    OneLayer pool("NhwcMaxPool", 17, {1, 2, 2, 2});
    pool.node.set_domain("com.microsoft");
    set(pool.node, "kernel_shape", std::vector<int64_t>{2, 2});
    checkEqual(resultOf(pool, count({1, 2, 2, 2})), {1, 1, 1, 2}, {6, 7});
}

TEST_CASE("random numbers are drawn once, and that is said") {
    OneLayer layer("RandomNormalLike", 15, {1, 1000});
    layer.model.node("Add", {"x", "y"}, {"z"}, "add");
    layer.model.graph().mutable_output(0)->set_name("z");
    const ReadModel file = read(layer.model);
    REQUIRE(file.diagnostics.size() == 1);
    CHECK(file.diagnostics.front().code == "fixed-random-numbers");
    const Tensor zeros = Tensor::fromFloats({1, 1000}, std::vector<float>(1000, 0));
    const std::vector<float> drawn = compute(file, zeros).outputs.front().toFloats();
    double sum = 0, squares = 0;
    for (const float value : drawn) {
        sum += value;
        squares += value * value;
    }
    CHECK(std::abs(sum / 1000) < 0.15);
    CHECK(std::abs(squares / 1000 - 1) < 0.2);
    CHECK(compute(read(layer.model), zeros).outputs.front().toFloats() == drawn);
}
