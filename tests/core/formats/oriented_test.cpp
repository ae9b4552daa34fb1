// SPDX-License-Identifier: GPL-3.0-or-later
// Channels-last files as channels-first graphs: the same numbers in another order.
#include "core/formats/common/oriented.h"
#include "core/formats/common/padding.h"
#include "core/graph/element.h"
#include "core/graph/evaluate.h"
#include "core/graph/infer.h"
#include "core/graph/validate.h"
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"

#include <numeric>

using namespace halftone;
using namespace halftone::test;

namespace {

Tensor counted(const Shape& shape) {
    std::vector<float> values(
        static_cast<size_t>(std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>())));
    std::iota(values.begin(), values.end(), 0.0F);
    return Tensor::fromFloats(shape, values);
}

/// A network under construction with the input "x" of `shape`.
struct Network {
    GraphBuilder graph{"net"};
    NhwcBuilder nhwc{graph};

    explicit Network(const Shape& shape) {
        graph.addInput("x", ElementType::F32, shape);
        nhwc.reserveValue("x");
    }
    std::vector<float> run(const std::string& output, const Tensor& x, Shape* shape = nullptr) {
        const Graph done = infer(nhwc.finish({output}));
        validate(done, "test");
        const Tensor result = evaluate(done, {{done.inputs[0], x}}).at(done.outputs[0]);
        CHECK(done.value(done.outputs[0]).name == output);
        if (shape)
            *shape = result.shape;
        return result.toFloats();
    }
};

} // namespace

TEST_CASE("constants are permuted, whatever the size of their elements") {
    const Tensor tensor = counted({2, 3, 4, 5});
    const Tensor moved = permuted(tensor, kNhwcToNchw);
    CHECK(moved.shape == Shape{2, 5, 3, 4});
    CHECK(moved.floats()[1] == 5); // [0,0,0,1] is [0,0,1,0] of the file
    CHECK(permuted(moved, kNchwToNhwc) == tensor);
    const Tensor codes = castTensor(tensor, ElementType::U8);
    CHECK(permuted(codes, kNhwcToNchw) == castTensor(moved, ElementType::U8));
    const Tensor scalar = Tensor::fromFloats({}, std::vector<float>{7});
    CHECK(permuted(scalar, {}) == scalar);
}

TEST_CASE("a value is transposed once for all who want the other order") {
    Network net({2, 4, 5, 3});
    net.nhwc.startLayer("a");
    const ValueId first = net.nhwc.channelsFirst("x");
    CHECK(net.nhwc.channelsFirst("x") == first);
    CHECK(net.nhwc.order("x") == AxisOrder::ChannelsFirst);
    CHECK(net.nhwc.shape("x") == Shape{2, 4, 5, 3});
    net.nhwc.markOutput("y");
    net.nhwc.add(Unary{UnaryKind::Neg}, {first}, "y", AxisOrder::ChannelsFirst);
    Shape shape;
    const Tensor x = counted({2, 4, 5, 3});
    const std::vector<float> y = net.run("y", x, &shape);
    CHECK(shape == x.shape);
    CHECK(y[1] == -1);
    CHECK(y[119] == -119);
}

TEST_CASE("the layer's own node has its name, and all its nodes have it as origin") {
    Network net({1, 2, 2, 3});
    net.nhwc.reserveLayer("a");
    net.nhwc.startLayer("a");
    const ValueId x = net.nhwc.channelsFirst("x");
    const ValueId sum = net.nhwc.add(Unary{UnaryKind::Neg}, {x});
    net.nhwc.add(Unary{UnaryKind::Relu}, {sum}, "y", AxisOrder::ChannelsFirst);
    const Graph graph = net.nhwc.finish({"y"});
    std::vector<std::string> names;
    for (const Node& node : graph.nodes()) {
        names.push_back(node.name);
        CHECK(node.origins == std::vector<std::string>{"a"});
    }
    CHECK(names == std::vector<std::string>{"a_nchw", "a", "a_Relu", "a_nhwc"});
}

