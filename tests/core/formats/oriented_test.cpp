// SPDX-License-Identifier: GPL-3.0-or-later
// Channels-last files as channels-first graphs: the same numbers in another order.
#include "core/formats/common/oriented_layers.h"
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
    OrientedWriter writer{graph};
    const Oriented x{"x"};

    explicit Network(const Shape& shape) {
        graph.addInput("x", ElementType::F32, shape);
        writer.reserveValue("x");
    }
    std::vector<float> run(const Oriented& output, const Tensor& tensor, Shape* shape = nullptr) {
        const Graph done = infer(writer.finish({{"y", output}}));
        validate(done, "test");
        const Tensor result = evaluate(done, {{done.inputs[0], tensor}}).at(done.outputs[0]);
        CHECK(done.value(done.outputs[0]).name == "y");
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
    net.writer.startLayer("a");
    CHECK(net.writer.atHand(net.x).order == AxisOrder::AsInFile);
    const Oriented first = net.writer.channelsFirst(net.x);
    CHECK(first.isChannelsFirst());
    CHECK(net.writer.channelsFirst(net.x).name == first.name);
    CHECK(net.writer.asInFile(first).name == "x");
    CHECK(net.writer.atHand(net.x).name == first.name);
    CHECK(net.writer.shape(first) == Shape{2, 4, 5, 3});
    const Oriented y = net.writer.addNamed({Unary{UnaryKind::Neg}, {first}}, "y");
    CHECK(y.isChannelsFirst());
    Shape shape;
    const Tensor x = counted({2, 4, 5, 3});
    const std::vector<float> values = net.run(y, x, &shape);
    CHECK(shape == x.shape);
    CHECK(values[1] == -1);
    CHECK(values[119] == -119);
}

TEST_CASE("the layer's own node has its name, and all its nodes have it as origin") {
    Network net({1, 2, 2, 3});
    net.writer.reserveLayer("a");
    net.writer.startLayer("a");
    const Oriented sum = net.writer.add({Unary{UnaryKind::Neg}, {net.writer.channelsFirst(net.x)}});
    const Oriented y = net.writer.addNamed({Unary{UnaryKind::Relu}, {sum}}, "y");
    const Graph graph = net.writer.finish({{"y", y}});
    std::vector<std::string> names;
    for (const Node& node : graph.nodes()) {
        names.push_back(node.name);
        CHECK(node.origins == std::vector<std::string>{"a"});
    }
    CHECK(names == std::vector<std::string>{"a_nchw", "a", "a_Relu", "a_nhwc"});
}

TEST_CASE("operands of fewer dimensions are broadcast along the file's last ones") {
    Network net({1, 2, 2, 3});
    OrientedWriter& writer = net.writer;
    for (const char* name : {"perChannel", "perColumn", "scalar"})
        writer.reserveValue(name);
    net.graph.addConstant("perChannel", Tensor::fromFloats({3}, std::vector<float>{10, 20, 30}),
                          QuantParams{ElementType::S8, {1, 2, 3}, {0, 0, 0}, 0});
    net.graph.addConstant("perColumn", Tensor::fromFloats({2, 1}, std::vector<float>{100, 200}));
    net.graph.addConstant("scalar", Tensor::fromFloats({}, std::vector<float>{1000}));
    writer.startLayer("a");
    const auto first = writer.aligned({writer.channelsFirst(net.x), {"perChannel"}});
    const Oriented one = writer.addNamed({Binary{BinaryKind::Add, {}}, first}, "s1");
    CHECK(one.isChannelsFirst());
    writer.startLayer("b");
    const Oriented two = writer.addNamed({Binary{BinaryKind::Add, {}}, writer.aligned({{"perColumn"}, one})}, "s2");
    writer.startLayer("c");
    const Oriented three = writer.addNamed({Binary{BinaryKind::Add, {}}, writer.aligned({two, {"scalar"}})}, "s3");
    const Graph graph = infer(writer.finish({{"s3", three}}));
    const Value& perChannel = graph.value(nodeNamed(graph, "a").inputs.at(1));
    CHECK(perChannel.quant->axis == 1);
    CHECK(perChannel.shape == Shape{1, 3, 1, 1});
    const auto values = evaluate(graph, {{graph.inputs[0], counted({1, 2, 2, 3})}});
    CHECK(values.at(graph.outputs[0]).toFloats() ==
          std::vector<float>{1110, 1121, 1132, 1213, 1224, 1235, 1116, 1127, 1138, 1219, 1230, 1241});
}

