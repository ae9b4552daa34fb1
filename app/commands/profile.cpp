// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli profile: the main job.
#include "core/workflow/jobs/profile.h"
#include "app/measuring_command.h"
#include "app/summary.h"

namespace halftone::app {

namespace {

class ProfileCommand : public MeasuringCommand {
public:
    ProfileCommand() : MeasuringCommand(JobKind::Profile, "Quantize a model and measure fp32 against int8") {}

protected:
    Report measure(Job& job) override { return profileModel(m_request, job); }
    std::string summary(const Report& report) const override { return profileSummary(report); }
};

} // namespace

std::unique_ptr<Command> profileCommand() {
    return std::make_unique<ProfileCommand>();
}

} // namespace halftone::app
