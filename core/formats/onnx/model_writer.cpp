// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/model_writer.h"

#include "core/base/error.h"

namespace halftone::onnx_format {

namespace {

std::string uniqueIn(std::set<std::string>& names, const std::string& like) {
    std::string name = like;
    for (int number = 2; !names.insert(name).second; ++number)
        name = like + "_" + std::to_string(number);
    return name;
}

void set(onnx::AttributeProto& proto, const Attribute& attribute) {
    proto.set_name(attribute.first);
    if (const auto* integer = std::get_if<int64_t>(&attribute.second)) {
        proto.set_type(onnx::AttributeProto::INT);
        proto.set_i(*integer);
    } else if (const auto* real = std::get_if<float>(&attribute.second)) {
        proto.set_type(onnx::AttributeProto::FLOAT);
        proto.set_f(*real);
    } else if (const auto* text = std::get_if<std::string>(&attribute.second)) {
        proto.set_type(onnx::AttributeProto::STRING);
        proto.set_s(*text);
    } else {
        proto.set_type(onnx::AttributeProto::INTS);
        for (const int64_t each : std::get<std::vector<int64_t>>(attribute.second))
            proto.add_ints(each);
    }
}

} // namespace

int dataTypeOf(ElementType type) {
    switch (type) {
    case ElementType::F32: return onnx::TensorProto::FLOAT;
    case ElementType::F16: return onnx::TensorProto::FLOAT16;
    case ElementType::BF16: return onnx::TensorProto::BFLOAT16;
    case ElementType::F64: return onnx::TensorProto::DOUBLE;
    case ElementType::S8: return onnx::TensorProto::INT8;
    case ElementType::U8: return onnx::TensorProto::UINT8;
    case ElementType::S16: return onnx::TensorProto::INT16;
    case ElementType::U16: return onnx::TensorProto::UINT16;
    case ElementType::S32: return onnx::TensorProto::INT32;
    case ElementType::U32: return onnx::TensorProto::UINT32;
    case ElementType::S64: return onnx::TensorProto::INT64;
    case ElementType::U64: return onnx::TensorProto::UINT64;
    case ElementType::Bool: return onnx::TensorProto::BOOL;
    }
    throw Error(ErrorCode::Internal, "An element type is out of range. Please report this.");
}

ModelWriter::ModelWriter(const Graph& graph) {
    for (const Value& value : graph.values())
        m_tensors.insert(value.name);
    for (const Node& node : graph.nodes())
        m_nodes.insert(node.name);
}

std::string ModelWriter::newTensor(const std::string& like) {
    return uniqueIn(m_tensors, like);
}

void ModelWriter::beginLayer(const std::string& layer) {
    m_layer = layer;
}

std::string ModelWriter::node(const char* op, std::vector<std::string> inputs, const std::string& output,
                              std::initializer_list<Attribute> attributes) {
    onnx::NodeProto& proto = *m_model.mutable_graph()->add_node();
    proto.set_op_type(op);
    proto.set_name(std::exchange(m_isOperator, false) ? m_layer : uniqueIn(m_nodes, m_layer + "/" + op));
    while (!inputs.empty() && inputs.back().empty())
        inputs.pop_back();
    for (std::string& input : inputs)
        proto.add_input(std::move(input));
    proto.add_output(output);
    for (const Attribute& attribute : attributes)
        set(*proto.add_attribute(), attribute);
    return output;
}

std::string ModelWriter::constant(const std::string& like, const Tensor& tensor) {
    onnx::TensorProto& proto = *m_model.mutable_graph()->add_initializer();
    proto.set_name(newTensor(like));
    proto.set_data_type(dataTypeOf(tensor.type));
    for (const int64_t dim : tensor.shape)
        proto.add_dims(dim);
    proto.set_raw_data(tensor.bytes.data(), tensor.bytes.size());
    return proto.name();
}

std::string ModelWriter::integers(const std::string& like, const std::vector<int64_t>& values) {
    return constant(like, Tensor::fromInt64s({static_cast<int64_t>(values.size())}, values));
}

std::string ModelWriter::number(const std::string& like, float value) {
    return constant(like, Tensor::fromFloats({}, std::vector<float>{value}));
}

} // namespace halftone::onnx_format
