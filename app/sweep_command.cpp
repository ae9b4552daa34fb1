// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sweep_command.h"

#include "app/summary.h"

#include "core/base/text.h"
#include "core/workflow/jobs/sweep.h"

#include <algorithm>
#include <cstdio>

namespace halftone::app {

namespace {

/// Numbers that no int holds stay out of range, so that the workflow refuses them.
int threadCount(int64_t asked) {
    return static_cast<int>(std::clamp<int64_t>(asked, -1, 1 << 20));
}

} // namespace

void SweepCommand::add(CLI::App* command) {
    options.request.timeBudgetS = 2;
    options.add(command);
    command->add_option("--batches", batches, "Samples in one inference: 1,2,4,8,16,32")
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--threads", threads, "Numbers of threads: 1,2,all; without it 1, 2, 4 ... all")
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--time", options.request.timeBudgetS, "Seconds to measure each setting for")
        ->capture_default_str();
    precisions.add(command);
    target.add(command);
}

int SweepCommand::run(const std::string& commandLine, Job& job, Progress& told) {
    options.resolve(commandLine);
    options.request.precisions = precisions.resolve();
    target.prepare(options.request, job);
    SweepRequest request;
    request.profile = options.request;
    if (!batches.empty())
        request.batches.clear();
    for (const std::string& batch : batches)
        request.batches.push_back(parseInteger(batch, "--batches"));
    for (const std::string& count : threads)
        request.threads.push_back(count == "all" ? 0 : threadCount(parseInteger(count, "--threads")));
    const Report report = sweepModel(request, job);
    job.checkCancelled();
    target.save(report);
    told.done(target.reportPath(), report.verdict.sentence);
    if (options.progress != "jsonl")
        std::fputs(sweepSummary(report).c_str(), stdout);
    if (options.progress == "none")
        std::fputs(diagnosticLines(report).c_str(), stdout);
    return 0;
}

} // namespace halftone::app
