// SPDX-License-Identifier: GPL-3.0-or-later
// Transforms that change order, names and repetitions of nodes, not what they compute.
#include "core/formats/tensorflow/transforms/graph_editor.h"
#include "core/formats/tensorflow/transforms/transforms.h"

#include <algorithm>
#include <map>
#include <set>

namespace halftone::tensorflow_format {

namespace {

/// Lets every input that refers to a node of `names` refer to the node that it is mapped to.
void renameInputs(graphdef::GraphDef& graph, const std::unordered_map<std::string, std::string>& names) {
    for (graphdef::NodeDef& node : *graph.mutable_node()) {
        const std::string reader = shownName(node);
        for (std::string& text : *node.mutable_input()) {
            const InputName input = parseInput(text, reader);
            const auto found = names.find(std::string(input.node));
            if (found == names.end())
                continue;
            std::string renamed = (input.isControl ? "^" : "") + found->second;
            if (input.port != 0)
                renamed += ":" + std::to_string(input.port);
            text = std::move(renamed);
        }
    }
}

/// Nodes that are never the same although they look the same.
bool hasState(const graphdef::NodeDef& node) {
    static const std::set<std::string, std::less<>> kOperators = {
        "Placeholder", "PlaceholderV2", "NoOp", "Multinomial", "Print", "Assert", "PyFunc"};
    const std::string& op = node.op();
    return kOperators.contains(op) || op.starts_with("Random") || op.starts_with("Variable") ||
           op.starts_with("VarHandle") || op.starts_with("Queue") || op.starts_with("Iterator") ||
           op.starts_with("Stateful") || op.ends_with("Queue") || op.ends_with("QueueV2") ||
           op.find("Assign") != std::string::npos || op.find("Table") != std::string::npos || op == "TruncatedNormal" ||
           op == "ParameterizedTruncatedNormal" || op.find("Reader") != std::string::npos;
}

/// Everything about a node but its name.
std::string fingerprint(const graphdef::NodeDef& node) {
    graphdef::NodeDef copy = node;
    copy.clear_name();
    auto& attributes = *copy.mutable_attr();
    std::sort(attributes.begin(), attributes.end(),
              [](const graphdef::AttrEntry& a, const graphdef::AttrEntry& b) { return a.key() < b.key(); });
    return copy.SerializeAsString();
}

constexpr char kDigits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr size_t kBase = sizeof(kDigits) - 1;

/// "A", "B", ... "z", "A0": a letter, then digits and letters.
std::string shortName(size_t number) {
    constexpr size_t kLetters = kBase - 10;
    std::string name(1, kDigits[10 + number % kLetters]);
    for (number /= kLetters; number > 0; number /= kBase) {
        --number;
        name += kDigits[number % kBase];
    }
    return name;
}

} // namespace

void mergeDuplicateNodes(graphdef::GraphDef& graph, const TransformContext& context) {
    for (;;) {
        std::map<std::string, std::string> first; // fingerprint -> name
        std::unordered_map<std::string, std::string> same;
        for (const graphdef::NodeDef& node : graph.node()) {
            if (hasState(node) || context.isBorder(node.name()))
                continue;
            const auto [entry, isNew] = first.emplace(fingerprint(node), node.name());
            if (!isNew)
                same.emplace(node.name(), entry->second);
        }
        if (same.empty())
            return;
        std::unordered_set<std::string> removed;
        for (const auto& [name, other] : same)
            removed.insert(name);
        removeNamed(graph, removed);
        renameInputs(graph, same);
    }
}

void sortByExecutionOrder(graphdef::GraphDef& graph, const TransformContext&) {
    graphdef::GraphDef sorted;
    const std::vector<int> order = executionOrder(graph);
    for (const int position : order)
        sorted.add_node()->Swap(graph.mutable_node(position));
    graph.mutable_node()->Swap(sorted.mutable_node());
}

void obfuscateNames(graphdef::GraphDef& graph, const TransformContext& context) {
    std::set<std::string> kept;
    for (const graphdef::NodeDef& node : graph.node())
        if (context.isBorder(node.name()))
            kept.insert(node.name());
    std::unordered_map<std::string, std::string> names;
    size_t number = 0;
    for (graphdef::NodeDef& node : *graph.mutable_node()) {
        if (kept.contains(node.name()))
            continue;
        std::string name = shortName(number++);
        while (kept.contains(name))
            name = shortName(number++);
        names.emplace(node.name(), name);
    }
    for (graphdef::NodeDef& node : *graph.mutable_node())
        if (const auto found = names.find(node.name()); found != names.end())
            node.set_name(found->second);
    renameInputs(graph, names);
}

} // namespace halftone::tensorflow_format
