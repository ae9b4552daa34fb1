#include "core/quantize/quantize.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>

namespace halftone {

namespace {

/// Disjoint sets of values that must lie on one grid.
class GridGroups {
public:
    explicit GridGroups(size_t values) : m_parent(values) { std::iota(m_parent.begin(), m_parent.end(), ValueId{0}); }

    ValueId find(ValueId value) {
        while (parent(value) != value)
            value = parent(value) = parent(parent(value)); // halves the path
        return value;
    }
    void join(ValueId a, ValueId b) { parent(find(a)) = find(b); }

private:
    ValueId& parent(ValueId value) { return m_parent[static_cast<size_t>(value)]; }
    std::vector<ValueId> m_parent;
};

struct Range {
    float lo = 0, hi = 0;
};

void quantizeWeights(Graph& graph, const Node& node, const QuantizeOptions& options) {
    if (!graph.isConstant(node.inputs[1]))
        return;
    Value& weights = graph.value(node.inputs[1]);
    const bool fits = options.weightLimit.value_or(WeightLimit::Full) == WeightLimit::Full || isDepthwise(graph, node);
    try {
        weights.quant = weightParams(*weights.constant, 0, fits ? 8 : 7);
    } catch (const Error& error) {
        const std::string name = displayText(node.name);
        throw Error(
            error.code(),
            fmt::format("{}: the weights {} cannot be quantized: {}", name, displayText(weights.name), error.message()),
            name);
    }
}

bool hasWeights(const Op& op) {
    return std::holds_alternative<Conv>(op) || std::holds_alternative<FullyConnected>(op);
}

/// Those that stay in fp32, of all nodes with weights.
std::vector<const Node*> nodesToKeep(const Graph& graph, const QuantizeOptions& options) {
    const std::set<std::string> named(options.keepFp32.begin(), options.keepFp32.end());
    std::vector<const Node*> weighted, kept;
    for (const Node& node : graph.nodes())
        if (hasWeights(node.op))
            weighted.push_back(&node);
    for (const Node* node : weighted)
        if ((options.keepFirstFp32 && node == weighted.front()) || (options.keepLastFp32 && node == weighted.back()) ||
            std::ranges::any_of(node->origins, [&](const std::string& layer) { return named.contains(layer); }))
            kept.push_back(node);
    return kept;
}

} // namespace

bool isDepthwise(const Graph& graph, const Node& node) {
    const auto* conv = std::get_if<Conv>(&node.op);
    return conv && conv->groups > 1 && graph.value(node.inputs[1]).shape[1] == 1;
}

Graph quantize(Graph graph, const Calibration& calibration, const QuantizeOptions& options) {
    GridGroups groups(graph.values().size());
    const std::vector<const Node*> kept = nodesToKeep(graph, options);
    for (const Node& node : graph.nodes()) {
        if (hasWeights(node.op) && std::ranges::find(kept, &node) == kept.end())
            quantizeWeights(graph, node, options);
        if (keepsGrid(node.op))
            for (const ValueId input : node.inputs)
                if (input != kNoValue && !graph.isConstant(input))
                    groups.join(input, node.outputs.front());
    }
    std::map<ValueId, Range> ranges; // by representative of the group
    for (const auto& [value, histogram] : calibration.tensors()) {
        Range& range = ranges[groups.find(value)];
        range.lo = std::min(range.lo, histogram.min());
        range.hi = std::max(range.hi, histogram.max());
    }
    for (ValueId value = 0; value < static_cast<ValueId>(graph.values().size()); ++value) {
        Value& v = graph.value(value);
        const auto range = ranges.find(groups.find(value));
        if (v.constant || v.type != ElementType::F32 || range == ranges.end())
            continue;
        v.quant = activationParams(range->second.lo, range->second.hi, options.scheme != Scheme::Symmetric);
    }
    return graph;
}

std::vector<std::string> layersKeptInFp32(const Graph& graph, const QuantizeOptions& options) {
    std::vector<std::string> names;
    for (const Node* node : nodesToKeep(graph, options))
        names.push_back(node->name);
    return names;
}

Graph withGridsOf(const Graph& quantized, Graph graph) {
    std::unordered_map<std::string_view, const QuantParams*> grids;
    for (const Value& value : quantized.values())
        if (value.quant)
            grids.emplace(value.name, &*value.quant);
    for (ValueId id = 0; id < static_cast<ValueId>(graph.values().size()); ++id)
        if (const auto grid = grids.find(graph.value(id).name); grid != grids.end())
            graph.value(id).quant = *grid->second;
    return graph;
}

} // namespace halftone
