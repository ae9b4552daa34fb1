// SPDX-License-Identifier: GPL-3.0-or-later
// Networks written as ONNX are read back and compute the same.
#include "core/base/file.h"
#include "core/formats/onnx/onnx_writer.h"
#include "core/graph/evaluate.h"
#include "core/graph/infer.h"
#include "core/passes/passes.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"
#include "tests/support/read_model.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <unistd.h>

using namespace halftone;
using namespace halftone::test;

namespace {

namespace fs = std::filesystem;

ReadModel readBack(const Graph& graph, const std::string& batch = {}) {
    const fs::path path = fs::temp_directory_path() / ("halftone-written-" + std::to_string(getpid()) + ".onnx");
    writeFileAtomically(path.string(), onnxModel(graph, {"1.0", batch}));
    const ReadModel file = readModel(path.string());
    fs::remove(path);
    refuseUnsupported(file);
    return file;
}

std::vector<float> resultOf(const Graph& graph) {
    std::map<ValueId, Tensor> inputs;
    for (const ValueId input : graph.inputs)
        inputs.emplace(input, noise(graph.value(input).shape, 5));
    return evaluate(graph, inputs).at(graph.outputs.front()).toFloats();
}

void checkSame(const Graph& graph) {
    const Graph read = infer(readBack(graph).graph);
    const std::vector<float> wanted = resultOf(graph), actual = resultOf(read);
    REQUIRE(actual.size() == wanted.size());
    CHECK(read.value(read.outputs.front()).shape == graph.value(graph.outputs.front()).shape);
    for (size_t i = 0; i < wanted.size(); ++i)
        CHECK(std::abs(actual[i] - wanted[i]) <= 1e-5F * std::max(1.0F, std::abs(wanted[i])));
}

QuantParams grid(float scale, int32_t zeroPoint) {
    return {ElementType::U8, {scale}, {zeroPoint}, std::nullopt};
}

/// Conv with ReLU, residual Add with ReLU, pool, classifier, on grids but for the weights named `fp32`.
Graph quantizedNetwork(const std::string& fp32 = "") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 4, 8, 8});
    const ValueId first = b.node("first", Conv{{1, 1}, {1, 1}, {1, 1, 1, 1}, 1, {Unary{UnaryKind::Relu}}},
                                 {x, b.constant("first_w", Shape{4, 4, 3, 3}), b.constant("first_b", Shape{4})});
    const ValueId second = b.conv("second", first, 4, 4);
    const ValueId sum = b.node("sum", Binary{BinaryKind::Add, {Unary{UnaryKind::Relu}}}, {second, first});
    const ValueId pool = b.node("pool", Pool{PoolKind::AverageExcludePad, true}, {sum});
    const ValueId flat = b.node("flat", Reshape{{1, 4}}, {pool});
    const ValueId classes = b.node("classes", FullyConnected{},
                                   {flat, b.constant("classes_w", Shape{3, 4}), b.constant("classes_b", Shape{3})});
    Graph graph = b.build({classes});
    for (const Node& node : graph.nodes()) {
        graph.value(node.outputs.front()).quant = grid(0.05F, node.name == "second" ? 128 : 0);
        for (size_t i = 1; i < 2 && i < node.inputs.size() && node.name != fp32; ++i)
            if (graph.isConstant(node.inputs[i]))
                graph.value(node.inputs[i]).quant = weightParams(*graph.value(node.inputs[i]).constant, 0, 8);
    }
    graph.value(graph.inputs.front()).quant = grid(1.0F / 128, 128);
    return graph;
}

} // namespace

TEST_CASE("What is written as ONNX and read again computes the same") {
    for (const Unary& op :
         {Unary{UnaryKind::Clip, -0.5F, 0.5F}, Unary{UnaryKind::HardSwish, 1.0F / 6, 0.5F},
          Unary{UnaryKind::Swish, 1, 0}, Unary{UnaryKind::Swish, 1.7F, 0}, Unary{UnaryKind::Gelu},
          Unary{UnaryKind::GeluTanh}, Unary{UnaryKind::Mish}, Unary{UnaryKind::LeakyRelu, 0.1F},
          Unary{UnaryKind::Square}, Unary{UnaryKind::Elu, 0.7F}, Unary{UnaryKind::HardSigmoid, 0.2F, 0.5F},
          Unary{UnaryKind::Softsign}, Unary{UnaryKind::Celu, 0.8F}}) {
        INFO(opName(op));
        GraphBuilder b;
        checkSame(b.build({b.node("layer", op, {b.input("x", {1, 3, 4, 4})})}));
    }
    for (const Op& op :
         {Op{Softmax{1, true, false}}, Op{Softmax{-1, false, true}}, Op{Reduce{ReduceKind::Sum, {2}, false}},
          Op{Reduce{ReduceKind::L2, {}, true}}, Op{Normalize{{2, 3}, 1e-3F}}, Op{Lrn{3, 1e-2F, 0.6F, 1.5F}},
          Op{Transpose{{0, 2, 3, 1}}}, Op{Slice{{1}, {3}, {2}, {1}}}, Op{Pad{{0, 0, 1, 1, 0, 0, 1, 2}, 0.5F}},
          Op{Pool{PoolKind::AverageIncludePad, false, {2, 2}, {2, 2}, {1, 1}, {1, 1, 0, 0}}}, Op{Reshape{{1, -1}}},
          Op{Resize{ResizeMode::Linear, ResizeCoordinates::HalfPixel, ResizeRounding::PreferFloor, {1, 1, 2, 2}}},
          Op{Tile{{1, 2, 1, 1}}}}) {
        INFO(opName(op));
        GraphBuilder b;
        checkSame(b.build({b.node("layer", op, {b.input("x", {1, 3, 4, 4})})}));
    }
}

