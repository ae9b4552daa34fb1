// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/passes/pass_test.h"

using namespace halftone;
using namespace halftone::test;

namespace {

Graph oneConv(const Shape& src, const Shape& weights, const Conv& op) {
    GraphBuilder b;
    return b.build({b.node("Conv", op, {b.input("x", src), b.constant("w", weights)})});
}

const Conv& convOf(const Graph& graph) {
    return std::get<Conv>(graph.node(0).op);
}
const Shape& weightsOf(const Graph& graph) {
    return graph.value(graph.node(0).inputs[1]).shape;
}

Conv padded(int64_t stride, Pads pads, int64_t dilation = 1, int64_t groups = 1) {
    return Conv{{stride, stride}, {dilation, dilation}, std::move(pads), groups, {}};
}

} // namespace

TEST_CASE("A 3x3 kernel over a single position keeps its centre") {
    const Graph after = checkedPass(cropKernels, oneConv({2, 4, 1, 1}, {6, 4, 3, 3}, padded(1, {1, 1, 1, 1})));
    CHECK(weightsOf(after) == Shape{6, 4, 1, 1});
    CHECK(convOf(after).pads == Pads{0, 0, 0, 0});
}

TEST_CASE("A kernel keeps the rows and columns that some position needs, each dimension for itself") {
    const Graph strided = checkedPass(cropKernels, oneConv({1, 2, 2, 2}, {2, 2, 3, 3}, padded(2, {1, 1, 1, 1})));
    CHECK(weightsOf(strided) == Shape{2, 2, 2, 2});
    CHECK(convOf(strided).pads == Pads{0, 0, 0, 0});
    const Graph flat = checkedPass(cropKernels, oneConv({1, 2, 1, 9}, {2, 2, 3, 3}, padded(1, {1, 1, 1, 1})));
    CHECK(weightsOf(flat) == Shape{2, 2, 1, 3});
    CHECK(convOf(flat).pads == Pads{0, 1, 0, 1});
    const Graph wide = checkedPass(cropKernels, oneConv({1, 2, 2, 2}, {2, 2, 7, 7}, padded(1, {3, 3, 3, 3})));
    CHECK(weightsOf(wide) == Shape{2, 2, 3, 3});
    CHECK(convOf(wide).pads == Pads{1, 1, 1, 1});
    const Graph dilated = checkedPass(cropKernels, oneConv({1, 4, 3, 3}, {4, 1, 3, 3}, padded(1, {4, 4, 4, 4}, 4, 4)));
    CHECK(weightsOf(dilated) == Shape{4, 1, 1, 1});
}

TEST_CASE("Kernels of any place, stride and dilation compute the same when they are cropped") {
    for (const int64_t size : {1, 2, 3, 5})
        for (const int64_t taps : {1, 2, 3, 5})
            for (const int64_t stride : {1, 2, 3})
                for (const int64_t dilation : {1, 2})
                    for (const auto& [begin, end] : {std::pair<int64_t, int64_t>{0, 0}, {1, 1}, {0, 3}, {4, 1}}) {
                        if (size + begin + end < dilation * (taps - 1) + 1)
                            continue;
                        const Graph graph = oneConv({1, 2, size, size}, {3, 2, taps, taps},
                                                    padded(stride, {begin, end, end, begin}, dilation));
                        if (std::ranges::count(graph.value(graph.outputs[0]).shape, 0) == 0)
                            checkedPass(cropKernels, graph);
                    }
}

TEST_CASE("The grid of weights stays, and weights that another layer reads stay whole for it") {
    GraphBuilder b;
    const ValueId w = b.constant("w", Shape{2, 2, 3, 3});
    const ValueId small = b.node("Small", padded(1, {1, 1, 1, 1}), {b.input("x", {1, 2, 1, 1}), w});
    const ValueId large = b.node("Large", padded(1, {1, 1, 1, 1}), {b.input("y", {1, 2, 5, 5}), w});
    Graph graph = b.build({small, large});
    const QuantParams grid{ElementType::S8, {0.5F, 0.25F}, {0, 0}, 0};
    graph.value(w).quant = grid;
    const Graph after = checkedPass(cropKernels, graph);
    CHECK(after.value(after.node(0).inputs[1]).shape == Shape{2, 2, 1, 1});
    CHECK(after.value(after.node(0).inputs[1]).quant == grid);
    CHECK(after.value(after.node(1).inputs[1]).shape == Shape{2, 2, 3, 3});
}

TEST_CASE("A kernel whose every tap meets the picture is left alone, and one that is computed too") {
    checkUntouched(cropKernels, oneConv({1, 2, 2, 2}, {2, 2, 3, 3}, padded(1, {1, 1, 1, 1})));
    checkUntouched(cropKernels, oneConv({1, 2, 9, 9}, {2, 2, 5, 5}, padded(3, {2, 2, 2, 2})));
    GraphBuilder b;
    checkUntouched(cropKernels, b.build({b.node("Conv", padded(1, {1, 1, 1, 1}),
                                                {b.input("x", {1, 2, 1, 1}), b.input("w", {2, 2, 3, 3})})}));
}
