// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli sweep: the same model at several batches and numbers of threads.
#pragma once

#include "app/options.h"
#include "app/progress.h"
#include "app/section_target.h"

#include <string>
#include <vector>

namespace halftone::app {

struct SweepCommand {
    JobOptions options;
    PrecisionsOption precisions;
    std::vector<std::string> batches, threads;
    SectionTarget target;

    void add(CLI::App* command);
    int run(const std::string& commandLine, Job& job, Progress& told);
};

} // namespace halftone::app
