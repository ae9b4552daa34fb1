#include "core/workflow/report_run.h"

#include "core/base/text.h"
#include "core/quantize/range_choice.h"
#include "core/quantize/range_summary.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

namespace {

TensorRange tensorRange(const Value& value, const QuantParams& params, const RangeSummary& summary) {
    TensorRange range;
    range.name = displayText(value.name);
    range.observedMin = summary.observedMin;
    range.observedMax = summary.observedMax;
    range.clipMin = summary.clipMin;
    range.clipMax = summary.clipMax;
    range.storage = std::string(name(params.storage));
    range.scales.assign(params.scales.begin(), params.scales.end());
    range.zeroPoints.assign(params.zeroPoints.begin(), params.zeroPoints.end());
    range.axis = params.axis;
    range.clippedShare = summary.clippedShare;
    range.sqnrDb = summary.sqnrDb;
    range.histogram = {{summary.histogramLo, summary.histogramHi}, summary.counts};
    range.channelMin = summary.channelMin;
    range.channelMax = summary.channelMax;
    return range;
}

std::vector<RangeCandidate> candidates(const TensorStatistics& tensor, const RangeChoice& choice) {
    std::vector<RangeCandidate> candidates;
    for (const auto& [method, grid] : choice.grids) {
        const RangeSummary summary = summarizeActivation(tensor.histogram(), grid);
        candidates.push_back({std::string(nameOf(kRangeMethods, method)), summary.clipMin, summary.clipMax,
                              summary.clippedShare, summary.sqnrDb});
    }
    return candidates;
}

RangeHealth health(const TensorStatistics& tensor, const RangeSources& sources, ValueId id) {
    RangeHealth health;
    for (const ObservedRange& step : tensor.growth())
        health.growth.push_back({step.samples, step.range.lo, step.range.hi});
    health.stableAfter = tensor.stableAfter();
    health.minSample = sources.sampleName(tensor.minSample());
    health.maxSample = sources.sampleName(tensor.maxSample());
    if (const auto share = sources.heldOutClippedShares.find(id); share != sources.heldOutClippedShares.end())
        health.heldOutClippedShare = share->second;
    return health;
}

} // namespace

std::vector<TensorRange> describeRanges(const Graph& quantized, const RangeSources& sources) {
    const std::map<ValueId, TensorStatistics>& observed = sources.calibration.tensors();
    const std::map<ValueId, RangeChoice> choices =
        chooseRanges(quantized, sources.calibration, sources.options, Search::AllMethods);
    std::vector<TensorRange> ranges;
    const auto addActivation = [&](ValueId id, const std::string& layer) {
        const Value& value = quantized.value(id);
        const auto tensor = observed.find(id);
        if (!value.quant || tensor == observed.end())
            return;
        const RangeChoice& choice = choices.at(id);
        TensorRange range =
            tensorRange(value, *value.quant, summarizeActivation(tensor->second.histogram(), *value.quant));
        range.role = "activation";
        range.layer = displayText(layer);
        range.synthetic = !sources.sampleName;
        range.method = sources.fromFile ? kFromFile : nameOf(kRangeMethods, choice.method);
        range.candidates = candidates(tensor->second, choice);
        if (sources.sampleName)
            range.health = health(tensor->second, sources, id);
        ranges.push_back(std::move(range));
    };
    for (const ValueId input : quantized.inputs)
        addActivation(input, "");
    for (const Node& node : quantized.nodes()) {
        for (const ValueId input : node.inputs) {
            if (input == kNoValue || !quantized.isConstant(input) || !quantized.value(input).quant)
                continue;
            const Value& value = quantized.value(input);
            TensorRange range =
                tensorRange(value, *value.quant,
                            summarizeWeights(*sources.fp32.value(input).constant, *value.quant, *value.constant));
            range.role = "weight";
            range.layer = displayText(node.name);
            range.method = sources.fromFile ? kFromFile : nameOf(kRangeMethods, RangeMethod::MinMax);
            ranges.push_back(std::move(range));
        }
        for (const ValueId output : node.outputs)
            addActivation(output, node.name);
    }
    return ranges;
}

std::vector<Diagnostic> judgeRanges(const std::vector<TensorRange>& tensors) {
    constexpr double kLate = 0.9;          // of the samples
    constexpr double kMany = 0.25;         // of the tensors: a few always meet their largest value late
    constexpr double kMuchClipped = 0.001; // of the values, beyond what the ranges clip by choice
    int64_t judged = 0, growing = 0, clipping = 0;
    const TensorRange* worst = nullptr;
    const auto excess = [](const TensorRange& tensor) {
        return tensor.health->heldOutClippedShare.value_or(0) - tensor.clippedShare;
    };
    for (const TensorRange& tensor : tensors) {
        if (!tensor.health || tensor.health->growth.empty())
            continue;
        ++judged;
        const auto samples = static_cast<double>(tensor.health->growth.back().samples);
        growing += static_cast<double>(tensor.health->stableAfter.value_or(tensor.health->growth.back().samples)) >
                   kLate * samples;
        clipping += excess(tensor) > kMuchClipped;
        if (!worst || excess(tensor) > excess(*worst))
            worst = &tensor;
    }
    std::vector<Diagnostic> found;
    if (growing > 0 && static_cast<double>(growing) >= kMany * static_cast<double>(judged))
        found.push_back({Severity::Warning, "growing-ranges", "",
                         fmt::format("The ranges of {} of {} tensors still grew with the last pictures; calibrate with "
                                     "more.",
                                     growing, judged)});
    if (clipping > 0)
        found.push_back({Severity::Warning, "clipped-samples", worst->name,
                         fmt::format("The ranges of {} of {} tensors clip more than {:g} % of the values of pictures "
                                     "that were not calibrated with, most of all {}: {:.2g} %. Calibrate with more "
                                     "pictures.",
                                     clipping, judged, 100 * kMuchClipped, worst->name,
                                     100 * *worst->health->heldOutClippedShare)});
    return found;
}

} // namespace halftone
