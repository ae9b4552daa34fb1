#include "core/workflow/report_run.h"

#include "core/base/text.h"
#include "core/quantize/range_summary.h"

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

} // namespace

std::vector<TensorRange> describeRanges(const Graph& quantized, const Calibration& calibration, bool synthetic) {
    std::vector<TensorRange> ranges;
    const auto addActivation = [&](ValueId id, const std::string& layer) {
        const Value& value = quantized.value(id);
        const auto histogram = calibration.tensors().find(id);
        if (!value.quant || histogram == calibration.tensors().end())
            return;
        TensorRange range = tensorRange(value, *value.quant, summarizeActivation(histogram->second.histogram(), *value.quant));
        range.role = "activation";
        range.layer = displayText(layer);
        range.synthetic = synthetic;
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
                tensorRange(value, *value.quant, summarizeWeights(*value.constant, *value.quant));
            range.role = "weight";
            range.layer = displayText(node.name);
            ranges.push_back(std::move(range));
        }
        for (const ValueId output : node.outputs)
            addActivation(output, node.name);
    }
    return ranges;
}

} // namespace halftone
