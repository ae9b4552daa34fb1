// SPDX-License-Identifier: GPL-3.0-or-later
// Decides which layers of a quantized network stay out of int8, and proves it by measuring.
#pragma once

#include "core/base/diagnostic.h"
#include "core/engine/plan/plan.h"
#include "core/graph/graph.h"
#include "core/report/report.h"
#include "core/workflow/judge/judged_output.h"
#include "core/workflow/samples/samples.h"
#include "core/workflow/tell/stages.h"

#include <map>
#include <optional>
#include <vector>

namespace halftone {

struct LoadedModel;

struct PlanningInput {
    const Graph& reference; // that `quantized` was made from
    const Graph& quantized;
    Plan& fp32; // of `reference`
    const Samples& samples;
    const DataSamples* data = nullptr;        // the same samples where they are the user's
    const PictureSamples* pictures = nullptr; // the same where they are pictures
    JudgedOutput judged;                      // what accuracy is taken of
    std::vector<int64_t> evaluation;          // of the samples, those to judge accuracy by
    std::map<NodeId, bool> pins;              // in int8 or not, by the user's wish
    std::string isa;                          // MachineInfo::isa
    std::optional<double> maxDrop;            // absent: 1 point; without classes 10 % of the outputs' norm
    bool relative = false;                    // maxDrop is a share of the fp32 top-1 in percent
    uint64_t seed = 1;
    int64_t deadlineNs = 0;             // of nowNs()
    const LoadedModel* model = nullptr; // of pictures, to check the preprocessing by
};

/// In five stages, each with its share of the time that is left:
///   1. measures fp32 (bf16 where this CPU has it) and all-int8 in turn, step by step;
///   2. takes the accuracy of both, and checks whether the pictures come as the network was made for;
///   3. tries every layer alone in int8;
///   4. chooses by minimum cuts: the corners of the front of latency and noise, compiled, their latency told from the
///      times of their steps wherever these were measured, the drop from the noise (quantize/drop_model.h);
///   5. takes the accuracy of the fastest point predicted to be within the limit, then of slower or faster ones by what
///      was measured, as long as time is left, and measures the fastest within it in turn with fp32 and all-int8; where
///      all-int8 is within the limit and was not slower, it is the plan.
/// Where the time does not suffice there are fewer samples, trials and rounds, and a diagnostic "plan-..." says so.
/// Fills all of MixedPlan but timeBudgetS and usedS; of its conditions what disturbed the last measurement. Enters the
/// stages that planningStages() gives. Throws Cancelled, Error{BadInput} for outputs that are not finite.
MixedPlan planLayers(const PlanningInput& input, std::vector<Diagnostic>& diagnostics, Job& job, Stages& stages);

std::vector<Stages::Stage> planningStages(double budgetS);

} // namespace halftone
