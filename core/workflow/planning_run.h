// What the stages of planning share: their input, the time that is left, and what is told meanwhile.
#pragma once

#include "core/profile/measure.h"
#include "core/workflow/layer_planner.h"

#include <string>
#include <vector>

namespace halftone {

enum class PlanningStage { Measure, Compare, Try, Choose, Verify };

struct PlanningRun {
    const PlanningInput& input;
    std::vector<Diagnostic>& diagnostics;
    Job& job;
    Stages& stages;

    double leftS() const;
    /// Of the time that is left, shared among this stage and those to come.
    double shareS(PlanningStage stage) const;
    void diagnose(Severity severity, const std::string& code, const std::string& message);
    /// Step by step and in turn, on the first samples.
    MeasuredAll measure(const std::vector<MeasuredPlan>& plans, double budgetS);

    const std::vector<Node>& nodes() const { return input.quantized.nodes(); }
    /// The first layer of the file that the node computes, as shown.
    std::string layerName(NodeId id) const;
    int64_t batch() const { return input.fp32.inputShape(0)[0]; }
};

} // namespace halftone
