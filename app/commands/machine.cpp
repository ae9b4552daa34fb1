// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli machine: what this machine can do at most.
#include "app/command.h"
#include "app/summary.h"
#include "core/workflow/jobs/profile.h"

#include <cstdio>

namespace halftone::app {

namespace {

class MachineCommand : public Command {
public:
    MachineCommand() : Command("machine", "Measure what this machine can do at most") {}

    void add(Options& options) override { options.add("--threads", "Threads (0: one for each CPU)", m_threads); }

    int run(Job& job, Progress&) override {
        std::fputs(machineSummary(describeMachine(m_threads, job)).c_str(), stdout);
        return 0;
    }

private:
    int m_threads = 0;
};

} // namespace

std::unique_ptr<Command> machineCommand() {
    return std::make_unique<MachineCommand>();
}

} // namespace halftone::app