TEST_CASE("Fused activations and residual additions are written as layers of their own") {
    GraphBuilder b;
    const ValueId x = b.input("x", {1, 4, 6, 6});
    const ValueId conv = b.conv("conv", x, 4, 4);
    const ValueId sum = b.add("sum", conv, x);
    const Graph graph = runPasses(b.build({b.relu("relu", sum)}), standardPasses());
    REQUIRE(graph.nodes().size() == 1);
    checkSame(graph);
    CHECK(readBack(graph).operators == std::map<std::string, int>{{"Add", 1}, {"Conv", 1}, {"Relu", 1}});
}

TEST_CASE("A network on grids is read back with the same grids, weights and biases") {
    const Graph graph = quantizedNetwork();
    const ReadModel file = readBack(graph);
    CHECK(file.alreadyQuantized);
    const Graph read = runPasses(infer(file.graph), standardPasses());
    const auto tensor = [](const Graph& in, const std::string& name) {
        const auto found = std::ranges::find(in.values(), name, &Value::name);
        REQUIRE(found != in.values().end());
        return *found;
    };
    CHECK(tensor(read, "x").quant == grid(1.0F / 128, 128));
    for (const Node& node : read.nodes()) {
        INFO(node.name);
        if (!std::holds_alternative<Conv>(node.op) && !std::holds_alternative<FullyConnected>(node.op))
            continue;
        CHECK(read.value(node.inputs[0]).quant);
        const Value& weights = read.value(node.inputs[1]);
        REQUIRE(weights.quant);
        const Value written = tensor(graph, node.name + "_w");
        CHECK(weights.quant->scales == written.quant->scales);
        const std::vector<float> before = written.constant->toFloats(), after = weights.constant->toFloats();
        for (size_t i = 0; i < before.size(); ++i)
            CHECK(std::abs(before[i] - after[i]) <=
                  0.5001F * written.quant->scales[i / (before.size() / written.quant->scales.size())]);
    }
    CHECK(file.operators.at("QuantizeLinear") == 6); // x, first, second, sum, pool, flat
    // Weights and biases are rounded; the real-number network that is read back is close to that before.
    const std::vector<float> wanted = resultOf(graph), actual = resultOf(infer(file.graph));
    for (size_t i = 0; i < wanted.size(); ++i)
        CHECK(std::abs(actual[i] - wanted[i]) < 0.05F);
}

TEST_CASE("A layer without a grid on its weights is written as it is") {
    const ReadModel file = readBack(quantizedNetwork("second"));
    const auto conv = std::ranges::find(file.graph.nodes(), "second", &Node::name);
    REQUIRE(conv != file.graph.nodes().end());
    CHECK_FALSE(file.graph.value(conv->inputs[1]).quant);
    CHECK(file.graph.value(conv->inputs[1]).constant->floats().size() == 4 * 4 * 9);
}

TEST_CASE("A free batch stays free") {
    Graph graph = quantizedNetwork();
    const ReadModel file = readBack(graph, "N");
    CHECK(file.batch == "N");
    CHECK(file.inputs.front().shape.front() == Size{{}, "N"});
    const Graph three = file.at(3);
    CHECK(three.value(three.outputs.front()).shape == Shape{3, 3});
}

TEST_CASE("A layer that ONNX has no operator for is refused by name") {
    GraphBuilder b;
    Resize resize;
    resize.coordinates = ResizeCoordinates::HalfPixelSymmetric;
    resize.scales = {1, 1, 2, 2};
    const Graph graph = b.build({b.node("up", resize, {b.input("x", {1, 1, 2, 2})})});
    CHECK_THROWS_WITH(onnxModel(graph, {}), Contains("up") && Contains("operator set 13"));
}
