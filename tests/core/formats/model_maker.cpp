// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/formats/model_maker.h"
#include "tests/support/read_model.h"

#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <stdexcept>
#include <stdlib.h>

namespace halftone::test {

ModelMaker::ModelMaker(int64_t opset) {
    proto.set_ir_version(8);
    proto.add_opset_import()->set_version(opset);
    graph().set_name("net");
}

onnx::ValueInfoProto& ModelMaker::input(const std::string& name, const std::vector<int64_t>& shape) {
    onnx::ValueInfoProto& value = *graph().add_input();
    value.set_name(name);
    auto& tensor = *value.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(onnx::TensorProto::FLOAT);
    tensor.mutable_shape();
    for (int64_t dim : shape) {
        auto& added = *tensor.mutable_shape()->add_dim();
        if (dim >= 0)
            added.set_dim_value(dim);
        else if (tensor.shape().dim_size() == 1)
            added.set_dim_param("N");
    }
    return value;
}

onnx::ValueInfoProto& ModelMaker::output(const std::string& name) {
    onnx::ValueInfoProto& value = *graph().add_output();
    value.set_name(name);
    return value;
}

onnx::TensorProto& ModelMaker::weight(const std::string& name, const std::vector<int64_t>& shape, float value) {
    size_t count = 1;
    for (int64_t dim : shape)
        count *= static_cast<size_t>(dim);
    return floats(name, shape, std::vector<float>(count, value));
}

onnx::TensorProto& ModelMaker::floats(const std::string& name, const std::vector<int64_t>& shape,
                                      const std::vector<float>& values) {
    onnx::TensorProto& tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    tensor.mutable_dims()->Add(shape.begin(), shape.end());
    tensor.set_raw_data(values.data(), values.size() * sizeof(float));
    return tensor;
}

onnx::TensorProto& ModelMaker::integers(const std::string& name, const std::vector<int64_t>& values) {
    onnx::TensorProto& tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::INT64);
    tensor.add_dims(static_cast<int64_t>(values.size()));
    tensor.mutable_int64_data()->Add(values.begin(), values.end());
    return tensor;
}

onnx::NodeProto& ModelMaker::node(const std::string& op, const std::vector<std::string>& inputs,
                                  const std::vector<std::string>& outputs, const std::string& name) {
    onnx::NodeProto& node = *graph().add_node();
    node.set_op_type(op);
    node.set_name(name);
    for (const std::string& input : inputs)
        node.add_input(input);
    for (const std::string& output : outputs)
        node.add_output(output);
    return node;
}

static onnx::AttributeProto& add(onnx::NodeProto& node, const std::string& name,
                                 onnx::AttributeProto::AttributeType type) {
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(type);
    return attribute;
}

void set(onnx::NodeProto& node, const std::string& attribute, int64_t value) {
    add(node, attribute, onnx::AttributeProto::INT).set_i(value);
}

void set(onnx::NodeProto& node, const std::string& attribute, float value) {
    add(node, attribute, onnx::AttributeProto::FLOAT).set_f(value);
}

void set(onnx::NodeProto& node, const std::string& attribute, const char* value) {
    add(node, attribute, onnx::AttributeProto::STRING).set_s(value);
}

void set(onnx::NodeProto& node, const std::string& attribute, const std::vector<int64_t>& values) {
    add(node, attribute, onnx::AttributeProto::INTS).mutable_ints()->Add(values.begin(), values.end());
}

void set(onnx::NodeProto& node, const std::string& attribute, const onnx::GraphProto& graph) {
    *add(node, attribute, onnx::AttributeProto::GRAPH).mutable_g() = graph;
}

ModelMaker smallModel(int64_t opset) {
    ModelMaker model(opset);
    model.input("x", {-1, 3, 8, 8});
    model.weight("w", {4, 3, 3, 3}, 0.5F);
    model.weight("b", {4}, -1);
    set(model.node("Conv", {"x", "w", "b"}, {"c"}, "conv1"), "pads", std::vector<int64_t>{1, 1, 1, 1});
    model.node("Relu", {"c"}, {"y"}, "relu1");
    model.output("y");
    return model;
}

static onnx::NodeProto& addLayer(ModelMaker& model, const std::string& op, const std::vector<int64_t>& shape,
                                 std::vector<std::string> inputs) {
    model.input("x", shape);
    model.output("y");
    inputs.insert(inputs.begin(), "x");
    return model.node(op, inputs, {"y"}, "layer");
}

OneLayer::OneLayer(const std::string& op, int64_t opset, const std::vector<int64_t>& shape,
                   const std::vector<std::string>& furtherInputs)
    : model(opset), node(addLayer(model, op, shape, furtherInputs)) {}

ReadModel readBytes(const std::string& bytes, const ReadLimits& limits) {
    const TemporaryFolder folder;
    return readModel(folder.write("net.onnx", bytes), limits);
}

ReadModel read(const ModelMaker& model) {
    return readBytes(model.bytes());
}

const Node& nodeNamed(const Graph& graph, const std::string& name) {
    for (const Node& node : graph.nodes())
        if (node.name == name)
            return node;
    throw std::runtime_error("no node " + name);
}

Op opOf(const ModelMaker& model, const std::string& name) {
    return nodeNamed(read(model).graph, name).op;
}

template <class F> static std::string refusal(F&& f) {
    try {
        f();
        return "read";
    } catch (const Error& error) {
        return fmt::format("{}: {}", name(error.code()), error.message());
    }
}

std::string refusalOfBytes(const std::string& bytes, const ReadLimits& limits) {
    return refusal([&] { readBytes(bytes, limits); });
}

std::string refusalOfFile(const std::string& path, const ReadLimits& limits) {
    return refusal([&] { readModel(path, limits); });
}

std::string refusalOf(const ModelMaker& model) {
    return refusalOfBytes(model.bytes());
}

std::string unsupportedIn(const ModelMaker& model) {
    return refusal([&] { refuseUnsupported(read(model)); });
}

} // namespace halftone::test
