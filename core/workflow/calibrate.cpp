#include "core/workflow/calibrate.h"

#include "core/workflow/feed.h"

namespace halftone {

Calibration calibrate(const Graph& graph, Plan& fp32, const Samples& samples, const std::vector<int64_t>& indices,
                      Stages& stages) {
    Calibration calibration(graph);
    forEachBatch(fp32, samples, indices, stages, [&](size_t, size_t) {
        fp32.runObserved([&](ValueId value, std::span<const float> elements) { calibration.observe(value, elements); });
    });
    return calibration;
}

int weightBitsFor(const MachineInfo& machine, int requested) {
    if (requested != 0)
        return requested;
    return machine.int8DotProduct ? 8 : 7;
}

} // namespace halftone
