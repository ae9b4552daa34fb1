// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/cut_tail.h"

#include "core/base/text.h"
#include "core/formats/unsupported.h"
#include "core/graph/op_traits.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace halftone {

namespace {

constexpr size_t kMaxOutputsShown = 8;

class Cutter {
public:
    explicit Cutter(const Graph& graph)
        : m_graph(graph), m_inTail(graph.nodes().size(), false), m_isData(graph.values().size(), false),
          m_fromTail(graph.values().size(), false) {
        for (const ValueId id : graph.inputs)
            m_isData[static_cast<size_t>(id)] = true;
        for (size_t i = 0; i < m_inTail.size(); ++i) // in topological order
            look(i);
    }

    /// The tail can go: nothing in it is worth a profile, and something before it is.
    bool possible() const {
        bool before = false;
        for (size_t i = 0; i < m_inTail.size(); ++i) {
            const bool heavy = isHeavy(m_graph.nodes()[i].op);
            if (heavy && m_inTail[i])
                return false;
            before = before || heavy;
        }
        return before && !outputs().empty();
    }

    const std::vector<bool>& tail() const { return m_inTail; }

    /// Those of the network that stay, and what the tail reads of it. Truth values that only choose what the tail does
    /// (the condition of an If, a mask) are no result where it reads numbers too.
    std::vector<ValueId> outputs() const {
        std::vector<ValueId> result;
        const auto add = [&](ValueId id) {
            if (std::find(result.begin(), result.end(), id) == result.end())
                result.push_back(id);
        };
        for (const ValueId id : m_graph.outputs)
            if (!m_fromTail[static_cast<size_t>(id)])
                add(id);
        const std::vector<ValueId> read = readByTail();
        const auto isTruth = [&](ValueId id) { return m_graph.value(id).type == ElementType::Bool; };
        const bool onlyTruth = result.empty() && std::all_of(read.begin(), read.end(), isTruth);
        for (const ValueId id : read)
            if (onlyTruth || !isTruth(id))
                add(id);
        return result;
    }

private:
    std::vector<ValueId> readByTail() const {
        std::vector<ValueId> result;
        for (size_t i = 0; i < m_inTail.size(); ++i)
            for (const ValueId id : m_inTail[i] ? m_graph.nodes()[i].inputs : std::vector<ValueId>{})
                if (id != kNoValue && m_isData[static_cast<size_t>(id)] && !m_fromTail[static_cast<size_t>(id)] &&
                    std::find(m_graph.inputs.begin(), m_graph.inputs.end(), id) == m_graph.inputs.end())
                    result.push_back(id);
        return result;
    }

    void look(size_t index) {
        const Node& node = m_graph.nodes()[index];
        bool tail = std::holds_alternative<Opaque>(node.op), data = false;
        for (const ValueId id : node.inputs)
            if (id != kNoValue) {
                tail = tail || m_fromTail[static_cast<size_t>(id)];
                data = data || m_isData[static_cast<size_t>(id)];
            }
        data = data && !std::holds_alternative<ShapeOf>(node.op); // its size is no result
        m_inTail[index] = tail;
        for (const ValueId id : node.outputs) {
            m_fromTail[static_cast<size_t>(id)] = tail;
            m_isData[static_cast<size_t>(id)] = data;
        }
    }

    const Graph& m_graph;
    std::vector<bool> m_inTail, m_isData, m_fromTail; // of nodes; of values
};

std::set<std::string> originsOf(const Graph& graph) {
    std::set<std::string> origins;
    for (const Node& node : graph.nodes())
        origins.insert(node.origins.begin(), node.origins.end());
    return origins;
}

std::string outputNames(const Graph& graph) {
    std::vector<std::string> names;
    for (size_t i = 0; i < std::min(graph.outputs.size(), kMaxOutputsShown); ++i)
        names.push_back(fmt::format("\"{}\"", displayText(graph.value(graph.outputs[i]).name)));
    if (graph.outputs.size() > kMaxOutputsShown)
        names.push_back(fmt::format("and {} more", graph.outputs.size() - kMaxOutputsShown));
    return join(names, ", ");
}

} // namespace

BoundModel cutUnsupportedTail(BoundModel model) {
    const std::vector<Unsupported> found = unsupportedIn(model.graph);
    if (found.empty())
        return model;
    const Cutter cutter(model.graph);
    if (!cutter.possible())
        return model;
    const std::set<std::string> before = originsOf(model.graph);
    model.graph.outputs = cutter.outputs();
    model.graph.removeNodes(std::vector<bool>(cutter.tail()));
    model.graph.compact();
    const std::set<std::string> after = originsOf(model.graph);
    std::erase_if(model.layers,
                  [&](const FileLayer& layer) { return before.contains(layer.name) && !after.contains(layer.name); });
    model.diagnostics.push_back(
        {Severity::Warning, "cut-tail", found.front().firstLayer,
         fmt::format(
             "The network ends in operators that Halftone cannot run: {}. It was cut before them: {} of its layers "
             "are left out, and its outputs are now {}.",
             listed(found), before.size() - after.size(), outputNames(model.graph))});
    return model;
}

} // namespace halftone
