// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/nested_constants.h"

#include "core/formats/onnx/constant_node.h"
#include "core/formats/onnx/message_names.h"
#include "core/formats/onnx/tensors.h"

#include <algorithm>
#include <string>
#include <utility>

namespace halftone::onnx_format {

namespace {

bool isReadable(int dataType) {
    return elementTypeOf(dataType) || isOfFewBits(dataType);
}

/// The tensor that a Constant layer is; what it has as a number or a list of them is small, and stays.
onnx::TensorProto* tensorIn(onnx::NodeProto& node) {
    if (!isConstantNode(node) || node.output_size() != 1 || node.attribute_size() != 1)
        return nullptr;
    onnx::AttributeProto& value = *node.mutable_attribute(0);
    return value.name() == "value" && value.has_t() && isReadable(value.t().data_type()) ? value.mutable_t() : nullptr;
}

class Lifter {
public:
    explicit Lifter(onnx::GraphProto& top) : m_top(top) {
        m_names.start();
        addNamesOf(top, m_names);
    }

    void inside(onnx::NodeProto& node, const std::string& prefix) {
        for (onnx::AttributeProto& attribute : *node.mutable_attribute())
            if (attribute.has_g())
                lift(*attribute.mutable_g(), prefix);
    }

private:
    void lift(onnx::GraphProto& graph, const std::string& prefix) {
        Names names;
        const auto add = [&](const std::string& name, onnx::TensorProto tensor) {
            std::string& lifted = names[name] = m_names.unique(prefix + name);
            m_names.add(lifted);
            tensor.set_name(lifted);
            m_top.add_initializer()->Swap(&tensor);
        };
        google::protobuf::RepeatedPtrField<onnx::TensorProto> weights;
        weights.Swap(graph.mutable_initializer());
        for (onnx::TensorProto& weight : weights)
            if (isReadable(weight.data_type()))
                add(weight.name(), weight);
            else
                graph.add_initializer()->Swap(&weight);
        google::protobuf::RepeatedPtrField<onnx::NodeProto> layers;
        layers.Swap(graph.mutable_node());
        for (onnx::NodeProto& node : layers)
            if (onnx::TensorProto* tensor = tensorIn(node))
                add(node.output(0), std::move(*tensor));
            else
                graph.add_node()->Swap(&node);
        for (onnx::NodeProto& node : *graph.mutable_node()) {
            rename(node, names);
            inside(node, prefix + baseNameOf(node) + "/");
        }
        for (onnx::ValueInfoProto& output : *graph.mutable_output())
            if (const auto found = names.find(output.name()); found != names.end())
                output.set_name(found->second);
    }

    onnx::GraphProto& m_top;
    NameIndex m_names;
};

} // namespace

void liftConstants(onnx::GraphProto& graph) {
    const auto holdsGraph = [](const onnx::NodeProto& node) {
        return std::ranges::any_of(node.attribute(), &onnx::AttributeProto::has_g);
    };
    if (std::ranges::none_of(graph.node(), holdsGraph))
        return;
    Lifter lifter(graph);
    for (onnx::NodeProto& node : *graph.mutable_node())
        lifter.inside(node, baseNameOf(node) + "/");
}

} // namespace halftone::onnx_format