TEST_CASE("operands of fewer dimensions are broadcast along the file's last ones") {
    Network net({1, 2, 2, 3});
    net.graph.addConstant("perChannel", Tensor::fromFloats({3}, std::vector<float>{10, 20, 30}),
                          QuantParams{ElementType::S8, {1, 2, 3}, {0, 0, 0}, 0});
    net.graph.addConstant("perColumn", Tensor::fromFloats({2, 1}, std::vector<float>{100, 200}));
    net.graph.addConstant("scalar", Tensor::fromFloats({}, std::vector<float>{1000}));
    net.nhwc.startLayer("a");
    net.nhwc.channelsFirst("x");
    const auto first = net.nhwc.elementwise({"x", "perChannel"});
    CHECK(first.order == AxisOrder::ChannelsFirst);
    net.nhwc.add(Binary{BinaryKind::Add, {}}, first.values, "s1", first.order);
    net.nhwc.startLayer("b");
    const auto second = net.nhwc.elementwise({"perColumn", "s1"});
    net.nhwc.add(Binary{BinaryKind::Add, {}}, second.values, "s2", second.order);
    net.nhwc.startLayer("c");
    const auto third = net.nhwc.elementwise({"s2", "scalar"});
    net.nhwc.add(Binary{BinaryKind::Add, {}}, third.values, "s3", third.order);
    const Graph graph = infer(net.nhwc.finish({"s3"}));
    CHECK(graph.value(first.values[1]).quant->axis == 1);
    CHECK(graph.value(first.values[1]).shape == Shape{1, 3, 1, 1});
    const auto values = evaluate(graph, {{graph.inputs[0], counted({1, 2, 2, 3})}});
    CHECK(values.at(graph.outputs[0]).toFloats() ==
          std::vector<float>{1110, 1121, 1132, 1213, 1224, 1235, 1116, 1127, 1138, 1219, 1230, 1241});
}

TEST_CASE("a computed operand of fewer dimensions is broadcast too") {
    Network net({1, 2, 2, 3});
    net.nhwc.markOutput("y");
    net.nhwc.startLayer("mean");
    net.nhwc.add(Reduce{ReduceKind::Max, {0, 1}, false}, {net.nhwc.asInFile("x")}, "m"); // [2,3]
    net.nhwc.startLayer("neg");
    net.nhwc.add(Unary{UnaryKind::Neg}, {net.nhwc.channelsFirst("x")}, "n", AxisOrder::ChannelsFirst);
    net.nhwc.startLayer("add");
    const auto operands = net.nhwc.elementwise({"n", "m"});
    net.nhwc.add(Binary{BinaryKind::Add, {}}, operands.values, "y", operands.order);
    CHECK(net.run("y", counted({1, 2, 2, 3})) == std::vector<float>{6, 6, 6, 6, 6, 6, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("a feature map of one position is reshaped, not transposed") {
    Network net({7, 1, 1, 6});
    net.nhwc.startLayer("a");
    net.nhwc.add(Unary{UnaryKind::Neg}, {net.nhwc.channelsFirst("x")}, "y", AxisOrder::ChannelsFirst);
    const Graph graph = net.nhwc.finish({"y"});
    for (const Node& node : graph.nodes())
        CHECK_FALSE(std::holds_alternative<Transpose>(node.op));
    CHECK(infer(graph).value(graph.outputs[0]).shape == Shape{7, 1, 1, 6});
}

TEST_CASE("axes, lists and grids follow the order") {
    CHECK(axisIn(AxisOrder::ChannelsFirst, 3) == 1);
    CHECK(axisIn(AxisOrder::ChannelsFirst, 1) == 2);
    CHECK(axisIn(AxisOrder::AsInFile, 3) == 3);
    CHECK(dimensionsIn<int64_t>(AxisOrder::ChannelsFirst, {1, 2, 3, 4}) == std::vector<int64_t>{1, 4, 2, 3});
    CHECK(gridIn(AxisOrder::ChannelsFirst, {ElementType::S8, {1, 1}, {0, 0}, 3}).axis == 1);
}

TEST_CASE("a channels-first order of a tensor without 4 dimensions is refused") {
    Network net({1, 8});
    net.nhwc.startLayer("conv");
    CHECK_THROWS_WITH(net.nhwc.channelsFirst("x"), Contains("4 dimensions"));
}

TEST_CASE("padding SAME gives ceil(input / stride) results and puts the odd one where the format wants it") {
    const auto check = [](int64_t input, int64_t kernel, int64_t stride, int64_t dilation, EdgePads wanted) {
        const EdgePads end = samePadding(input, kernel, stride, dilation);
        CHECK(end.begin == wanted.begin);
        CHECK(end.end == wanted.end);
        const EdgePads begin = samePadding(input, kernel, stride, dilation, false);
        CHECK(begin.begin == wanted.end);
        CHECK(begin.end == wanted.begin);
    };
    check(224, 3, 2, 1, {0, 1});
    check(225, 3, 2, 1, {1, 1});
    check(10, 3, 1, 2, {2, 2});
    check(7, 2, 2, 1, {0, 1});
    check(8, 1, 3, 1, {0, 0});
}
