// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/message_names.h"

namespace halftone::onnx_format {

const onnx::GraphProto* graphOf(const onnx::NodeProto& node, const char* attribute) {
    for (const onnx::AttributeProto& candidate : node.attribute())
        if (candidate.name() == attribute && candidate.has_g())
            return &candidate.g();
    return nullptr;
}

void rename(onnx::NodeProto& node, const Names& names) {
    for (std::string& input : *node.mutable_input())
        if (const auto found = names.find(input); found != names.end())
            input = found->second;
    for (onnx::AttributeProto& attribute : *node.mutable_attribute()) {
        if (!attribute.has_g())
            continue;
        Names outer = names;
        for (const onnx::ValueInfoProto& input : attribute.g().input())
            outer.erase(input.name());
        for (const onnx::TensorProto& weight : attribute.g().initializer())
            outer.erase(weight.name());
        for (const onnx::NodeProto& inner : attribute.g().node())
            for (const std::string& output : inner.output())
                outer.erase(output);
        for (onnx::NodeProto& inner : *attribute.mutable_g()->mutable_node())
            rename(inner, outer);
        for (onnx::ValueInfoProto& output : *attribute.mutable_g()->mutable_output())
            if (const auto found = outer.find(output.name()); found != outer.end())
                output.set_name(found->second);
    }
}

void addNamesOf(const onnx::GraphProto& graph, NameIndex& names) {
    for (const onnx::ValueInfoProto& input : graph.input())
        names.add(input.name());
    for (const onnx::TensorProto& weight : graph.initializer())
        names.add(weight.name());
    for (const onnx::NodeProto& node : graph.node()) {
        for (const std::string& output : node.output())
            names.add(output);
        for (const onnx::AttributeProto& attribute : node.attribute())
            if (attribute.has_g())
                addNamesOf(attribute.g(), names);
    }
}

std::string baseNameOf(const onnx::NodeProto& node) {
    if (!node.name().empty())
        return node.name();
    for (const std::string& output : node.output())
        if (!output.empty())
            return output;
    return node.op_type();
}

} // namespace halftone::onnx_format
