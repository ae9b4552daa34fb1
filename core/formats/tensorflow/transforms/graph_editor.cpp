// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/tensorflow/transforms/graph_editor.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/tensorflow/tensors.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace halftone::tensorflow_format {

const graphdef::AttrValue* attributeOf(const graphdef::NodeDef& node, std::string_view key) {
    for (const graphdef::AttrEntry& entry : node.attr())
        if (entry.key() == key)
            return &entry.value();
    return nullptr;
}

graphdef::AttrValue& attributeFor(graphdef::NodeDef& node, std::string_view key) {
    for (graphdef::AttrEntry& entry : *node.mutable_attr())
        if (entry.key() == key)
            return *entry.mutable_value();
    graphdef::AttrEntry& entry = *node.add_attr();
    entry.set_key(std::string(key));
    return *entry.mutable_value();
}

graphdef::NodeDef constantNode(const std::string& name, const Tensor& tensor, graphdef::DataType type) {
    graphdef::NodeDef node;
    node.set_name(name);
    node.set_op("Const");
    attributeFor(node, "dtype").set_type(type);
    setTensor(*attributeFor(node, "value").mutable_tensor(), tensor, type);
    return node;
}

Tensor constantOf(const graphdef::NodeDef& node) {
    const graphdef::AttrValue* value = attributeOf(node, "value");
    const std::string what = fmt::format("The constant \"{}\"", shownName(node));
    if (!value || !value->has_tensor())
        throw Error(ErrorCode::BadInput, what + " has no value. The file is damaged; export it again.",
                    shownName(node));
    graphdef::TensorProto copy = value->tensor();
    return TensorReader(std::numeric_limits<int32_t>::max()).read(std::move(copy), what);
}

std::vector<std::string> dataInputs(const graphdef::NodeDef& node) {
    std::vector<std::string> names;
    for (const std::string& text : node.input()) {
        const InputName input = parseInput(text, shownName(node));
        if (!input.isControl)
            names.emplace_back(input.node);
    }
    return names;
}

GraphIndex::GraphIndex(graphdef::GraphDef& graph) {
    positionsOf(graph); // refuses names that are missing or taken twice
    for (graphdef::NodeDef& node : *graph.mutable_node()) {
        m_nodes.emplace(node.name(), &node);
        for (const std::string& text : node.input()) {
            const InputName input = parseInput(text, shownName(node));
            ++m_readers[std::string(input.node)];
            if (input.port != 0)
                m_furtherRead.emplace(input.node);
        }
    }
}

graphdef::NodeDef* GraphIndex::find(std::string_view name) const {
    const auto found = m_nodes.find(std::string(name));
    return found == m_nodes.end() ? nullptr : found->second;
}

int GraphIndex::readers(std::string_view name) const {
    const auto found = m_readers.find(std::string(name));
    return found == m_readers.end() ? 0 : found->second;
}

graphdef::NodeDef* GraphIndex::input(const graphdef::NodeDef& node, int index) const {
    if (index >= node.input_size())
        return nullptr;
    const InputName name = parseInput(node.input(index), shownName(node));
    return name.isControl || name.port != 0 ? nullptr : find(name.node);
}

graphdef::NodeDef* GraphIndex::ownWeights(const graphdef::NodeDef& node, int index) const {
    graphdef::NodeDef* weights = input(node, index);
    if (!weights || weights->op() != "Const" || readers(weights->name()) != 1)
        return nullptr;
    const graphdef::AttrValue* type = attributeOf(*weights, "dtype");
    return type && type->type() == graphdef::DT_FLOAT ? weights : nullptr;
}

void removeNamed(graphdef::GraphDef& graph, const std::unordered_set<std::string>& names) {
    auto& nodes = *graph.mutable_node();
    nodes.erase(std::remove_if(nodes.begin(), nodes.end(),
                               [&](const graphdef::NodeDef& node) { return names.contains(node.name()); }),
                nodes.end());
}

std::unordered_set<std::string> neededBy(const graphdef::GraphDef& graph, const std::vector<std::string>& outputs,
                                         const std::vector<std::string>& inputs) {
    const auto positions = positionsOf(graph);
    const std::unordered_set<std::string> borders(inputs.begin(), inputs.end());
    std::unordered_set<std::string> needed;
    std::vector<std::string> open = outputs;
    for (const std::string& output : outputs)
        if (!positions.contains(output))
            throw Error(ErrorCode::Usage,
                        fmt::format("The graph has no node \"{}\" to be an output.", displayText(output)));
    while (!open.empty()) {
        const std::string name = std::move(open.back());
        open.pop_back();
        if (!needed.insert(name).second || borders.contains(name))
            continue;
        const graphdef::NodeDef& node = graph.node(positions.at(name));
        for (const std::string& input : node.input()) {
            const std::string source(parseInput(input, shownName(node)).node);
            if (!positions.contains(source))
                throw Error(
                    ErrorCode::BadInput,
                    fmt::format("Layer \"{}\" reads \"{}\", which the graph does not have. The file is damaged; "
                                "export it again.",
                                shownName(node), displayText(source)),
                    shownName(node));
            open.push_back(source);
        }
    }
    return needed;
}

} // namespace halftone::tensorflow_format
