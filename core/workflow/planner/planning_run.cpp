// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/planner/planning_run.h"

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/workflow/samples/feed.h"

#include <algorithm>
#include <array>

namespace halftone {

namespace {

struct Share {
    const char* name;
    double share; // of the time
};
constexpr std::array kShares{Share{"Measuring fp32 and int8", 0.12}, Share{"Comparing accuracy", 0.2},
                             Share{"Trying each layer alone in int8", 0.35}, Share{"Choosing layers", 0.08},
                             Share{"Verifying the plan", 0.25}};

} // namespace

double PlanningRun::leftS() const {
    return static_cast<double>(input.deadlineNs - nowNs()) / 1e9;
}

void PlanningRun::enter(PlanningStage stage) {
    stages.next();
    const auto first = static_cast<size_t>(stage);
    for (size_t i = first; i < kShares.size(); ++i)
        stages.estimate(stages.current() + i - first,
                        shareS(static_cast<PlanningStage>(i), stage) + (i + 1 == kShares.size() ? proofS : 0));
}

double PlanningRun::shareS(PlanningStage stage, PlanningStage current) const {
    double sum = 0;
    for (size_t i = static_cast<size_t>(current); i < kShares.size(); ++i)
        sum += kShares[i].share;
    return std::max(0.0, leftS() - proofS) * kShares[static_cast<size_t>(stage)].share / sum;
}

void PlanningRun::diagnose(const Diagnostic& diagnostic) {
    diagnostics.push_back(diagnostic);
    job.listener().diagnostic(diagnostic);
}

void PlanningRun::diagnose(Severity severity, const std::string& code, const std::string& message) {
    diagnose({severity, code, "", message});
}

MeasuredAll PlanningRun::measure(const std::vector<MeasuredPlan>& plans, double budgetS) {
    for (const MeasuredPlan& plan : plans)
        fillBatch(*plan.plan, input.samples, input.evaluation, 0);
    MeasureOptions options{0.9 * budgetS, 10, input.seed};
    options.strict = true;
    return measureInterleaved(plans, options, job, stages.teller());
}

std::string PlanningRun::layerName(NodeId id) const {
    const Node& node = input.quantized.node(id);
    return displayText(node.origins.empty() ? node.name : node.origins.front());
}

std::vector<Stages::Stage> planningStages(double budgetS) {
    std::vector<Stages::Stage> stages;
    for (const Share& share : kShares)
        stages.push_back({share.name, share.share * budgetS});
    return stages;
}

} // namespace halftone
