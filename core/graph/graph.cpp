// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/graph.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <queue>
#include <utility>

namespace halftone {

namespace {

/// Names of the nodes of one cycle, given which nodes could not be sorted: each of them waits for another
/// one, so walking back along what a node waits for must come round.
std::string cycleText(const Graph& graph, const std::vector<bool>& sorted) {
    const std::vector<NodeId> producers = graph.producers();
    const auto waitsFor = [&](NodeId id) {
        for (ValueId input : graph.node(id).inputs)
            if (input != kNoValue) {
                const NodeId producer = producers[static_cast<size_t>(input)];
                if (producer != kNoNode && !sorted[static_cast<size_t>(producer)])
                    return producer;
            }
        return kNoNode;
    };
    NodeId at = static_cast<NodeId>(std::find(sorted.begin(), sorted.end(), false) - sorted.begin());
    std::vector<bool> seen(sorted.size(), false);
    for (; !seen[static_cast<size_t>(at)]; at = waitsFor(at))
        seen[static_cast<size_t>(at)] = true;

    constexpr size_t kShown = 8;
    std::vector<std::string> names;
    const NodeId start = at;
    do {
        names.push_back('"' + displayText(graph.node(at).name) + '"');
        at = waitsFor(at);
    } while (at != start && names.size() < kShown);
    if (at != start)
        names.push_back("...");
    std::reverse(names.begin(), names.end()); // in the direction of the data
    return join(names, " -> ");
}

template <class Items> std::string uniqueName(NameIndex& index, const Items& items, const std::string& base) {
    if (!index.built()) {
        index.start();
        for (const auto& item : items)
            index.add(item.name);
    }
    for (int32_t id : index.takeTouched())
        index.add(items[static_cast<size_t>(id)].name);
    return index.unique(base);
}

} // namespace

ValueId Node::output() const {
    if (outputs.size() != 1)
        throw Error(ErrorCode::Internal, fmt::format("Node \"{}\" ({}) has {} results where one is read. Please report "
                                                     "this.",
                                                     displayText(name), opName(op), outputs.size()));
    return outputs.front();
}

ValueId Graph::addValue(Value value) {
    m_valueNames.add(value.name);
    m_values.push_back(std::move(value));
    return static_cast<ValueId>(m_values.size() - 1);
}

ValueId Graph::addConstant(std::string name, Tensor tensor) {
    Value value;
    value.name = uniqueValueName(name);
    value.type = tensor.type;
    value.shape = tensor.shape;
    value.constant = std::move(tensor);
    return addValue(std::move(value));
}

NodeId Graph::addNode(Node node) {
    const auto exists = [&](ValueId id) { return id >= 0 && static_cast<size_t>(id) < m_values.size(); };
    for (ValueId id : node.inputs)
        if (id != kNoValue && !exists(id))
            throw Error(ErrorCode::Internal, fmt::format("Node \"{}\" reads value {}, which does not exist. Please "
                                                         "report this.",
                                                         displayText(node.name), id));
    for (ValueId id : node.outputs)
        if (!exists(id))
            throw Error(ErrorCode::Internal, fmt::format("Node \"{}\" makes value {}, which does not exist. Please "
                                                         "report this.",
                                                         displayText(node.name), id));
    m_nodeNames.add(node.name);
    m_nodes.push_back(std::move(node));
    return static_cast<NodeId>(m_nodes.size() - 1);
}

std::vector<NodeId> Graph::producers() const {
    std::vector<NodeId> result(m_values.size(), kNoNode);
    for (size_t i = 0; i < m_nodes.size(); ++i)
        for (ValueId output : m_nodes[i].outputs)
            result[static_cast<size_t>(output)] = static_cast<NodeId>(i);
    return result;
}

std::vector<std::vector<NodeId>> Graph::consumers() const {
    std::vector<std::vector<NodeId>> result(m_values.size());
    for (size_t i = 0; i < m_nodes.size(); ++i)
        for (ValueId input : m_nodes[i].inputs)
            if (input != kNoValue)
                result[static_cast<size_t>(input)].push_back(static_cast<NodeId>(i));
    return result;
}

bool Graph::isOutput(ValueId id) const {
    return std::find(outputs.begin(), outputs.end(), id) != outputs.end();
}

void Graph::replaceUses(ValueId from, ValueId to) {
    for (Node& node : m_nodes)
        std::replace(node.inputs.begin(), node.inputs.end(), from, to);
    std::replace(outputs.begin(), outputs.end(), from, to);
}

void Graph::replaceUses(const std::vector<ValueId>& replacement) {
    std::vector<ValueId> final = replacement;
    const auto next = [&](ValueId id) {
        const ValueId to = static_cast<size_t>(id) < final.size() ? final[static_cast<size_t>(id)] : kNoValue;
        return to == id ? kNoValue : to;
    };
    const auto resolve = [&](ValueId id) {
        ValueId last = id;
        while (next(last) != kNoValue)
            last = next(last);
        for (ValueId at = id; next(at) != kNoValue;) // shortens the way for the values that come later
            at = std::exchange(final[static_cast<size_t>(at)], last);
        return last;
    };
    for (Node& node : m_nodes)
        for (ValueId& input : node.inputs)
            if (input != kNoValue)
                input = resolve(input);
    for (ValueId& output : outputs)
        output = resolve(output);
}

void Graph::removeNodes(const std::vector<bool>& remove) {
    std::vector<Node> kept;
    for (size_t i = 0; i < m_nodes.size(); ++i)
        if (i >= remove.size() || !remove[i])
            kept.push_back(std::move(m_nodes[i]));
    m_nodes = std::move(kept);
    m_nodeNames.reset();
}

void Graph::compact() {
    const std::vector<NodeId> producerOf = producers();
    std::vector<bool> dead(m_nodes.size(), true);
    std::vector<ValueId> wanted = outputs;
    while (!wanted.empty()) {
        const ValueId value = wanted.back();
        wanted.pop_back();
        const NodeId producer = value == kNoValue ? kNoNode : producerOf[static_cast<size_t>(value)];
        if (producer == kNoNode || !dead[static_cast<size_t>(producer)])
            continue;
        dead[static_cast<size_t>(producer)] = false;
        const std::vector<ValueId>& needs = m_nodes[static_cast<size_t>(producer)].inputs;
        wanted.insert(wanted.end(), needs.begin(), needs.end());
    }
    removeNodes(dead);

    std::vector<ValueId> renumbered(m_values.size(), kNoValue);
    const auto keep = [&](const std::vector<ValueId>& ids) {
        for (ValueId id : ids)
            if (id != kNoValue)
                renumbered[static_cast<size_t>(id)] = 0;
    };
    keep(inputs);
    keep(outputs);
    for (const Node& node : m_nodes) {
        keep(node.inputs);
        keep(node.outputs);
    }
    std::vector<Value> kept;
    for (size_t i = 0; i < m_values.size(); ++i)
        if (renumbered[i] != kNoValue) {
            renumbered[i] = static_cast<ValueId>(kept.size());
            kept.push_back(std::move(m_values[i]));
        }
    m_values = std::move(kept);
    m_valueNames.reset();

    const auto renumber = [&](std::vector<ValueId>& ids) {
        for (ValueId& id : ids)
            if (id != kNoValue)
                id = renumbered[static_cast<size_t>(id)];
    };
    renumber(inputs);
    renumber(outputs);
    for (Node& node : m_nodes) {
        renumber(node.inputs);
        renumber(node.outputs);
    }
}

void Graph::sortTopologically() {
    const std::vector<NodeId> producerOf = producers();
    const std::vector<std::vector<NodeId>> consumersOf = consumers();
    std::vector<size_t> waiting(m_nodes.size(), 0);
    std::vector<bool> made(m_values.size(), false);
    std::priority_queue<NodeId, std::vector<NodeId>, std::greater<>> ready; // the earliest in the file first
    for (size_t i = 0; i < m_nodes.size(); ++i) {
        for (ValueId input : m_nodes[i].inputs)
            if (input != kNoValue && producerOf[static_cast<size_t>(input)] != kNoNode)
                ++waiting[i];
        if (waiting[i] == 0)
            ready.push(static_cast<NodeId>(i));
    }
    std::vector<NodeId> order;
    std::vector<bool> sorted(m_nodes.size(), false);
    while (!ready.empty()) {
        const NodeId id = ready.top();
        ready.pop();
        order.push_back(id);
        sorted[static_cast<size_t>(id)] = true;
        for (ValueId output : m_nodes[static_cast<size_t>(id)].outputs) {
            if (producerOf[static_cast<size_t>(output)] != id || made[static_cast<size_t>(output)])
                continue; // made twice; validate() refuses it
            made[static_cast<size_t>(output)] = true;
            for (NodeId consumer : consumersOf[static_cast<size_t>(output)])
                if (--waiting[static_cast<size_t>(consumer)] == 0)
                    ready.push(consumer);
        }
    }
    if (order.size() < m_nodes.size())
        throw Error(ErrorCode::BadInput,
                    fmt::format("The network has a cycle: {}. The file is damaged or was exported wrongly; export it "
                                "again.",
                                cycleText(*this, sorted)));
    std::vector<Node> nodes;
    nodes.reserve(order.size());
    for (NodeId id : order)
        nodes.push_back(std::move(m_nodes[static_cast<size_t>(id)]));
    m_nodes = std::move(nodes);
    m_nodeNames.reset();
}

std::string Graph::uniqueValueName(const std::string& base) const {
    return uniqueName(m_valueNames, m_values, base);
}

std::string Graph::uniqueNodeName(const std::string& base) const {
    return uniqueName(m_nodeNames, m_nodes, base);
}

} // namespace halftone
