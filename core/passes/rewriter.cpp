// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/rewriter.h"

#include "core/graph/infer.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace halftone {

Rewriter::Rewriter(Graph graph)
    : m_graph(std::move(graph)), m_producers(m_graph.producers()), m_readers(m_graph.consumers()) {
    for (const std::vector<NodeId>& readers : m_readers)
        m_useCount.push_back(readers.size());
    grow();
    for (const ValueId output : m_graph.outputs)
        m_isOutput[static_cast<size_t>(output)] = true;
}

NodeId Rewriter::producer(ValueId value) const {
    return value == kNoValue ? kNoNode : m_producers[static_cast<size_t>(value)];
}

NodeId Rewriter::soleReader(ValueId value) {
    if (m_useCount[static_cast<size_t>(value)] != 1 || isOutput(value) || graph().value(value).quant)
        return kNoNode;
    return readers(value).front();
}

std::vector<NodeId> Rewriter::readers(ValueId value) {
    std::vector<NodeId>& readers = m_readers[static_cast<size_t>(value)];
    std::sort(readers.begin(), readers.end());
    readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
    std::erase_if(readers, [&](NodeId reader) { return !reads(reader, value); });
    return readers;
}

bool Rewriter::reads(NodeId node, ValueId value) const {
    const std::vector<ValueId>& inputs = m_graph.node(node).inputs;
    return std::find(inputs.begin(), inputs.end(), value) != inputs.end();
}

void Rewriter::addUse(ValueId value, NodeId reader) {
    m_readers[static_cast<size_t>(value)].push_back(reader);
    ++m_useCount[static_cast<size_t>(value)];
}

void Rewriter::setInput(NodeId node, size_t index, ValueId value) {
    std::vector<ValueId>& inputs = m_graph.node(node).inputs;
    if (inputs.size() <= index)
        inputs.resize(index + 1, kNoValue);
    if (inputs[index] != kNoValue)
        --m_useCount[static_cast<size_t>(inputs[index])];
    inputs[index] = value;
    if (value != kNoValue)
        addUse(value, node);
}

void Rewriter::setInputs(NodeId node, std::vector<ValueId> inputs) {
    for (size_t i = 0; i < m_graph.node(node).inputs.size(); ++i)
        setInput(node, i, kNoValue);
    m_graph.node(node).inputs.clear();
    for (size_t i = 0; i < inputs.size(); ++i)
        setInput(node, i, inputs[i]);
}

/// Every use of `from` becomes one of `to`.
void Rewriter::moveReaders(ValueId from, ValueId to) {
    for (const NodeId reader : std::exchange(m_readers[static_cast<size_t>(from)], {}))
        for (size_t i = 0; i < graph().node(reader).inputs.size(); ++i)
            if (graph().node(reader).inputs[i] == from)
                setInput(reader, i, to);
}

void Rewriter::setConstant(NodeId node, size_t index, Tensor tensor, const std::string& newName) {
    const std::vector<ValueId>& inputs = m_graph.node(node).inputs;
    const ValueId old = index < inputs.size() ? inputs[index] : kNoValue;
    if (m_graph.isConstant(old) && soleReader(old) == node) {
        Value& value = m_graph.value(old);
        value.type = tensor.type;
        value.shape = tensor.shape;
        value.constant = std::move(tensor);
        return;
    }
    const ValueId added = m_graph.addConstant(newName, std::move(tensor));
    grow();
    setInput(node, index, added);
}

NodeId Rewriter::addNode(Node node) {
    const std::vector<ValueId> inputs = std::move(node.inputs);
    node.inputs.clear();
    const NodeId id = m_graph.addNode(std::move(node));
    grow();
    setInputs(id, inputs);
    for (const ValueId output : m_graph.node(id).outputs)
        m_producers[static_cast<size_t>(output)] = id;
    return id;
}

void Rewriter::grow() {
    m_producers.resize(m_graph.values().size(), kNoNode);
    m_readers.resize(m_graph.values().size());
    m_useCount.resize(m_graph.values().size(), 0);
    m_isOutput.resize(m_graph.values().size(), false);
    m_removed.resize(m_graph.nodes().size(), false);
}

void Rewriter::absorbReader(NodeId node, NodeId reader) {
    const Node absorbed = graph().node(reader);
    remove(reader);
    Node& kept = m_graph.node(node);
    for (const ValueId output : kept.outputs)
        m_producers[static_cast<size_t>(output)] = kNoNode;
    kept.outputs = absorbed.outputs;
    for (const ValueId output : absorbed.outputs)
        m_producers[static_cast<size_t>(output)] = node;
    std::ranges::copy_if(absorbed.origins, std::back_inserter(kept.origins), [&](const std::string& origin) {
        return std::ranges::find(kept.origins, origin) == kept.origins.end();
    });
}

bool Rewriter::bypass(NodeId node) {
    const ValueId from = m_graph.node(node).output(), to = m_graph.node(node).inputs.front();
    if (m_graph.value(from).quant != m_graph.value(to).quant)
        return false;
    if (!isOutput(from)) {
        remove(node);
        moveReaders(from, to);
        return true;
    }
    const NodeId maker = producer(to);
    if (maker == kNoNode || isOutput(to))
        return false;
    remove(node);
    moveReaders(to, from);
    std::vector<ValueId>& outputs = m_graph.node(maker).outputs;
    std::replace(outputs.begin(), outputs.end(), to, from);
    m_producers[static_cast<size_t>(to)] = kNoNode;
    m_producers[static_cast<size_t>(from)] = maker;
    return true;
}

void Rewriter::takeLayersOf(NodeId node, NodeId other) {
    const std::vector<std::string> origins = m_graph.node(other).origins;
    remove(other);
    std::vector<std::string>& all = m_graph.node(node).origins;
    all.insert(all.end(), origins.begin(), origins.end());
}

void Rewriter::remove(NodeId node) {
    setInputs(node, {});
    for (const ValueId output : m_graph.node(node).outputs)
        m_producers[static_cast<size_t>(output)] = kNoNode;
    m_removed[static_cast<size_t>(node)] = true;
}

Graph Rewriter::finish() && {
    m_graph.removeNodes(m_removed);
    m_graph.sortTopologically();
    m_graph.compact();
    return infer(std::move(m_graph));
}

} // namespace halftone
