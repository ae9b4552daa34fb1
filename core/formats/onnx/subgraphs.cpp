// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/subgraphs.h"

#include <string_view>
#include <unordered_set>

namespace halftone::onnx_format {

namespace {

using KnownNames = std::unordered_set<std::string_view>;

class Outside {
public:
    void lookInto(const onnx::NodeProto& layer, const KnownNames& made) {
        for (const onnx::AttributeProto& attribute : layer.attribute()) {
            if (attribute.has_g())
                lookInto(attribute.g(), made);
            for (const onnx::GraphProto& graph : attribute.graphs())
                lookInto(graph, made);
        }
    }
    std::vector<std::string> values;

private:
    /// `made`: what the graphs around this one make, the outermost left out.
    void lookInto(const onnx::GraphProto& graph, KnownNames made) {
        for (const onnx::ValueInfoProto& input : graph.input())
            made.insert(input.name());
        for (const onnx::TensorProto& weight : graph.initializer())
            made.insert(weight.name());
        for (const onnx::SparseTensorProto& weight : graph.sparse_initializer())
            made.insert(weight.values().name());
        for (const onnx::NodeProto& node : graph.node())
            made.insert(node.output().begin(), node.output().end());
        for (const onnx::NodeProto& node : graph.node()) {
            for (const std::string& name : node.input())
                take(name, made);
            lookInto(node, made);
        }
        for (const onnx::ValueInfoProto& output : graph.output()) // a body may give on what it takes
            take(output.name(), made);
    }

    void take(const std::string& name, const KnownNames& made) {
        if (!name.empty() && !made.contains(name) && m_taken.insert(name).second)
            values.push_back(name);
    }

    KnownNames m_taken;
};

} // namespace

std::vector<std::string> valuesFromOutside(const onnx::NodeProto& layer) {
    Outside outside;
    outside.lookInto(layer, {});
    return std::move(outside.values);
}

} // namespace halftone::onnx_format