TEST_CASE("a computed operand of fewer dimensions is broadcast too") {
    Network net({1, 2, 2, 3});
    net.writer.startLayer("max");
    const Oriented largest = net.writer.add({Reduce{ReduceKind::Max, {0, 1}, false}, {net.x}}); // [2,3]
    net.writer.startLayer("neg");
    const Oriented negative = net.writer.add({Unary{UnaryKind::Neg}, {net.writer.channelsFirst(net.x)}});
    net.writer.startLayer("add");
    const Oriented y = net.writer.addNamed({Binary{BinaryKind::Add, {}}, net.writer.aligned({negative, largest})}, "y");
    CHECK(net.run(y, counted({1, 2, 2, 3})) == std::vector<float>{6, 6, 6, 6, 6, 6, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("a feature map of one position is reshaped, not transposed") {
    Network net({7, 1, 1, 6});
    net.writer.startLayer("a");
    const Oriented y = net.writer.add({Unary{UnaryKind::Neg}, {net.writer.channelsFirst(net.x)}});
    const Graph graph = net.writer.finish({{"y", y}});
    for (const Node& node : graph.nodes())
        CHECK_FALSE(std::holds_alternative<Transpose>(node.op));
    CHECK(infer(graph).value(graph.outputs[0]).shape == Shape{7, 1, 1, 6});
}

TEST_CASE("axes, lists and grids follow the order") {
    const Oriented inFile{"x"}, first{"x", AxisOrder::ChannelsFirst};
    CHECK(first.axis(3) == 1);
    CHECK(first.axis(1) == 2);
    CHECK(inFile.axis(3) == 3);
    CHECK(first.dimensions({1, 2, 3, 4}) == std::vector<int64_t>{1, 4, 2, 3});
    CHECK(first.grid({ElementType::S8, {1, 1}, {0, 0}, 3}).axis == 1);
    CHECK(std::get<Pad>(padded(first, {0, 1, 2, 3, 4, 5, 6, 7}, PadMode::Constant, 0).op).pads ==
          std::vector<int64_t>{0, 6, 2, 4, 1, 7, 3, 5});
}

TEST_CASE("what removes dimensions turns a tensor only where the rest would be in another order") {
    Network net({2, 4, 5, 3});
    net.writer.startLayer("a");
    const Oriented x = net.writer.channelsFirst(net.x);
    const auto reads = [](const Step& step) { return step.inputs.front(); };
    CHECK(reads(reduced(net.writer, x, ReduceKind::Sum, {2, 1}, false)).name == x.name);
    CHECK(std::get<Reduce>(reduced(net.writer, x, ReduceKind::Sum, {2, 1}, false).op).axes ==
          std::vector<int64_t>{2, 3});
    CHECK(reads(reduced(net.writer, x, ReduceKind::Sum, {1}, false)).name == "x");
    CHECK(reads(reduced(net.writer, x, ReduceKind::Sum, {1}, true)).isChannelsFirst());
    CHECK(reads(argReduced(net.writer, x, true, 3)).name == x.name);
    CHECK_FALSE(reads(argReduced(net.writer, x, true, 3)).isChannelsFirst());
    CHECK(reads(squeezed(net.writer, x, {1, 0})).name == "x");
}

TEST_CASE("what follows from constants alone is computed where the reader wants it, and charged") {
    Network net({1, 2});
    int64_t charged = 0;
    net.writer.computeConstants([&](const Tensor& result) { charged += result.elements(); });
    net.writer.startLayer("a");
    const Oriented sum = net.writer.constant("c", Tensor::fromFloats({2}, std::vector<float>{1, 2}));
    const Oriented turned = net.writer.add({Unary{UnaryKind::Neg}, {sum}});
    REQUIRE(net.writer.known(turned));
    CHECK(net.writer.known(turned)->toFloats() == std::vector<float>{-1, -2});
    CHECK(net.writer.isConstant(turned));
    CHECK(charged == 2);
    const Oriented y = net.writer.add({Binary{BinaryKind::Add, {}}, {net.x, turned}});
    CHECK(net.run(y, counted({1, 2})) == std::vector<float>{-1, -1});
}

TEST_CASE("a channels-first order of a tensor without 4 dimensions is refused") {
    Network net({1, 8});
    net.writer.startLayer("conv");
    CHECK_THROWS_WITH(net.writer.channelsFirst(net.x), Contains("4 dimensions"));
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
