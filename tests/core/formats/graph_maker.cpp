// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/formats/graph_maker.h"

#include "core/base/error.h"
#include "core/formats/tensorflow/tensorflow_reader.h"
#include "core/graph/evaluate.h"
#include "core/graph/infer.h"
#include "tests/core/formats/model_maker.h"
#include "tests/support/read_model.h"

#include <cmath>
#include <stdexcept>

namespace halftone::test {

graphdef::NodeDef& GraphMaker::node(const std::string& op, const std::string& name,
                                    const std::vector<std::string>& inputs) {
    graphdef::NodeDef& node = *proto.add_node();
    node.set_op(op);
    node.set_name(name);
    for (const std::string& input : inputs)
        node.add_input(input);
    return node;
}

graphdef::NodeDef& GraphMaker::placeholder(const std::string& name, const std::vector<int64_t>& shape) {
    graphdef::NodeDef& added = node("Placeholder", name);
    set(added, "dtype", graphdef::DT_FLOAT);
    for (const int64_t dim : shape)
        attribute(added, "shape").mutable_shape()->add_dim()->set_size(dim);
    attribute(added, "shape").mutable_shape();
    return added;
}

graphdef::NodeDef& GraphMaker::tensor(const std::string& name, graphdef::TensorProto tensor) {
    graphdef::NodeDef& added = node("Const", name);
    set(added, "dtype", tensor.dtype());
    *attribute(added, "value").mutable_tensor() = std::move(tensor);
    return added;
}

graphdef::NodeDef& GraphMaker::floats(const std::string& name, const std::vector<int64_t>& shape,
                                      const std::vector<float>& values) {
    graphdef::TensorProto proto;
    proto.set_dtype(graphdef::DT_FLOAT);
    proto.mutable_tensor_shape();
    for (const int64_t dim : shape)
        proto.mutable_tensor_shape()->add_dim()->set_size(dim);
    for (const float value : values)
        proto.add_float_val(value);
    return tensor(name, std::move(proto));
}

graphdef::NodeDef& GraphMaker::noise(const std::string& name, const std::vector<int64_t>& shape, uint32_t seed) {
    size_t count = 1;
    for (const int64_t dim : shape)
        count *= static_cast<size_t>(dim);
    return floats(name, shape, noiseOf(count, seed));
}

graphdef::NodeDef& GraphMaker::integers(const std::string& name, const std::vector<int64_t>& values) {
    graphdef::TensorProto proto;
    proto.set_dtype(graphdef::DT_INT32);
    proto.mutable_tensor_shape()->add_dim()->set_size(static_cast<int64_t>(values.size()));
    for (const int64_t value : values)
        proto.add_int_val(static_cast<int32_t>(value));
    return tensor(name, std::move(proto));
}

graphdef::NodeDef& GraphMaker::integer(const std::string& name, int64_t value) {
    graphdef::NodeDef& added = integers(name, {value});
    attribute(added, "value").mutable_tensor()->mutable_tensor_shape()->clear_dim();
    return added;
}

graphdef::NodeDef& GraphMaker::find(const std::string& name) {
    for (graphdef::NodeDef& node : *proto.mutable_node())
        if (node.name() == name)
            return node;
    throw std::runtime_error("no node " + name);
}

graphdef::AttrValue& attribute(graphdef::NodeDef& node, const std::string& key) {
    for (graphdef::AttrEntry& entry : *node.mutable_attr())
        if (entry.key() == key)
            return *entry.mutable_value();
    graphdef::AttrEntry& entry = *node.add_attr();
    entry.set_key(key);
    return *entry.mutable_value();
}

void set(graphdef::NodeDef& node, const std::string& key, const char* value) {
    attribute(node, key).set_s(value);
}

void set(graphdef::NodeDef& node, const std::string& key, int64_t value) {
    attribute(node, key).set_i(value);
}

void set(graphdef::NodeDef& node, const std::string& key, float value) {
    attribute(node, key).set_f(value);
}

void set(graphdef::NodeDef& node, const std::string& key, bool value) {
    attribute(node, key).set_b(value);
}

void set(graphdef::NodeDef& node, const std::string& key, graphdef::DataType value) {
    attribute(node, key).set_type(value);
}

void set(graphdef::NodeDef& node, const std::string& key, const std::vector<int64_t>& values) {
    auto* list = attribute(node, key).mutable_list();
    list->clear_i();
    for (const int64_t value : values)
        list->add_i(value);
}

GraphMaker smallGraph() {
    GraphMaker graph;
    graph.placeholder("x", {1, 8, 8, 3});
    graph.noise("w", {3, 3, 3, 4});
    graph.floats("b", {4}, {0.5F, -0.25F, 0, 1});
    graphdef::NodeDef& conv = graph.node("Conv2D", "conv", {"x", "w"});
    set(conv, "strides", std::vector<int64_t>{1, 1, 1, 1});
    set(conv, "padding", "SAME");
    graph.node("BiasAdd", "bias", {"conv", "b"});
    graph.node("Relu", "y", {"bias"});
    return graph;
}

std::vector<float> noiseOf(size_t count, uint32_t seed) {
    std::vector<float> values;
    for (size_t i = 0; i < count; ++i)
        values.push_back(static_cast<float>(static_cast<int32_t>((i + 17U * seed) * 2654435761U)) * 0x1p-31F);
    return values;
}

static std::span<const std::byte> asBytes(const std::string& text) {
    return std::as_bytes(std::span(text));
}

ReadModel read(const GraphMaker& graph) {
    return readSource(openTensorFlow(asBytes(graph.bytes())));
}

Tensor outputOf(const GraphMaker& graph, const std::map<std::string, Tensor>& inputs) {
    const Graph network = read(graph).graph;
    std::map<ValueId, Tensor> given;
    for (const ValueId id : network.inputs)
        given.emplace(id, inputs.at(network.value(id).name));
    return evaluate(network, given).at(network.outputs.front());
}

static Tensor roundedTo(const Tensor& tensor, const QuantParams& grid) {
    std::vector<float> values = tensor.toFloats();
    size_t inner = 1;
    for (size_t i = static_cast<size_t>(grid.axis.value_or(0)) + 1; grid.axis && i < tensor.shape.size(); ++i)
        inner *= static_cast<size_t>(tensor.shape[i]);
    for (size_t i = 0; i < values.size(); ++i) {
        const size_t channel = i / inner % grid.scales.size();
        const float scale = grid.scales[channel];
        const int32_t zeroPoint = grid.zeroPoints[channel];
        values[i] = dequantize(quantize(values[i], scale, zeroPoint, grid.storage), scale, zeroPoint);
    }
    return Tensor::fromFloats(tensor.shape, values);
}

std::map<std::string, Tensor> evaluateOnGrids(const Graph& graph, const std::map<std::string, Tensor>& inputs) {
    std::map<ValueId, Tensor> values;
    for (size_t i = 0; i < graph.values().size(); ++i)
        if (graph.values()[i].constant)
            values.emplace(static_cast<ValueId>(i), *graph.values()[i].constant);
    for (const ValueId id : graph.inputs)
        values.emplace(id, inputs.at(graph.value(id).name));
    for (const Node& node : graph.nodes()) {
        std::vector<std::optional<Tensor>> operands;
        for (const ValueId id : node.inputs)
            operands.push_back(id == kNoValue ? std::nullopt : std::optional(values.at(id)));
        Tensor result = evaluate(graph, node, operands).front();
        const auto& grid = graph.value(node.outputs.front()).quant;
        values.insert_or_assign(node.outputs.front(), grid ? roundedTo(result, *grid) : result);
    }
    std::map<std::string, Tensor> outputs;
    for (const ValueId id : graph.outputs)
        outputs.emplace(graph.value(id).name, values.at(id));
    return outputs;
}

template <class F> static std::string refusal(F&& f) {
    try {
        f();
        return "read";
    } catch (const Error& error) {
        return std::string(name(error.code())) + ": " + error.message();
    }
}

std::string refusalOf(const GraphMaker& graph) {
    return refusal([&] { read(graph); });
}

std::string unsupportedIn(const GraphMaker& graph) {
    return refusal([&] { refuseUnsupported(read(graph)); });
}

} // namespace halftone::test
