// SPDX-License-Identifier: GPL-3.0-or-later
// What each layer's int8 alone does: to the network's output, and to the steps at its borders.
#pragma once

#include "core/engine/plan/plan.h"
#include "core/graph/graph.h"
#include "core/workflow/compare/output_reference.h"
#include "core/workflow/samples/samples.h"
#include "core/workflow/tell/stages.h"

#include <functional>
#include <vector>

namespace halftone {

/// Samples as the network's inputs take them, decoded once.
class PreparedSamples {
public:
    /// Runs the fp32 plan over them and keeps its outputs in `reference`.
    PreparedSamples(Plan& fp32, const Samples& samples, const std::vector<int64_t>& indices, Stages& stages,
                    OutputReference& reference);

    size_t batches() const { return m_batches.size(); }
    /// Fills `plan`, lets `run` run it, and compares its outputs, batch by batch.
    OutputDifference compare(Plan& plan, const OutputReference& reference, const std::function<void()>& run) const;

private:
    struct Batch {
        std::vector<int64_t> samples;
        std::vector<std::vector<float>> inputs;
    };
    std::vector<Batch> m_batches;
};

struct LayerTrial {
    NodeId node = kNoNode;
    OutputDifference difference;
    std::vector<StepInfo> steps;
    std::vector<double> stepMs; // medians over the samples
};

/// `node` of the quantized network in int8, all other layers in fp32. Kernels are timed as in the final plan: the steps
/// at the layer's borders are those of mixed plans. `progress` rises to 1.
LayerTrial tryLayer(const Graph& reference, const Graph& quantized, NodeId node, const PreparedSamples& samples,
                    const OutputReference& outputs, const Job& job, const std::function<void(double)>& progress);

} // namespace halftone
