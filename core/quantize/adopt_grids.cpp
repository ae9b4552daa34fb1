// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/adopt_grids.h"

#include "core/base/text.h"
#include "core/graph/op_traits.h"
#include "core/graph/weights.h"
#include "core/quantize/quantize.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

namespace {

/// The scales of the file where the codes that they give fit, larger ones where not. `weights` are outputsFirst().
QuantParams adoptedWeights(const Tensor& weights, const QuantParams& file, WeightLimit limit) {
    const bool perChannel = file.axis.has_value();
    QuantParams grid = weightParams(weights, 0, limit == WeightLimit::SevenBits ? 7 : 8);
    for (size_t channel = 0; channel < grid.scales.size(); ++channel)
        grid.scales[channel] = std::max(grid.scales[channel], file.scales[perChannel ? channel : 0]);
    return limit == WeightLimit::Pairs ? limitedToPairs(weights, grid) : grid;
}

/// Of the channels of `grid`, those whose scale is no longer that of the file.
int64_t changedChannels(const QuantParams& grid, const QuantParams& file) {
    int64_t changed = 0;
    for (size_t channel = 0; channel < grid.scales.size(); ++channel)
        changed += grid.scales[channel] > file.scales[file.axis ? channel : 0] * 1.000001F;
    return changed;
}

struct Rounding {
    int64_t layers = 0, channels = 0, of = 0;
};

void adoptWeights(Graph& graph, const Node& node, const WeightOperand& operand, WeightLimit limit, Rounding& rounding) {
    Value& weights = graph.value(node.inputs[operand.input]);
    if (!weights.constant || !weights.quant)
        return;
    if (weights.quant->axis &&
        *weights.quant->axis != operand.outputDimension) { // scales along the wrong dimension: a layer of fp32
        weights.quant.reset();
        return;
    }
    const QuantParams file = *weights.quant;
    weights.quant = adoptedWeights(outputsFirst(*weights.constant, operand.outputDimension), file,
                                   isDepthwise(graph, node) ? WeightLimit::Full : limit);
    weights.quant->axis = operand.outputDimension;
    const int64_t changed = changedChannels(*weights.quant, file);
    rounding.layers += changed > 0;
    rounding.channels += changed;
    rounding.of += static_cast<int64_t>(weights.quant->scales.size());
}

/// Activations whose channels could not be brought to one grid (joinChannelGrids).
std::optional<Diagnostic> aboutChannelGrids(const Graph& graph) {
    const auto differs = [](const Value& value) { return value.quant && value.quant->axis && !value.constant; };
    const auto first = std::ranges::find_if(graph.values(), differs);
    if (first == graph.values().end())
        return std::nullopt;
    const auto others = std::count_if(first + 1, graph.values().end(), differs);
    std::string message =
        fmt::format("The tensor {} is rounded to a grid for each of its channels, which no 8-bit layer "
                    "reads: it is rounded in fp32",
                    displayText(first->name));
    if (others > 0)
        message +=
            fmt::format("; so {} {} other {}", others > 1 ? "are" : "is", others, others > 1 ? "tensors" : "tensor");
    return Diagnostic{Severity::Warning, "channel-grids", "", message + '.'};
}

std::optional<Diagnostic> aboutRunTimeGrids(const Graph& graph) {
    const auto found =
        std::ranges::count_if(graph.values(), [](const Value& value) { return value.quant && value.quant->atRunTime; });
    if (found == 0)
        return std::nullopt;
    return Diagnostic{
        Severity::Info, "ranges-at-run-time", "",
        fmt::format("The file is quantized dynamically: it finds the range{0} of {1} tensor{0} anew at every "
                    "inference, in {2} that it would not need with calibrated ranges.",
                    found > 1 ? "s" : "", found, found > 1 ? "steps" : "a step")};
}

} // namespace

AdoptedGrids adoptGrids(Graph graph, WeightLimit limit) {
    AdoptedGrids adopted;
    Rounding rounding;
    for (const Node& node : graph.nodes())
        for (const WeightOperand& weights : weightOperands(node.op))
            adoptWeights(graph, node, weights, limit, rounding);
    if (rounding.channels > 0)
        adopted.diagnostics.push_back(
            {Severity::Info, "weights-rounded-anew", "",
             fmt::format(
                 "In {} layers the weights of {} of {} channels were rounded anew, because the codes of the file "
                 "do not fit the int8 kernels of this CPU (zero points, or sums that would saturate).",
                 rounding.layers, rounding.channels, rounding.of)});
    if (const auto found = aboutChannelGrids(graph))
        adopted.diagnostics.push_back(*found);
    if (const auto found = aboutRunTimeGrids(graph))
        adopted.diagnostics.push_back(*found);
    graph.gridsAreMeant = true;
    adopted.graph = std::move(graph);
    return adopted;
}

Graph withoutGrids(Graph graph) {
    for (ValueId id = 0; id < static_cast<ValueId>(graph.values().size()); ++id)
        graph.value(id).quant.reset();
    return graph;
}

bool hasActivationGrids(const Graph& graph) {
    return std::ranges::any_of(graph.values(), [](const Value& value) { return value.quant && !value.constant; });
}

} // namespace halftone
