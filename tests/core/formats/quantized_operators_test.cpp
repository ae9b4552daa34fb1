// SPDX-License-Identifier: GPL-3.0-or-later
// Models that were quantized before: codes are read as the numbers they mean, on their grid.
#include "core/graph/infer.h"
#include "tests/core/formats/model_maker.h"
#include "tests/support/catch.h"
#include "tests/support/read_model.h"

using namespace halftone;
using namespace halftone::test;

namespace {

onnx::TensorProto& codes(ModelMaker& model, const std::string& name, onnx::TensorProto::DataType type,
                         const std::vector<int64_t>& shape, const std::vector<int32_t>& values) {
    onnx::TensorProto& tensor = *model.graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(type);
    for (const int64_t dim : shape)
        tensor.add_dims(dim);
    for (const int32_t value : values)
        tensor.add_int32_data(value);
    return tensor;
}

/// x -> QuantizeLinear "q" (scale s, zero point z of u8).
ModelMaker quantizedInput() {
    ModelMaker model;
    model.input("x", {1, 2, 4, 4});
    model.floats("s", {}, {0.5F});
    codes(model, "z", onnx::TensorProto::UINT8, {}, {3});
    model.node("QuantizeLinear", {"x", "s", "z"}, {"xq"}, "q");
    return model;
}

const Value& valueNamed(const Graph& graph, const std::string& name) {
    for (const Value& value : graph.values())
        if (value.name == name)
            return value;
    FAIL("no value " << name);
    throw;
}

const QuantParams inputGrid{ElementType::U8, {0.5F}, {3}, std::nullopt};

} // namespace

TEST_CASE("quantizing and dequantizing a tensor puts it on a grid and changes nothing else") {
    ModelMaker model = quantizedInput();
    model.node("DequantizeLinear", {"xq", "s", "z"}, {"xd"}, "dq");
    model.node("Relu", {"xd"}, {"y"}, "relu");
    model.output("y");
    const ReadModel file = read(model);
    CHECK(file.alreadyQuantized);
    CHECK(std::holds_alternative<Identity>(nodeNamed(file.graph, "q").op));
    CHECK(valueNamed(file.graph, "xq").quant == inputGrid);
    CHECK(valueNamed(file.graph, "xd").quant == inputGrid);
    CHECK_FALSE(valueNamed(file.graph, "y").quant);
}

TEST_CASE("quantized weights are the numbers that their codes mean, on the grid of the file") {
    ModelMaker model = quantizedInput();
    model.node("DequantizeLinear", {"xq", "s", "z"}, {"xd"}, "dq");
    codes(model, "w", onnx::TensorProto::INT8, {2, 2, 1, 1}, {1, -2, 3, 127});
    model.floats("ws", {2}, {0.25F, 2});
    codes(model, "wz", onnx::TensorProto::INT8, {2}, {0, 1});
    onnx::NodeProto& dq = model.node("DequantizeLinear", {"w", "ws", "wz"}, {"wd"}, "weights");
    set(dq, "axis", int64_t{0});
    codes(model, "b", onnx::TensorProto::INT32, {2}, {1000, -8});
    model.floats("bs", {2}, {0.125F, 1});
    set(model.node("DequantizeLinear", {"b", "bs"}, {"bd"}, "bias"), "axis", int64_t{0});
    model.node("Conv", {"xd", "wd", "bd"}, {"y"}, "conv");
    model.output("y");
    const Graph graph = read(model).graph;
    const Value& weights = valueNamed(graph, "wd");
    CHECK(weights.constant->toFloats() == std::vector<float>{0.25F, -0.5F, 4, 252});
    CHECK((weights.quant == QuantParams{ElementType::S8, {0.25F, 2}, {0, 1}, 0}));
    const Value& bias = valueNamed(graph, "bd");
    CHECK(bias.constant->toFloats() == std::vector<float>{125, -8});
    CHECK_FALSE(bias.quant); // 32 bits are no grid that an engine rounds to
}

TEST_CASE("weights in fp32 behind QuantizeLinear are rounded") {
    ModelMaker model = quantizedInput();
    model.floats("w", {1, 2, 1, 1}, {0.6F, -1.74F});
    model.node("QuantizeLinear", {"w", "s", "z"}, {"wq"}, "wq");
    model.node("DequantizeLinear", {"wq", "s", "z"}, {"wd"}, "wd");
    model.node("DequantizeLinear", {"xq", "s", "z"}, {"xd"}, "dq");
    model.node("Conv", {"xd", "wd"}, {"y"}, "conv");
    model.output("y");
    const Graph graph = read(model).graph;
    const Value& weights = valueNamed(graph, "wq");
    CHECK(weights.constant->toFloats() == std::vector<float>{0.5F, -1.5F});
    CHECK(weights.quant == inputGrid);
}

