// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/tell/not_finite.h"

#include "core/base/text.h"
#include "core/quantize/range_choice.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace halftone {

namespace {

struct Met {
    std::string name;
    const TensorStatistics* statistics = nullptr;
    std::string counts() const { return fmt::format("{} of {} values", statistics->notFinite(), statistics->values()); }
};

/// Those that were observed, in the order in which the network computes them.
std::vector<Met> observedOf(const Graph& graph, const Calibration& calibration, const std::set<ValueId>& values) {
    std::vector<ValueId> order = graph.inputs;
    for (const Node& node : graph.nodes())
        order.insert(order.end(), node.outputs.begin(), node.outputs.end());
    std::vector<Met> met;
    for (const ValueId value : order)
        if (const auto found = calibration.tensors().find(value);
            values.contains(value) && found != calibration.tensors().end())
            met.push_back({displayText(graph.value(value).name), &found->second});
    return met;
}

std::string listed(const std::vector<Met>& met) {
    constexpr size_t kMost = 4;
    std::vector<std::string> names;
    for (size_t i = 0; i < std::min(kMost, met.size()); ++i)
        names.push_back(fmt::format("{} ({})", met[i].name, met[i].counts()));
    return join(names, ", ") + (met.size() > kMost ? fmt::format(" and {} more", met.size() - kMost) : "");
}

} // namespace

std::vector<Diagnostic> tellNotFinite(const Graph& graph, const Calibration& calibration) {
    const std::set<ValueId> values = notFinite(graph, calibration);
    const std::vector<Met> met = observedOf(graph, calibration, values);
    if (met.empty())
        return {};
    std::vector<Diagnostic> diagnostics;
    diagnostics.push_back(
        {Severity::Info, "not-finite", met.front().name,
         fmt::format("While calibrating, {} held NaN or infinity: {}. Ranges are those of the finite values, and such "
                     "tensors get no 8-bit grid.",
                     met.size() == 1 ? "1 tensor" : fmt::format("{} tensors", met.size()), listed(met))});
    const auto output = std::ranges::find_if(graph.outputs, [&](ValueId value) { return values.contains(value); });
    if (output != graph.outputs.end()) {
        const std::string name = displayText(graph.value(*output).name);
        diagnostics.push_back(
            {Severity::Warning, "outputs-not-finite", name,
             fmt::format("The network's output {} holds NaN or infinity in fp32 already, before anything is quantized; "
                         "the first tensor to hold them is {} ({}). Check the input, its preprocessing and the model's "
                         "weights.",
                         name, met.front().name, met.front().counts())});
    }
    return diagnostics;
}

std::map<std::string, std::string> whyWithoutGrid(const Graph& graph, const Calibration& calibration) {
    std::map<std::string, std::string> why;
    for (const ValueId value : notFinite(graph, calibration)) {
        const std::string name = displayText(graph.value(value).name);
        const auto found = calibration.tensors().find(value); // a view is not observed
        why[name] = fmt::format(
            "{} held NaN or infinity while calibrating{}, which no 8-bit code stands for.", name,
            found == calibration.tensors().end() ? "" : fmt::format(" ({})", Met{name, &found->second}.counts()));
    }
    return why;
}

void explainNotFinite(Run& int8, const std::map<std::string, std::string>& whyWithoutGrid) {
    for (Step& step : int8.steps) {
        if (step.kind != StepKind::Compute || step.precision == "int8" || step.why.empty())
            continue;
        for (const StepPort& input : step.inputs)
            if (const auto why = whyWithoutGrid.find(displayText(input.tensor)); why != whyWithoutGrid.end())
                step.why += ' ' + why->second;
    }
}

} // namespace halftone
