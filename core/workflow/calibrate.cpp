#include "core/workflow/calibrate.h"

#include "core/base/error.h"
#include "core/workflow/feed.h"

namespace halftone {

Calibration calibrate(const Graph& graph, Plan& fp32, const Samples& samples, const std::vector<int64_t>& indices,
                      LayerInputs& inputs, Stages& stages) {
    Calibration calibration(graph);
    forEachBatch(fp32, samples, indices, stages, [&](std::span<const int64_t> batch) {
        const int64_t used = std::ssize(batch);
        fp32.runObserved([&](ValueId value, const Activation& activation) {
            calibration.observe(value, activation.elements, used);
            inputs.observe(value, activation.elements, activation.channelBlock, used);
        });
    });
    return calibration;
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
