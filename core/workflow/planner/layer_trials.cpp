// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/planner/layer_trials.h"

#include "core/engine/compile.h"
#include "core/profile/statistics.h"
#include "core/quantize/mixed_graph.h"
#include "core/workflow/samples/feed.h"

#include <algorithm>

namespace halftone {

PreparedSamples::PreparedSamples(Plan& fp32, const Samples& samples, const std::vector<int64_t>& indices,
                                 Stages& stages, OutputReference& reference) {
    forEachBatch(fp32, samples, indices, stages, [&](std::span<const int64_t> rows) {
        fp32.run();
        Batch batch{{rows.begin(), rows.end()}, {}};
        for (size_t row = 0; row < rows.size(); ++row)
            reference.keep(rows[row], fp32, row);
        for (size_t input = 0; input < fp32.inputCount(); ++input) {
            const std::span<const float> values = fp32.input(input);
            batch.inputs.emplace_back(values.begin(), values.end());
        }
        m_batches.push_back(std::move(batch));
    });
}

OutputDifference PreparedSamples::compare(Plan& plan, const OutputReference& reference,
                                          const std::function<void()>& run) const {
    OutputDifference difference;
    for (const Batch& batch : m_batches) {
        for (size_t input = 0; input < batch.inputs.size(); ++input)
            std::ranges::copy(batch.inputs[input], plan.input(input).begin());
        run();
        for (size_t row = 0; row < batch.samples.size(); ++row)
            reference.compare(batch.samples[row], plan, row, difference);
    }
    return difference;
}

LayerTrial tryLayer(const Graph& reference, const Graph& quantized, NodeId node, const PreparedSamples& samples,
                    const OutputReference& outputs, const Job& job, const std::function<void(double)>& progress) {
    constexpr double kCompiling = 0.5; // of the time, roughly
    std::vector<bool> int8(quantized.nodes().size());
    int8[static_cast<size_t>(node)] = true;
    Plan plan = compile(mixedGraph(reference, quantized, int8), {Precision::Int8}, job,
                        [&](double done) { progress(kCompiling * done); });
    LayerTrial trial{node, {}, plan.steps(), {}};
    std::vector<std::vector<double>> times(plan.steps().size());
    std::vector<int64_t> stepNs(plan.steps().size());
    double runs = 0;
    trial.difference = samples.compare(plan, outputs, [&] {
        job.checkCancelled();
        std::ranges::fill(stepNs, 0);
        plan.runTimed(stepNs);
        for (size_t i = 0; i < stepNs.size(); ++i)
            times[i].push_back(static_cast<double>(stepNs[i]) / 1e6);
        progress(kCompiling + (1 - kCompiling) * ++runs / static_cast<double>(samples.batches()));
    });
    for (const std::vector<double>& each : times)
        trial.stepMs.push_back(median(each));
    return trial;
}

} // namespace halftone
