// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli sweep: the same model at several batches and numbers of threads.
#include "core/workflow/jobs/sweep.h"
#include "app/measuring_command.h"
#include "app/summary.h"

namespace halftone::app {

namespace {

class SweepCommand : public MeasuringCommand {
public:
    SweepCommand() : MeasuringCommand(JobKind::Sweep, "Measure at several batches and numbers of threads") {}

protected:
    Report measure(Job& job) override { return sweepModel(m_request, job); }
    std::string summary(const Report& report) const override { return sweepSummary(report); }
};

} // namespace

std::unique_ptr<Command> sweepCommand() {
    return std::make_unique<SweepCommand>();
}

} // namespace halftone::app
