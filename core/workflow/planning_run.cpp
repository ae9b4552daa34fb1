#include "core/workflow/planning_run.h"

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/workflow/feed.h"

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

double PlanningRun::shareS(PlanningStage stage) const {
    const auto first = static_cast<size_t>(stage);
    double sum = 0;
    for (size_t i = first; i < kShares.size(); ++i)
        sum += kShares[i].share;
    return std::max(0.0, leftS()) * kShares[first].share / sum;
}

void PlanningRun::diagnose(Severity severity, const std::string& code, const std::string& message) {
    diagnostics.push_back({severity, code, "", message});
    job.listener().diagnostic(diagnostics.back());
}

MeasuredAll PlanningRun::measure(const std::vector<MeasuredPlan>& plans, double budgetS) {
    double allMs = 0;
    for (const MeasuredPlan& plan : plans) {
        fillBatch(*plan.plan, input.samples, input.evaluation, 0);
        const int64_t start = nowNs();
        plan.plan->run();
        allMs += static_cast<double>(nowNs() - start) / 1e6;
    }
    const int rounds = std::clamp(static_cast<int>(1000 * budgetS / (5 * allMs)), 3, 10);
    return measureInterleaved(plans, {0.9 * budgetS, rounds, input.seed}, job,
                              [&](double fraction) { stages.progress(fraction); });
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
