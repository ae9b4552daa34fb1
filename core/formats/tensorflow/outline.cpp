// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/tensorflow/outline.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <queue>
#include <set>
#include <unordered_set>

namespace halftone::tensorflow_format {

namespace {

[[noreturn]] void fail(const std::string& cause, const std::string& where) {
    throw Error(ErrorCode::BadInput, cause + ". The file is damaged or was exported wrongly; export it again.", where);
}

bool isLoopOperator(std::string_view op) {
    static const std::unordered_set<std::string_view> kOperators = {
        "Enter", "RefEnter", "Exit", "RefExit", "Merge", "RefMerge", "NextIteration", "RefNextIteration", "LoopCond"};
    return kOperators.contains(op);
}

/// Nodes that leave nothing behind that a network's user wants: they are no outputs although nobody reads them.
bool hasNoResult(std::string_view op) {
    static const std::unordered_set<std::string_view> kOperators = {
        "Assert",         "Const",        "NoOp",          "Placeholder",
        "Print",          "PrintV2",      "ScalarSummary", "HistogramSummary",
        "ImageSummary",   "AudioSummary", "MergeSummary",  "TensorSummary",
        "TensorSummaryV2"};
    return kOperators.contains(op);
}

/// Topological order of all nodes, the earliest of the file first. `needs`: by position, what must come before.
std::vector<int> sorted(const graphdef::GraphDef& graph, const std::vector<std::vector<int>>& needs) {
    const auto count = static_cast<size_t>(graph.node_size());
    std::vector<std::vector<int>> unlocks(count);
    std::vector<int> missing(count, 0), order;
    for (size_t i = 0; i < count; ++i)
        for (const int needed : needs[i]) {
            unlocks[static_cast<size_t>(needed)].push_back(static_cast<int>(i));
            ++missing[i];
        }
    std::priority_queue<int, std::vector<int>, std::greater<>> ready;
    for (size_t i = 0; i < count; ++i)
        if (missing[i] == 0)
            ready.push(static_cast<int>(i));
    while (!ready.empty()) {
        order.push_back(ready.top());
        ready.pop();
        for (const int next : unlocks[static_cast<size_t>(order.back())])
            if (--missing[static_cast<size_t>(next)] == 0)
                ready.push(next);
    }
    if (order.size() == count)
        return order;
    std::vector<std::string> names;
    for (size_t i = 0; i < count && names.size() < 4; ++i) {
        const graphdef::NodeDef& node = graph.node(static_cast<int>(i));
        if (missing[i] > 0 && isLoopOperator(node.op()))
            throw Error(
                ErrorCode::Unsupported,
                fmt::format("The network has a loop (layer \"{}\", {}), which Halftone cannot run. Unroll it or cut "
                            "the graph before it.",
                            shownName(node), displayText(node.op(), 64)),
                shownName(node));
        if (missing[i] > 0)
            names.push_back(fmt::format("\"{}\"", shownName(node)));
    }
    fail(fmt::format("The layers {} wait for each other in a circle", join(names, ", ")),
         names.empty() ? std::string() : names.front().substr(1, names.front().size() - 2));
}

int find(const std::unordered_map<std::string_view, int>& positions, std::string_view name, const std::string& reader) {
    const auto found = positions.find(name);
    if (found == positions.end())
        fail(fmt::format("Layer \"{}\" reads \"{}\", which the graph does not have", reader, displayText(name)),
             reader);
    return found->second;
}

struct Edges {
    std::vector<std::vector<Endpoint>> data;
    std::vector<std::vector<int>> control;
};

Edges edgesOf(const graphdef::GraphDef& graph) {
    const auto positions = positionsOf(graph);
    Edges edges;
    for (const graphdef::NodeDef& node : graph.node()) {
        const std::string shown = shownName(node);
        std::vector<Endpoint>& data = edges.data.emplace_back();
        std::vector<int>& control = edges.control.emplace_back();
        for (const std::string& text : node.input()) {
            const InputName input = parseInput(text, shown);
            const int position = find(positions, input.node, shown);
            if (input.isControl)
                control.push_back(position);
            else if (!control.empty())
                fail(fmt::format("Layer \"{}\" has the data input \"{}\" behind control inputs", shown,
                                 displayText(text)),
                     shown);
            else
                data.push_back({position, input.port});
        }
    }
    return edges;
}

} // namespace

InputName parseInput(std::string_view text, const std::string& reader) {
    InputName input{text, 0, text.starts_with('^')};
    if (input.isControl)
        input.node.remove_prefix(1);
    const size_t colon = input.node.find(':');
    bool good = true;
    if (colon != std::string_view::npos) {
        const std::string_view port = input.node.substr(colon + 1);
        const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), input.port);
        good = error == std::errc{} && end == port.data() + port.size() && input.port >= 0 && !input.isControl;
        input.node = input.node.substr(0, colon);
    }
    if (!good || input.node.empty())
        fail(fmt::format("Layer \"{}\" has the input \"{}\", which names no result of a layer", reader,
                         displayText(text)),
             reader);
    return input;
}

std::unordered_map<std::string_view, int> positionsOf(const graphdef::GraphDef& graph) {
    std::unordered_map<std::string_view, int> positions;
    for (int i = 0; i < graph.node_size(); ++i) {
        const graphdef::NodeDef& node = graph.node(i);
        if (node.name().empty())
            fail(fmt::format("Layer number {} has no name", i + 1), "");
        if (node.op().empty())
            fail(fmt::format("Layer \"{}\" has no operator", shownName(node)), shownName(node));
        if (!positions.emplace(node.name(), i).second)
            fail(fmt::format("Two layers have the name \"{}\"", shownName(node)), shownName(node));
    }
    return positions;
}

Outline outlineOf(const graphdef::GraphDef& graph) {
    Outline outline;
    const auto count = static_cast<size_t>(graph.node_size());
    outline.inputs = edgesOf(graph).data;
    outline.readers.resize(count);
    for (size_t i = 0; i < count; ++i)
        for (const Endpoint& input : outline.inputs[i])
            outline.readers[static_cast<size_t>(input.node)].push_back(static_cast<int>(i));
    for (size_t i = 0; i < count; ++i)
        if (outline.readers[i].empty() && !hasNoResult(graph.node(static_cast<int>(i)).op()))
            outline.outputs.push_back(static_cast<int>(i));

    std::vector<bool> needed(count, false);
    std::vector<int> open = outline.outputs;
    while (!open.empty()) {
        const auto position = static_cast<size_t>(open.back());
        open.pop_back();
        if (needed[position])
            continue;
        needed[position] = true;
        for (const Endpoint& input : outline.inputs[position])
            open.push_back(input.node);
    }
    std::vector<std::vector<int>> needs(count);
    for (size_t i = 0; i < count; ++i)
        for (const Endpoint& input : outline.inputs[i])
            needs[i].push_back(input.node);
    for (const int position : sorted(graph, needs))
        if (needed[static_cast<size_t>(position)])
            outline.order.push_back(position);
    return outline;
}

std::vector<int> executionOrder(const graphdef::GraphDef& graph) {
    const Edges edges = edgesOf(graph);
    std::vector<std::vector<int>> needs = edges.control;
    for (size_t i = 0; i < needs.size(); ++i)
        for (const Endpoint& input : edges.data[i])
            needs[i].push_back(input.node);
    return sorted(graph, needs);
}

std::string shownName(const graphdef::NodeDef& node) {
    return displayText(node.name());
}

} // namespace halftone::tensorflow_format
