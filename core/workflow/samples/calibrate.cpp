// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/samples/calibrate.h"

#include "core/base/error.h"
#include "core/quantize/clipped_counts.h"
#include "core/workflow/samples/feed.h"

#include <set>

namespace halftone {

Calibration calibrate(const Graph& graph, Plan& fp32, const Samples& samples, const std::vector<int64_t>& indices,
                      LayerInputs& inputs, Stages& stages) {
    Calibration calibration(graph, std::ssize(indices));
    forEachBatch(fp32, samples, indices, stages, [&](std::span<const int64_t> batch) {
        fp32.runObserved([&](ValueId value, const Activation& activation) {
            calibration.observe(value, activation.elements, batch);
            inputs.observe(value, activation.elements, activation.channelBlock, std::ssize(batch));
        });
        calibration.endBatch();
        inputs.endBatch();
    });
    inputs.finish();
    return calibration;
}

std::vector<int64_t> heldOutSamples(const Samples& samples, const std::vector<int64_t>& calibrated) {
    const std::set<int64_t> taken(calibrated.begin(), calibrated.end());
    std::vector<int64_t> others;
    for (int64_t index = 0; index < samples.size(); ++index)
        if (!taken.contains(index))
            others.push_back(index);
    return evenlySpread(kHeldOutSamples, others);
}

std::map<ValueId, double> clippedShares(const Graph& quantized, Plan& fp32, const Samples& samples,
                                        const std::vector<int64_t>& indices, Stages& stages) {
    ClippedCounts counts(quantized);
    forEachBatch(fp32, samples, indices, stages, [&](std::span<const int64_t> batch) {
        fp32.runObserved([&](ValueId value, std::span<const float> elements) {
            counts.observe(value, elements, std::ssize(batch));
        });
    });
    return counts.shares();
}

void checkSettings(int threads, int64_t calibrationSamples, const QuantizeOptions& quantization) {
    if (threads < 0 || threads > 1024)
        throw Error(ErrorCode::Usage, "The number of threads must be 0 (all) to 1024.");
    if (calibrationSamples < 1)
        throw Error(ErrorCode::Usage, "Calibration needs at least 1 sample.");
    if (!(quantization.percentile > 50 && quantization.percentile <= 100))
        throw Error(ErrorCode::Usage, "The percentile must be above 50 and at most 100.");
}

} // namespace halftone
