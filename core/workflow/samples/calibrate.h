// SPDX-License-Identifier: GPL-3.0-or-later
// Running the calibration samples, and the settings that every command has.
#pragma once

#include "core/engine/plan/plan.h"
#include "core/quantize/calibration.h"
#include "core/quantize/layer_inputs.h"
#include "core/request/quantization.h"
#include "core/workflow/samples/samples.h"
#include "core/workflow/tell/stages.h"

#include <map>
#include <vector>

namespace halftone {

/// Runs the fp32 plan over these samples and collects all activations, and in `inputs` what layers read.
Calibration calibrate(const Graph& graph, Plan& fp32, const Samples& samples, const std::vector<int64_t>& indices,
                      LayerInputs& inputs, Stages& stages);

constexpr int64_t kHeldOutSamples = 50; // at most

/// Samples, evenly spread, that are not among those calibrated with.
std::vector<int64_t> heldOutSamples(const Samples& samples, const std::vector<int64_t>& calibrated);

/// Of every activation the share of its values over these samples that its grid in `quantized` clips. Empty without
/// samples.
std::map<ValueId, double> clippedShares(const Graph& quantized, Plan& fp32, const Samples& samples,
                                        const std::vector<int64_t>& indices, Stages& stages);

/// Throws Error{Usage} for settings out of their range: threads 0 (all) to 1024, at least one calibration sample,
/// a percentile above 50 and at most 100.
void checkSettings(int threads, int64_t calibrationSamples, const QuantizeOptions& quantization);

} // namespace halftone
