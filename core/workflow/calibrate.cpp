#include "core/workflow/calibrate.h"

#include "core/base/error.h"
#include "core/workflow/feed.h"

#include <fmt/format.h>

namespace halftone {

Calibration calibrate(const Graph& graph, Plan& fp32, const Samples& samples, const std::vector<int64_t>& indices,
                      Stages& stages) {
    Calibration calibration(graph);
    forEachBatch(fp32, samples, indices, stages, [&](size_t, size_t) {
        fp32.runObserved([&](ValueId value, std::span<const float> elements) { calibration.observe(value, elements); });
    });
    return calibration;
}

void checkSettings(int threads, int64_t calibrationSamples, int weightBits) {
    if (threads < 0 || threads > 1024)
        throw Error(ErrorCode::Usage, "The number of threads must be 0 (all) to 1024.");
    if (calibrationSamples < 1)
        throw Error(ErrorCode::Usage, "Calibration needs at least 1 sample.");
    if (weightBits != 0 && weightBits != 7 && weightBits != 8)
        throw Error(ErrorCode::Usage, "Weights can have 7 or 8 bits (0 chooses).");
}

int weightBitsFor(const MachineInfo& machine, int requested) {
    if (requested != 0)
        return requested;
    return machine.int8DotProduct ? 8 : 7;
}

QuantizeOptions quantizeOptionsFor(const MachineInfo& machine, int weightBits) {
    QuantizeOptions options;
    options.weightLimit = weightBitsFor(machine, weightBits) == 7 ? WeightLimit::SevenBits : WeightLimit::Full;
    return options;
}

std::optional<Diagnostic> weightBitsDiagnostic(const MachineInfo& machine, int requested) {
    if (requested == 7)
        return Diagnostic{Severity::Info, "reduced-weights", "", "Weights were limited to 7 bits as asked."};
    if (machine.int8DotProduct)
        return std::nullopt;
    if (requested == 0)
        return Diagnostic{
            Severity::Info, "reduced-weights", "",
            fmt::format("This CPU ({}) has no VNNI and sums int8 products in 16 bits: weights were limited "
                        "to 7 bits, so that no sum saturates.",
                        machine.isa)};
    return Diagnostic{
        Severity::Warning, "saturation-risk", "",
        fmt::format("This CPU ({}) has no VNNI: with 8-bit weights its int8 sums can saturate, and results "
                    "differ from a CPU with VNNI. Use 7-bit weights.",
                    machine.isa)};
}

} // namespace halftone
