// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/run_time.h"

#include "core/base/text.h"

#include <fmt/format.h>
#include <vector>

namespace halftone {

double betweenStepsMs(const Run& run) {
    return run.unexplainedMs - run.waitingMs;
}

std::optional<double> shareOfWhole(const Run& run, double ms) {
    return run.latencyMs.median > 0 ? std::optional(ms / run.latencyMs.median) : std::nullopt;
}

bool knowsWaiting(const Run& run) {
    return run.waitingShare.has_value();
}

std::string waitingProof(const Machine& machine, const Run& run) {
    std::vector<std::string> facts;
    if (run.waitingShare)
        facts.push_back(fmt::format("its threads together waited as long as {} % of an inference, within steps too",
                                    percentage(*run.waitingShare)));
    if (machine.others)
        facts.push_back(fmt::format("other programs took {} % of the CPUs", percentage(*machine.others)));
    if (machine.steal)
        facts.push_back(fmt::format("other guests took {} % of them", percentage(*machine.steal)));
    if (machine.load)
        facts.push_back(fmt::format("load {:.1f} before", *machine.load));
    return join(facts, "; ");
}

} // namespace halftone
