// Calibration and the two plans: what profiling and running have in common.
#pragma once

#include "core/base/diagnostic.h"
#include "core/engine/machine.h"
#include "core/engine/plan.h"
#include "core/quantize/calibration.h"
#include "core/quantize/options.h"
#include "core/workflow/samples.h"
#include "core/workflow/stages.h"

#include <optional>
#include <vector>

namespace halftone {

/// Runs the fp32 plan over these samples and collects all activations.
Calibration calibrate(const Graph& graph, Plan& fp32, const Samples& samples, const std::vector<int64_t>& indices,
                      Stages& stages);

/// Throws Error{Usage} for settings out of their range: threads 0 (all) to 1024, at least one calibration sample,
/// weights of 7 or 8 bits (0 chooses).
void checkSettings(int threads, int64_t calibrationSamples, int weightBits);

/// `requested`, or what is safe on this CPU when it is 0: 8 bits with VNNI or AMX, else 7.
int weightBitsFor(const MachineInfo& machine, int requested);

/// The defaults with these bits (0: by this CPU).
QuantizeOptions quantizeOptionsFor(const MachineInfo& machine, int weightBits);

/// What there is to say about these bits on this CPU: "reduced-weights", or a warning "saturation-risk".
std::optional<Diagnostic> weightBitsDiagnostic(const MachineInfo& machine, int requested);

} // namespace halftone
