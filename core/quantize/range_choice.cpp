// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/range_choice.h"

#include "core/graph/op_traits.h"
#include "core/quantize/range_search.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace halftone {

namespace {

/// Disjoint sets of values that must lie on one grid.
class GridGroups {
public:
    explicit GridGroups(const Graph& graph) : m_parent(graph.values().size()) {
        std::iota(m_parent.begin(), m_parent.end(), ValueId{0});
        for (const Node& node : graph.nodes())
            if (keepsGrid(node.op))
                join(graph, node);
    }

    ValueId find(ValueId value) {
        while (parent(value) != value)
            value = parent(value) = parent(parent(value)); // halves the path
        return value;
    }

private:
    void join(const Graph& graph, const Node& node) {
        std::vector<ValueId> joined = operandsOnGrids(node);
        std::erase_if(joined, [&](ValueId input) { return graph.isConstant(input); });
        joined.insert(joined.end(), node.outputs.begin() + 1, node.outputs.end());
        for (const ValueId value : joined)
            parent(find(value)) = find(node.outputs.front());
    }

    ValueId& parent(ValueId value) { return m_parent[static_cast<size_t>(value)]; }
    std::vector<ValueId> m_parent;
};

struct Group {
    RangeEvidence evidence;
    RangeChoice choice;
};

bool isActivation(const Value& value) {
    return !value.constant && value.type == ElementType::F32;
}

void chooseMethods(const Graph& graph, const QuantizeOptions& options, GridGroups& groups,
                   std::map<ValueId, Group>& found) {
    for (auto& [representative, group] : found)
        group.choice.method = options.ranges.value_or(RangeMethod::Mse);
    for (ValueId id = static_cast<ValueId>(graph.values().size()) - 1; id >= 0; --id) { // the first one comes last
        const auto wanted = options.rangesOf.find(graph.value(id).name);
        const auto group = found.find(groups.find(id));
        if (wanted != options.rangesOf.end() && isActivation(graph.value(id)) && group != found.end())
            group->second.choice.method = wanted->second;
    }
}

} // namespace

std::map<ValueId, RangeChoice> chooseRanges(const Graph& graph, const Calibration& calibration,
                                            const QuantizeOptions& options, Search search) {
    GridGroups groups(graph);
    std::map<ValueId, Group> found; // by representative
    for (const auto& [value, statistics] : calibration.tensors())
        found[groups.find(value)].evidence.join(RangeEvidence(statistics));
    chooseMethods(graph, options, groups, found);

    struct Task {
        Group* group;
        RangeMethod method;
        QuantParams grid;
    };
    std::vector<Task> tasks;
    for (auto& [representative, group] : found)
        for (const auto& [method, name] : namesOf<RangeMethod>)
            if (search == Search::AllMethods || method == group.choice.method)
                tasks.push_back({&group, method, {}});
#pragma omp parallel for schedule(dynamic)
    for (Task& task : tasks) {
        const ValueRange range = searchRange(task.group->evidence, task.method, options.scheme, options.percentile);
        task.grid = activationParams(range.lo, range.hi, options.scheme != Scheme::Symmetric);
    }
    for (Task& task : tasks)
        task.group->choice.grids[task.method] = std::move(task.grid);

    const std::set<ValueId> withoutGrid = notFinite(graph, calibration);
    std::map<ValueId, RangeChoice> choices;
    for (ValueId id = 0; id < static_cast<ValueId>(graph.values().size()); ++id)
        if (const auto group = found.find(groups.find(id));
            isActivation(graph.value(id)) && group != found.end() && !withoutGrid.contains(id))
            choices.emplace(id, group->second.choice);
    return choices;
}

std::set<ValueId> notFinite(const Graph& graph, const Calibration& calibration) {
    std::set<ValueId> found;
    for (const auto& [value, statistics] : calibration.tensors())
        if (statistics.notFinite() > 0)
            found.insert(value);
    for (const Node& node : graph.nodes())
        if (keepsGrid(node.op) &&
            std::ranges::any_of(node.inputs, [&](ValueId input) { return found.contains(input); }))
            for (const ValueId output : node.outputs)
                if (!calibration.tensors().contains(output))
                    found.insert(output);
    return found;
}

} // namespace halftone
