// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/passes.h"

#include "core/graph/element.h"
#include "core/graph/infer.h"

#include <algorithm>

namespace halftone {

namespace {

bool isHalf(ElementType type) {
    return type == ElementType::F16 || type == ElementType::BF16;
}

/// Something but a Cast reads or makes a half.
bool computesOnHalves(const Graph& graph) {
    const auto half = [&](ValueId id) { return id != kNoValue && isHalf(graph.value(id).type); };
    return std::ranges::any_of(graph.nodes(), [&](const Node& node) {
        return !std::holds_alternative<Cast>(node.op) &&
               (std::ranges::any_of(node.inputs, half) || std::ranges::any_of(node.outputs, half));
    });
}

class Widening {
public:
    explicit Widening(Graph graph) : m_graph(std::move(graph)) {}

    Graph run() {
        for (const ValueId input : m_graph.inputs)
            if (isHalf(m_graph.value(input).type))
                widenInput(input);
        for (ValueId& output : m_graph.outputs)
            if (isHalf(m_graph.value(output).type) && std::ranges::count(m_graph.inputs, output) == 0)
                output = narrowed(output);
        for (size_t i = 0; i < m_graph.values().size(); ++i)
            widenValue(static_cast<ValueId>(i));
        for (size_t i = 0; i < m_graph.nodes().size(); ++i)
            widenCast(static_cast<NodeId>(i));
        m_graph.sortTopologically();
        return infer(std::move(m_graph));
    }

private:
    void widenInput(ValueId input) {
        const std::string name = m_graph.uniqueValueName(m_graph.value(input).name + "#fp32");
        const ValueId wide = m_graph.addValue({name, ElementType::F32, m_graph.value(input).shape, {}, {}});
        std::vector<std::string> origins;
        for (const Node& node : m_graph.nodes())
            if (origins.empty() && std::ranges::count(node.inputs, input) > 0)
                origins = node.origins;
        m_graph.replaceUses(input, wide);
        addCast(input, wide, ElementType::F32, origins);
    }

    /// A half with the values and the name of `output`, which is fp32 from now on.
    ValueId narrowed(ValueId output) {
        const std::string name = m_graph.value(output).name;
        const ElementType type = m_graph.value(output).type;
        m_graph.value(output).name = m_graph.uniqueValueName(name + "#fp32");
        const ValueId half = m_graph.addValue({name, type, m_graph.value(output).shape, {}, {}});
        const NodeId producer = m_graph.producers()[static_cast<size_t>(output)];
        addCast(output, half, type, producer == kNoNode ? std::vector<std::string>{} : m_graph.node(producer).origins);
        return half;
    }

    void addCast(ValueId from, ValueId to, ElementType type, const std::vector<std::string>& origins) {
        const std::string name = m_graph.uniqueNodeName(m_graph.value(to).name + "#cast");
        m_borders.push_back(m_graph.addNode({name, Cast{type}, {from}, {to}, origins}));
    }

    void widenValue(ValueId id) {
        const bool given = std::ranges::count(m_graph.inputs, id) > 0 || std::ranges::count(m_graph.outputs, id) > 0;
        if (!isHalf(m_graph.value(id).type) || given)
            return;
        Value& value = m_graph.value(id);
        value.type = ElementType::F32;
        if (value.constant)
            value.constant = castTensor(*value.constant, ElementType::F32);
    }

    void widenCast(NodeId id) {
        if (std::ranges::count(m_borders, id) > 0)
            return;
        if (auto* cast = std::get_if<Cast>(&m_graph.node(id).op); cast && isHalf(cast->to))
            cast->to = ElementType::F32;
    }

    Graph m_graph;
    std::vector<NodeId> m_borders;
};

} // namespace

Graph widenHalves(Graph graph) {
    return computesOnHalves(graph) ? Widening(std::move(graph)).run() : graph;
}

} // namespace halftone
