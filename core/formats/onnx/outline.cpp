// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/outline.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/onnx/subgraphs.h"
#include "core/graph/graph.h"
#include "core/graph/name_index.h"

#include <fmt/format.h>
#include <string_view>
#include <unordered_map>

namespace halftone::onnx_format {

namespace {

std::vector<std::string> uniqueLayerNames(const onnx::GraphProto& graph) {
    NameIndex taken;
    taken.start();
    std::vector<std::string> names(static_cast<size_t>(graph.node_size()));
    const auto give = [&](int position, const std::string& base) {
        std::string& name = names[static_cast<size_t>(position)];
        name = taken.unique(base);
        taken.add(name);
    };
    // Layers that have a name keep it, whatever names are made up for the others.
    for (int i = 0; i < graph.node_size(); ++i)
        if (!graph.node(i).name().empty())
            give(i, displayText(graph.node(i).name()));
    for (int i = 0; i < graph.node_size(); ++i)
        if (graph.node(i).name().empty())
            give(i, fmt::format("{}_{}", displayText(graph.node(i).op_type(), 64), i));
    return names;
}

[[noreturn]] void fail(const std::string& cause, const std::string& where) {
    throw Error(ErrorCode::BadInput, cause + ". The file is damaged or was exported wrongly; export it again.", where);
}

/// The graph without operators, which already knows how to sort and how to name a cycle.
class Skeleton {
public:
    /// `maker`: a phrase for messages, such as `layer "conv1"`.
    void make(const std::string& name, const std::string& maker) {
        const auto [entry, isNew] = m_makers.emplace(name, maker);
        if (!isNew)
            fail(
                fmt::format("The value \"{}\" is made twice: by {} and by {}", displayText(name), entry->second, maker),
                displayText(name));
        m_values.emplace(name, m_graph.addValue({}));
    }
    ValueId find(const std::string& name, const std::string& reader) const {
        const auto found = m_values.find(name);
        if (found == m_values.end())
            fail(fmt::format("The value \"{}\", which {} needs, is made by no layer", displayText(name), reader),
                 displayText(name));
        return found->second;
    }
    Graph& graph() { return m_graph; }

private:
    Graph m_graph;
    std::unordered_map<std::string, ValueId> m_values;
    std::unordered_map<std::string, std::string> m_makers;
};

} // namespace

Outline outlineOf(const onnx::GraphProto& graph, const std::vector<std::vector<Guard>>& guards) {
    Outline outline;
    outline.layerNames = uniqueLayerNames(graph);
    const auto layer = [&](int position) {
        return fmt::format("layer \"{}\"", outline.layerNames[static_cast<size_t>(position)]);
    };

    Skeleton skeleton;
    std::unordered_set<std::string_view> weights;
    for (const onnx::TensorProto& weight : graph.initializer()) {
        skeleton.make(weight.name(), "a weight");
        weights.insert(weight.name());
    }
    for (const onnx::ValueInfoProto& input : graph.input())
        if (!weights.contains(input.name())) // up to IR version 3, weights are listed among the inputs
            skeleton.make(input.name(), "an input of the network");
    for (int i = 0; i < graph.node_size(); ++i)
        for (const std::string& name : graph.node(i).output())
            if (!name.empty())
                skeleton.make(name, layer(i));

    for (int i = 0; i < graph.node_size(); ++i) {
        Node node;
        node.name = outline.layerNames[static_cast<size_t>(i)];
        const auto read = [&](const std::string& name) {
            node.inputs.push_back(skeleton.find(name, layer(i)));
            outline.valuesRead.insert(name);
        };
        for (const std::string& name : graph.node(i).input())
            if (!name.empty())
                read(name);
        for (const std::string& name : valuesFromOutside(graph.node(i)))
            read(name);
        for (const Guard& guard : guards[static_cast<size_t>(i)])
            read(guard.condition);
        for (const std::string& name : graph.node(i).output())
            if (!name.empty())
                node.outputs.push_back(skeleton.find(name, layer(i)));
        skeleton.graph().addNode(std::move(node));
    }
    std::unordered_set<std::string_view> outputs;
    for (const onnx::ValueInfoProto& output : graph.output()) {
        skeleton.find(output.name(), "the list of outputs");
        outline.valuesRead.insert(output.name());
        if (!outputs.insert(output.name()).second)
            fail(fmt::format("The output \"{}\" is listed twice", displayText(output.name())),
                 displayText(output.name()));
    }

    skeleton.graph().sortTopologically();
    std::unordered_map<std::string_view, int> positions;
    for (int i = 0; i < graph.node_size(); ++i)
        positions.emplace(outline.layerNames[static_cast<size_t>(i)], i);
    for (const Node& node : skeleton.graph().nodes())
        outline.order.push_back(positions.at(node.name));
    return outline;
}

bool isDefaultDomain(const std::string& domain) {
    return domain.empty() || domain == "ai.onnx";
}

std::string operatorName(const onnx::NodeProto& node) {
    const std::string op = node.op_type().empty() ? "(without operator)" : displayText(node.op_type(), 64);
    return isDefaultDomain(node.domain()) || node.domain() == kBranchDomain ? op
                                                                            : displayText(node.domain(), 64) + "." + op;
}

} // namespace halftone::onnx_format
