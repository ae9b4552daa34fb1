// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli plan: which layers should stay out of int8.
#include "core/workflow/jobs/plan.h"
#include "app/measuring_command.h"
#include "app/summary.h"

namespace halftone::app {

namespace {

class PlanCommand : public MeasuringCommand {
public:
    PlanCommand() : MeasuringCommand(JobKind::Plan, "Choose the layers that should stay out of int8") {}

protected:
    Report measure(Job& job) override { return planModel(m_request, job); }
    std::string summary(const Report& report) const override { return planSummary(report); }
};

} // namespace

std::unique_ptr<Command> planCommand() {
    return std::make_unique<PlanCommand>();
}

} // namespace halftone::app
