// SPDX-License-Identifier: GPL-3.0-or-later
// fold_constants: what depends on constants alone is computed, by the same readers that build the network.
#include "core/formats/tensorflow/layer_view.h"
#include "core/formats/tensorflow/operators.h"
#include "core/formats/tensorflow/transforms/graph_editor.h"
#include "core/formats/tensorflow/transforms/transforms.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/graph/element.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace halftone::tensorflow_format {

namespace {

class Folder {
public:
    Folder(graphdef::GraphDef& graph, const TransformContext& context)
        : m_graph(graph), m_context(context), m_network(std::numeric_limits<int32_t>::max(), {}),
          m_mostBytes(context.call.integer("max_constant_size_in_bytes", std::numeric_limits<int64_t>::max())),
          m_results(static_cast<size_t>(graph.node_size())) {
        for (const graphdef::NodeDef& node : graph.node())
            m_network.reserve(shownName(node));
    }

    void run() {
        const auto positions = positionsOf(m_graph);
        for (const int position : executionOrder(m_graph)) {
            const graphdef::NodeDef& node = m_graph.node(position);
            std::vector<Operand> inputs;
            if (gather(node, positions, inputs))
                m_results[static_cast<size_t>(position)] = compute(node, inputs);
        }
        for (int i = 0; i < m_graph.node_size(); ++i)
            replace(i);
    }

private:
    /// The operands of a node that can be computed.
    bool gather(const graphdef::NodeDef& node, const std::unordered_map<std::string_view, int>& positions,
                std::vector<Operand>& inputs) {
        const auto isListed = [&](const char* parameter, const std::string& name) {
            return std::ranges::count(m_context.call.all(parameter), name) > 0;
        };
        if (node.op() == "Const")
            return true;
        if (node.input_size() == 0 || isListed("exclude_op", node.op()) || isListed("exclude_node", node.name()) ||
            std::ranges::count(m_context.inputs, node.name()) > 0 || node.op() == "PlaceholderWithDefault")
            return false;
        for (const std::string& text : node.input()) {
            const InputName input = parseInput(text, shownName(node));
            if (input.isControl)
                return false;
            const auto& results = m_results[static_cast<size_t>(positions.at(input.node))];
            if (static_cast<size_t>(input.port) >= results.size())
                return false;
            inputs.push_back(results[static_cast<size_t>(input.port)]);
        }
        return true;
    }

    /// Nothing for a node that Halftone cannot compute exactly as TensorFlow would.
    std::vector<Operand> compute(const graphdef::NodeDef& node, const std::vector<Operand>& inputs) {
        if (node.op() == "Const") {
            const graphdef::AttrValue* type = attributeOf(node, "dtype");
            if (!type || !isComputable(type->type()))
                return {};
            return {m_network.addConstant(shownName(node), constantOf(node))};
        }
        const OperatorReader read = operatorReader(node.op());
        if (!read || !hasComputableTypes(node))
            return {};
        m_network.writer.startLayer(shownName(node));
        LayerView layer(node, shownName(node), inputs, m_network);
        std::vector<Operand> results;
        try {
            results = read(layer);
        } catch (const CannotRun&) {
            return {};
        }
        const auto isWhole = [&](const Operand& result) {
            return layer.isConstant(result) && !result.deferred && !result.areCodes;
        };
        if (!std::ranges::all_of(results, isWhole))
            return {};
        for (Operand& result : results)
            result = layer.asInFile(result);
        return results;
    }

    /// Types that the readers compute in themselves: the other floating-point ones become fp32.
    static bool isComputable(graphdef::DataType type) {
        const std::optional<ElementType> element = elementTypeOf(type);
        return element && computedType(*element) == *element;
    }

    static bool hasComputableTypes(const graphdef::NodeDef& node) {
        return std::ranges::all_of(node.attr(), [](const graphdef::AttrEntry& entry) {
            return entry.value().value_case() != graphdef::AttrValue::kType || isComputable(entry.value().type());
        });
    }

    void replace(int position) {
        graphdef::NodeDef& node = *m_graph.mutable_node(position);
        const std::vector<Operand>& results = m_results[static_cast<size_t>(position)];
        if (node.op() == "Const" || results.size() != 1) // several results cannot be one Const
            return;
        const Tensor& tensor = *m_network.writer.known(results.front());
        if (static_cast<int64_t>(tensor.bytes.size()) > m_mostBytes)
            return;
        graphdef::NodeDef constant = constantNode(node.name(), tensor, resultType(node, tensor));
        constant.set_device(node.device());
        node = std::move(constant);
    }

    /// Codes keep the type that says so.
    static graphdef::DataType resultType(const graphdef::NodeDef& node, const Tensor& tensor) {
        const graphdef::AttrValue* type = attributeOf(node, "T");
        const bool fits =
            type && type->value_case() == graphdef::AttrValue::kType && elementTypeOf(type->type()) == tensor.type;
        return fits ? type->type() : dataTypeOf(tensor.type);
    }

    graphdef::GraphDef& m_graph;
    const TransformContext& m_context;
    Network m_network;
    int64_t m_mostBytes;
    std::vector<std::vector<Operand>> m_results; // by position; empty where it is not known
};

/// An input that has a default becomes one that must be given.
void prepareInputs(graphdef::GraphDef& graph, const TransformContext& context) {
    for (graphdef::NodeDef& node : *graph.mutable_node()) {
        if (std::ranges::count(context.inputs, node.name()) == 0)
            continue;
        if (node.op() == "PlaceholderWithDefault") {
            node.set_op("Placeholder");
            node.clear_input();
        } else if (node.op() != "Placeholder") {
            throw Error(ErrorCode::Usage,
                        fmt::format("The input \"{}\" is a {} and no Placeholder. Run strip_unused_nodes first.",
                                    shownName(node), displayText(node.op(), 64)));
        }
    }
}

} // namespace

void foldConstants(graphdef::GraphDef& graph, const TransformContext& context) {
    prepareInputs(graph, context);
    Folder(graph, context).run();
    if (context.call.flag("clear_output_shapes", true))
        for (graphdef::NodeDef& node : *graph.mutable_node()) {
            auto& attributes = *node.mutable_attr();
            attributes.erase(
                std::remove_if(attributes.begin(), attributes.end(),
                               [](const graphdef::AttrEntry& entry) { return entry.key() == "_output_shapes"; }),
                attributes.end());
        }
    std::unordered_set<std::string> needed = neededBy(graph, context.outputs, context.inputs);
    std::unordered_set<std::string> unused;
    for (const graphdef::NodeDef& node : graph.node())
        if (!needed.contains(node.name()) && !context.isBorder(node.name()))
            unused.insert(node.name());
    removeNamed(graph, unused);
}

} // namespace halftone::tensorflow_format
