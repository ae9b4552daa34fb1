// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli inspect: what a model file holds.
#include "app/command.h"
#include "app/summary.h"
#include "app/targets.h"
#include "core/report/json.h"
#include "core/workflow/jobs/profile.h"

#include <cstdio>

namespace halftone::app {

namespace {

class InspectCommand : public RequestCommand {
public:
    InspectCommand() : RequestCommand(JobKind::Inspect, "Tell what a model file holds") {}

    void add(Options& options) override {
        RequestCommand::add(options);
        options.add("--out", "Write the description as report JSON here", m_out);
    }

    int run(Job& job, Progress& told) override {
        const Report report = inspectModel(m_request, job);
        if (!m_out.empty())
            saveReport(report, m_out);
        if (progress != "jsonl")
            std::fputs(modelSummary(report).c_str(), stdout);
        told.done(m_out, "");
        return 0;
    }

private:
    std::string m_out;
};

} // namespace

std::unique_ptr<Command> inspectCommand() {
    return std::make_unique<InspectCommand>();
}

} // namespace halftone::app
