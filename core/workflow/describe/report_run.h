// SPDX-License-Identifier: GPL-3.0-or-later
// Plans and measurements as rows of the report.
#pragma once

#include "core/engine/plan/plan.h"
#include "core/formats/model_source.h"
#include "core/profile/measure.h"
#include "core/quantize/calibration.h"
#include "core/report/report.h"
#include "core/request/quantization.h"

#include <functional>
#include <map>

namespace halftone {

struct RunFacts {
    std::string precision, isa;
    int threads = 0;
    int64_t batch = 1;
    double compileMs = 0, firstMs = 0;
    int64_t peakRssBytes = 0;
};

StepKind stepKind(StepInfo::Kind kind);

/// stepsMs is the sum of the steps' medians in the rounds around the median; unexplainedMs what the whole-model median
/// has beyond it, waitingMs the part of that which threads waited for a CPU. The speed-up is that over the first plan
/// of the measurement, which is taken to be fp32.
Run describeRun(const Plan& plan, const Measurement& measured, const RunFacts& facts);

/// Conversions of one run: those of every inference from its steps, then those made once while compiling.
void appendConversions(std::vector<Conversion>& conversions, const Run& run, const Plan& plan);

/// One row a layer of the file, both runs side by side. A layer is executed when a step bears its name first, fused
/// when another layer's step computes it, eliminated when no step does. Layers that share a step in any run form a
/// group; the speed-up of a group stands at its first executed layer. `disturbed`: see gradeOf.
std::vector<Layer> alignLayers(const std::vector<FileLayer>& fileLayers, const std::vector<Run>& runs, bool disturbed);

/// What the ranges were found with.
struct RangeSources {
    const Graph& fp32; // with the weights as they were before rounding
    const Calibration& calibration;
    const QuantizeOptions& options;
    /// Names the samples by their numbers; absent for random input, whose ranges are synthetic.
    std::function<std::string(int64_t)> sampleName;
    /// By tensor, of samples that were not calibrated with; empty without any.
    std::map<ValueId, double> heldOutClippedShares;
    bool fromFile = false; // the grids are those of a model that was quantized before
    WeightLimit weightLimit = WeightLimit::Full;
};

/// Ranges of all observed activations on grids and of all quantized weights, in the order of the network; also of
/// activations that have no grid because they held NaN or infinity.
std::vector<TensorRange> describeRanges(const Graph& quantized, const RangeSources& sources);

/// "growing-ranges" where many ranges still grew with the last samples, "clipped-samples" where grids clip much more of
/// samples that were not calibrated with.
std::vector<Diagnostic> judgeRanges(const std::vector<TensorRange>& tensors, SampleKind kind);

} // namespace halftone
