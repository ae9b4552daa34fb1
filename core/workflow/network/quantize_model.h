// SPDX-License-Identifier: GPL-3.0-or-later
// From a network to its quantized twin: the one way in which every command goes.
#pragma once

#include "core/base/diagnostic.h"
#include "core/engine/machine/machine.h"
#include "core/engine/plan/plan.h"
#include "core/quantize/calibration.h"
#include "core/quantize/layer_inputs.h"
#include "core/quantize/smoothing.h"
#include "core/report/quantization_report.h"
#include "core/request/quantization.h"
#include "core/workflow/network/load.h"
#include "core/workflow/network/range_method.h"
#include "core/workflow/samples/samples.h"
#include "core/workflow/tell/stages.h"

#include <functional>
#include <optional>
#include <vector>

namespace halftone {

/// A network on 8-bit grids, and what was done to get there.
struct QuantizedModel {
    Graph graph;                 // ready for compile(), in int8 or simulated
    QuantizationOptions options; // as resolved, for the report
    std::vector<Diagnostic> diagnostics;
};

/// Runs the calibration samples once, then quantizes as often as is wanted, which takes little time. A model that was
/// quantized before keeps its own grids: the samples then only show what these clip.
class ModelQuantizer {
public:
    /// `fp32` is the plan of model.graph. Enters no stage: progress is told within the current one. Throws Error{Usage}
    /// as checkOptions, Cancelled.
    ModelQuantizer(const LoadedModel& model, Plan& fp32, const Samples& samples, const std::vector<int64_t>& indices,
                   const QuantizeOptions& options, const MachineInfo& machine, Stages& stages);
    ModelQuantizer(const ModelQuantizer&) = delete;
    ModelQuantizer& operator=(const ModelQuantizer&) = delete;

    /// With the options given at first. `progress` rises to 1. Throws Error{BadInput} for weights that are not finite.
    QuantizedModel quantize(const std::function<void(double)>& progress = {}) const {
        return quantize(m_options, progress);
    }
    /// With others, which must ask for the same equalization, smoothing and rounding: what comes before is done
    /// already.
    QuantizedModel quantize(const QuantizeOptions& options, const std::function<void(double)>& progress = {}) const;

    /// The model was quantized before and keeps its grids.
    bool adopts() const { return m_fileGrids.has_value(); }
    const Calibration& calibration() const { return m_calibration; }
    /// With what "auto" became for ranges and the limit of weights.
    QuantizeOptions resolved(const QuantizeOptions& options) const;
    /// The fp32 network that quantize() starts from: layers that stay out of int8 compute with its weights.
    const Graph& graph() const { return m_graph; }
    /// Its activations are others than those of the model's fp32 network.
    bool changesActivations() const;

private:
    void adopt(const QuantizeOptions& options, QuantizedModel& quantized) const;

    QuantizeOptions m_options;
    MachineInfo m_machine;
    std::optional<Graph> m_fileGrids; // of a model that was quantized before
    ChannelFactors m_factors;         // by which channels are divided
    Graph m_graph;                    // that the calibration speaks of
    LayerInputs m_inputs;
    Calibration m_calibration;
    RangeMethodChoice m_ranges; // where no method is asked for
};

/// Throws Error{Usage} for layers and tensors that the model has not.
void checkOptions(const LoadedModel& model, const QuantizeOptions& options);

/// What the options ask for, or what is safe on this CPU.
WeightLimit weightLimitFor(const MachineInfo& machine, const QuantizeOptions& options);
/// That a weight can have at most: 7 or 8.
int bitsOf(WeightLimit limit);

/// The report's words for these options on this CPU; switches that are Auto count as off.
QuantizationOptions describeOptions(const MachineInfo& machine, const QuantizeOptions& options);

} // namespace halftone
