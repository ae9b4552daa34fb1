// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli isa: the same model with the instruction set capped, in processes of their own.
#include "core/workflow/jobs/isa.h"
#include "app/measuring_command.h"
#include "app/summary.h"
#include "core/base/temporary_folder.h"
#include "core/report/request_file.h"

#include <filesystem>

namespace halftone::app {

namespace {

class IsaCommand : public MeasuringCommand {
public:
    IsaCommand() : MeasuringCommand(JobKind::Isa, "Compare what lesser instruction sets would do") {}

    void add(Options& options) override {
        MeasuringCommand::add(options);
        options.addHidden("--worker", m_workerResult);
    }

    int run(Job& job, Progress& told) override {
        if (!m_workerResult.empty())
            return serveIsaComparison(m_request, m_workerResult) ? 0 : 1;
        return MeasuringCommand::run(job, told);
    }

protected:
    Report measure(Job& job) override {
        const TemporaryFolder folder("halftone-isa");
        const std::string request = (folder.path() / "request.json").string();
        saveRequest(m_request, request);
        const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
        return compareIsas({m_request, {self, name, "--request", request, "--worker"}}, job);
    }
    std::string summary(const Report& report) const override { return isaSummary(report); }

private:
    std::string m_workerResult; // where this process, started by another one, writes its rows
};

} // namespace

std::unique_ptr<Command> isaCommand() {
    return std::make_unique<IsaCommand>();
}

} // namespace halftone::app
