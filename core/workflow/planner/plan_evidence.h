// SPDX-License-Identifier: GPL-3.0-or-later
// All that is measured before layers are chosen: both whole networks, and every layer alone in int8.
#pragma once

#include "core/profile/step_times.h"
#include "core/workflow/compare/output_reference.h"
#include "core/workflow/planner/plan_problem.h"
#include "core/workflow/planner/planning_run.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace halftone {

class PlanEvidence {
public:
    /// Enters the first stage and compiles the plans that fp32 is compared with. Keeps a reference to `run`.
    explicit PlanEvidence(PlanningRun& run);

    /// The first three stages of planning, one after the other. The first throws Error{Usage} for a layer that is to be
    /// in int8 but has no kernel for it.
    void measureWhole();
    void compareWhole();
    void tryLayers();
    /// Whether the pictures of fp32's answers come as the network was made for: a diagnostic where they do not.
    void checkPictures();

    double drop(const OutputDifference& difference) const { return reference.drop(difference); }
    /// Seconds that an inference of one sample takes in this precision.
    double sampleS(const std::string& precision) const;

    Plan int8;
    std::unique_ptr<Plan> bf16; // where this CPU has it
    std::string otherPrecision; // of the layers that are kept out of int8: the faster one of fp32 and bf16
    std::vector<NodeId> layers; // that are in int8 or not by themselves
    std::map<std::string, MeasuredSteps> measured;
    bool disturbed = false; // other programs or guests took the CPU meanwhile
    std::map<std::string, double> latencyMs;
    StepTimes times;

    OutputReference reference;
    std::vector<int64_t> samples; // that accuracy is taken on
    double compileS = 0;          // of a plan in int8
    double compareS = 0;          // of one more plan, with all these samples
    OutputDifference int8Difference;

    PlanFigures figures;
    int64_t triedSamples = 0, triedRight = 0; // of the trials; of these fp32 gets right
    double int8Noise = 0;                     // of all layers together, on the samples of the trials

private:
    void checkPins() const;
    double leastProofS() const;
    void tellTrials(int64_t mostSamples);

    PlanningRun& m_run;
};

} // namespace halftone
