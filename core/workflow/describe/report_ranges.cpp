// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/describe/report_run.h"

#include "core/base/text.h"
#include "core/graph/op_traits.h"
#include "core/graph/weights.h"
#include "core/quantize/quantize.h"
#include "core/quantize/range_choice.h"
#include "core/quantize/range_summary.h"
#include "core/workflow/network/quantize_model.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

namespace {

/// Of a tensor whose range is found at every inference.
constexpr const char* kAtRunTime = "run time";

TensorRange tensorRange(const Value& value, const RangeSummary& summary) {
    TensorRange range;
    range.name = displayText(value.name);
    range.observedMin = summary.observedMin;
    range.observedMax = summary.observedMax;
    range.clipMin = summary.clipMin;
    range.clipMax = summary.clipMax;
    if (value.quant)
        range.storage = std::string(name(value.quant->storage));
    if (value.quant && !value.quant->atRunTime) {
        range.scales.assign(value.quant->scales.begin(), value.quant->scales.end());
        range.zeroPoints.assign(value.quant->zeroPoints.begin(), value.quant->zeroPoints.end());
        range.axis = value.quant->axis;
    }
    range.clippedShare = summary.clippedShare;
    range.clippedBySteps = summary.clippedBySteps;
    range.sqnrDb = summary.sqnrDb;
    range.histogram = {{summary.histogramLo, summary.histogramHi}, summary.counts};
    range.channelMin = summary.channelMin;
    range.channelMax = summary.channelMax;
    return range;
}

/// Channels whose scale is larger than that of `needed`, and how many times at most.
struct Excess {
    int64_t channels = 0;
    double most = 1;

    Excess(const QuantParams& params, const QuantParams& needed) {
        constexpr double kNoticeable = 1.001;
        for (size_t i = 0; i < params.scales.size(); ++i) {
            const double times = static_cast<double>(params.scales[i]) / static_cast<double>(needed.scales[i]);
            channels += times > kNoticeable;
            most = std::max(most, times);
        }
    }
};

/// Why the scales of weights are larger than their values ask for; "" where they are not.
/// `values` are outputsFirst().
std::string clipNote(const Tensor& values, const QuantParams& params, WeightLimit limit, bool fromFile) {
    const auto axis = params.axis ? std::optional(0) : std::nullopt;
    const QuantParams full = weightParams(values, axis, 8);
    const Excess excess(params, full);
    if (excess.channels == 0)
        return {};
    const std::string scales =
        axis ? fmt::format("the scales of {} of {} channels are up to {:.2f} times as large as their values need",
                           excess.channels, params.scales.size(), excess.most)
             : fmt::format("the scale is {:.2f} times as large as the values need", excess.most);
    const QuantParams limited =
        limit == WeightLimit::Pairs ? limitedToPairs(values, full) : weightParams(values, axis, bitsOf(limit));
    if (fromFile && Excess(params, limited).channels > 0)
        return fmt::format("The grid is that of the file: {}.", scales);
    if (limit == WeightLimit::Pairs)
        return fmt::format("Without VNNI two products are added in 16 bits, so pairs of weights are limited: {}.",
                           scales);
    return fmt::format("Weights are limited to 7 bits, half of the codes: {}.", scales);
}

std::vector<RangeCandidate> candidates(const TensorStatistics& tensor, const RangeChoice& choice) {
    std::vector<RangeCandidate> candidates;
    for (const auto& [method, grid] : choice.grids) {
        const RangeSummary summary = summarizeActivation(tensor.histogram(), grid);
        candidates.push_back(
            {std::string(nameIn(method)), summary.clipMin, summary.clipMax, summary.clippedShare, summary.sqnrDb});
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
    const std::vector<NodeId> producers = quantized.producers();
    const auto layerOf = [&](const Node& node) { // smoothing is no layer of the file: it belongs to the one before
        const NodeId before = node.inputs.empty() ? kNoNode : producers[static_cast<size_t>(node.inputs.front())];
        return node.origins.empty() && before != kNoNode ? quantized.node(before).name : node.name;
    };
    const auto addActivation = [&](ValueId id, const std::string& layer) {
        const Value& value = quantized.value(id);
        const auto tensor = observed.find(id);
        if (tensor == observed.end() || (!value.quant && tensor->second.notFinite() == 0))
            return;
        const RangeHistogram& histogram = tensor->second.histogram();
        const bool fixed = value.quant && !value.quant->atRunTime;
        TensorRange range =
            tensorRange(value, fixed ? summarizeActivation(histogram, *value.quant) : summarizeActivation(histogram));
        range.notFinite = tensor->second.notFinite();
        if (!value.quant)
            range.clipNote = fmt::format("{} of {} values were NaN or infinite, which no 8-bit code stands for: the "
                                         "tensor has no grid.",
                                         range.notFinite, tensor->second.values());
        else if (!fixed)
            range.clipNote = "Its range is that of the values at each inference: nothing is clipped.";
        range.role = "activation";
        range.layer = displayText(layer);
        range.synthetic = !sources.sampleName;
        if (const auto choice = choices.find(id); choice != choices.end()) {
            range.method = sources.fromFile ? kFromFile : nameIn(choice->second.method);
            range.candidates = candidates(tensor->second, choice->second);
        } else if (value.quant) {
            range.method = kFromFile;
        }
        if (value.quant && !fixed)
            range.method = kAtRunTime;
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
            const Tensor& exact = *sources.fp32.value(input).constant;
            TensorRange range = tensorRange(value, summarizeWeights(exact, *value.quant, *value.constant));
            for (const WeightOperand& weights : weightOperands(node.op))
                if (input == node.inputs[weights.input])
                    range.clipNote = clipNote(outputsFirst(exact, weights.outputDimension), *value.quant,
                                              isDepthwise(quantized, node) ? WeightLimit::Full : sources.weightLimit,
                                              sources.fromFile);
            range.role = "weight";
            range.layer = displayText(node.name);
            range.method = sources.fromFile ? kFromFile : nameIn(RangeMethod::MinMax);
            ranges.push_back(std::move(range));
        }
        for (const ValueId output : node.outputs)
            addActivation(output, layerOf(node));
    }
    return ranges;
}

std::vector<Diagnostic> judgeRanges(const std::vector<TensorRange>& tensors, SampleKind kind) {
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
                         fmt::format("The ranges of {} of {} tensors still grew with the last {}; calibrate with more.",
                                     growing, judged, wordFor(kind, 2))});
    if (clipping > 0)
        found.push_back({Severity::Warning, "clipped-samples", worst->name,
                         fmt::format("The ranges of {} of {} tensors clip more than {:g} % of the values of {} that "
                                     "were not calibrated with, most of all {}: {:.2g} %. Calibrate with more.",
                                     clipping, judged, 100 * kMuchClipped, wordFor(kind, 2), worst->name,
                                     100 * *worst->health->heldOutClippedShare)});
    return found;
}

} // namespace halftone
