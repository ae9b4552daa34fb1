// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/isa_command.h"

#include "app/summary.h"

#include "core/workflow/jobs/isa.h"

#include <cstdio>
#include <filesystem>

namespace halftone::app {

void IsaCommand::add(CLI::App* command) {
    options.request.timeBudgetS = 4;
    options.add(command);
    options.addRun(command, "Pictures to compare accuracy on (0: all)", "Seconds to measure each instruction set for");
    precisions.add(command);
    target.add(command);
    command->add_option("--worker", worker)->group(""); // not for users, so not in the help
}

int IsaCommand::run(const std::string& commandLine, std::vector<std::string> words, Job& job, Progress& told) {
    options.resolve(commandLine);
    options.request.precisions = precisions.resolve();
    if (!worker.empty())
        return serveIsaComparison(options.request, worker) ? 0 : 1;
    target.prepare(options.request, job);
    IsaRequest request{options.request, {std::filesystem::read_symlink("/proc/self/exe").string()}};
    request.worker.insert(request.worker.end(), words.begin(), words.end());
    request.worker.push_back("--worker");
    const Report report = compareIsas(request, job);
    job.checkCancelled();
    target.save(report);
    told.done(target.reportPath(), report.verdict.sentence);
    if (options.progress != "jsonl")
        std::fputs(isaSummary(report).c_str(), stdout);
    if (options.progress == "none")
        std::fputs(diagnosticLines(report).c_str(), stdout);
    return 0;
}

} // namespace halftone::app
