// Calibration and the two plans: what profiling and running have in common.
#pragma once

#include "core/engine/machine.h"
#include "core/engine/plan.h"
#include "core/quantize/calibration.h"
#include "core/workflow/samples.h"
#include "core/workflow/stages.h"

#include <vector>

namespace halftone {

/// Runs the fp32 plan over these samples and collects all activations.
Calibration calibrate(const Graph& graph, Plan& fp32, const Samples& samples, const std::vector<int64_t>& indices,
                      Stages& stages);

/// `requested`, or what is safe on this CPU when it is 0: 8 bits with VNNI or AMX, else 7.
int weightBitsFor(const MachineInfo& machine, int requested);

} // namespace halftone
