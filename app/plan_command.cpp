// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/plan_command.h"

#include "app/summary.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/workflow/jobs/plan.h"

#include <cstdio>
#include <fmt/format.h>

namespace halftone::app {

namespace {

/// Names of layers may hold "=", so the last one counts.
std::map<std::string, bool> pinsOf(const std::vector<std::string>& words) {
    std::map<std::string, bool> pins;
    for (const std::string& word : words) {
        const size_t split = word.rfind('=');
        const std::string precision = split == std::string::npos ? "" : word.substr(split + 1);
        if (precision != "int8" && precision != "fp32")
            throw Error(ErrorCode::Usage, fmt::format("--pin {}: write LAYER=int8 or LAYER=fp32.", displayText(word)));
        if (!pins.emplace(word.substr(0, split), precision == "int8").second)
            throw Error(ErrorCode::Usage,
                        fmt::format("The layer {} was pinned twice.", displayText(word.substr(0, split))));
    }
    return pins;
}

} // namespace

void PlanCommand::add(CLI::App* command) {
    options.request.timeBudgetS = 60;
    options.add(command);
    command->add_option(
        "--max-drop", maxDrop,
        "Largest accuracy drop of the plan: points of top-1 (1 without it), of agreement with fp32 where "
        "there are no labels, percent of the outputs' norm where they are no classes (10 without it)");
    command->add_flag("--relative", relative, "The drop is meant in percent of the fp32 top-1");
    command->add_option("--pin", pins, "LAYER=int8 or LAYER=fp32: not for the planner to choose (repeatable)")
        ->allow_extra_args(false);
    options.addRun(command, "Pictures to take accuracy on (0: all)", "Seconds for everything");
    target.add(command);
}

int PlanCommand::run(const std::string& commandLine, Job& job, Progress& told) {
    options.resolve(commandLine);
    const PlanRequest request{options.request, maxDrop, relative, pinsOf(pins)};
    target.prepare(options.request, job);
    const Report report = planModel(request, job);
    job.checkCancelled();
    target.save(report);
    told.done(target.reportPath(), report.verdict.sentence);
    if (options.progress != "jsonl")
        std::fputs(planSummary(report).c_str(), stdout);
    if (options.progress == "none")
        std::fputs(diagnosticLines(report).c_str(), stdout);
    return 0;
}

} // namespace halftone::app