TEST_CASE("QLinearConv is a convolution whose result lies on a grid") {
    ModelMaker model = quantizedInput();
    codes(model, "w", onnx::TensorProto::INT8, {2, 2, 3, 3}, std::vector<int32_t>(36, 2));
    model.floats("ws", {2}, {0.25F, 2});
    codes(model, "wz", onnx::TensorProto::INT8, {2}, {0, 0});
    codes(model, "b", onnx::TensorProto::INT32, {2}, {8, 8});
    model.floats("ys", {}, {0.75F});
    codes(model, "yz", onnx::TensorProto::INT8, {}, {-128});
    onnx::NodeProto& conv =
        model.node("QLinearConv", {"xq", "s", "z", "w", "ws", "wz", "ys", "yz", "b"}, {"yq"}, "conv");
    set(conv, "pads", std::vector<int64_t>{1, 1, 1, 1});
    model.node("DequantizeLinear", {"yq", "ys", "yz"}, {"y"}, "dq");
    model.output("y");
    const Graph graph = read(model).graph;
    const Node& node = nodeNamed(graph, "conv");
    CHECK(std::get<Conv>(node.op).pads == Pads{1, 1, 1, 1});
    CHECK(graph.value(node.inputs[0]).quant == inputGrid);
    CHECK(graph.value(node.inputs[1]).constant->toFloats().back() == 4);
    CHECK((graph.value(node.inputs[1]).quant == QuantParams{ElementType::S8, {0.25F, 2}, {0, 0}, 0}));
    CHECK(graph.value(node.inputs[2]).constant->toFloats() == std::vector<float>{1, 8}); // 8 * 0.5 * 0.25, 8 * 0.5 * 2
    CHECK((graph.value(node.outputs[0]).quant == QuantParams{ElementType::S8, {0.75F}, {-128}, std::nullopt}));
}

TEST_CASE("codes can be moved, but are not computed with") {
    ModelMaker model = quantizedInput();
    set(model.node("MaxPool", {"xq"}, {"pq"}, "pool"), "kernel_shape", std::vector<int64_t>{2, 2});
    model.node("DequantizeLinear", {"pq", "s", "z"}, {"y"}, "dq");
    model.output("y");
    CHECK(valueNamed(read(model).graph, "pq").quant == inputGrid);

    ModelMaker relu = quantizedInput();
    relu.node("Relu", {"xq"}, {"y"}, "layer");
    relu.output("y");
    CHECK(std::get<Opaque>(opOf(relu)).reason == "Relu of codes that it would compute with");
}

TEST_CASE("codes that are no grid of their tensor are made by an operator of their own") {
    const auto opWith = [](auto&& change) {
        ModelMaker model;
        model.input("x", {1, 2, 4, 4});
        model.floats("s", {}, {0.5F});
        codes(model, "z", onnx::TensorProto::UINT8, {}, {3});
        onnx::NodeProto& node = model.node("QuantizeLinear", {"x", "s", "z"}, {"y"}, "layer");
        model.output("y");
        change(model, node);
        return opOf(model);
    };
    CHECK(opWith([](ModelMaker& model, onnx::NodeProto&) {
              model.graph().mutable_initializer(1)->set_data_type(onnx::TensorProto::UINT16);
          }) == Op(QuantizeLinear{ElementType::U16, 1}));
    CHECK(opWith([](ModelMaker& model, onnx::NodeProto& node) {
              model.floats("s2", {2}, {1, 2});
              codes(model, "z2", onnx::TensorProto::UINT8, {2}, {0, 0});
              *node.mutable_input(1) = "s2";
              *node.mutable_input(2) = "z2";
          }) == Op(QuantizeLinear{ElementType::U8, 1}));
    CHECK(opWith([](ModelMaker& model, onnx::NodeProto& node) {
              model.input("s3", {});
              *node.mutable_input(1) = "s3";
          }) == Op(QuantizeLinear{ElementType::U8, 1}));
}

TEST_CASE("codes that the network is given and gives are converted at its borders") {
    ModelMaker model;
    model.input("xq", {1, 2, 4, 4}).mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::UINT8);
    model.floats("s", {}, {0.5F});
    codes(model, "z", onnx::TensorProto::UINT8, {}, {3});
    model.node("DequantizeLinear", {"xq", "s", "z"}, {"x"}, "dq");
    model.node("Relu", {"x"}, {"r"}, "relu");
    model.node("QuantizeLinear", {"r", "s", "z"}, {"yq"}, "q");
    model.output("yq");
    const Graph graph = infer(read(model).graph);
    const QuantParams grid{ElementType::U8, {0.5F}, {3}, std::nullopt};
    CHECK(nodeNamed(graph, "dq").op == Op(DequantizeLinear{1}));
    CHECK(valueNamed(graph, "x").quant == grid);
    REQUIRE(graph.outputs.size() == 1);
    const Value& output = graph.value(graph.outputs[0]);
    CHECK(output.name == "yq");
    CHECK(output.type == ElementType::U8);
    CHECK(graph.nodes().back().op == Op(QuantizeLinear{ElementType::U8, 0}));
    CHECK(graph.nodes().back().origins == std::vector<std::string>{"q"});
    CHECK(graph.value(graph.nodes().back().inputs[0]).quant == grid);
}

TEST_CASE("scales that are no positive numbers are named") {
    ModelMaker model;
    model.input("x", {1, 2, 4, 4});
    model.floats("s", {}, {0});
    model.node("QuantizeLinear", {"x", "s"}, {"y"});
    model.output("y");
    CHECK_REFUSAL(refusalOf(model), "bad-input", "has a scale that is not a number above 0");
}
