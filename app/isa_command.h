// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli isa: the same model with the instruction set capped.
#pragma once

#include "app/options.h"
#include "app/progress.h"
#include "app/section_target.h"

#include <string>
#include <vector>

namespace halftone::app {

struct IsaCommand {
    JobOptions options;
    PrecisionsOption precisions;
    SectionTarget target;
    std::string worker; // where this process, started by another one, writes its rows

    void add(CLI::App* command);
    /// `words` are those after the program's name: the processes it starts get the same.
    int run(const std::string& commandLine, std::vector<std::string> words, Job& job, Progress& told);
};

} // namespace halftone::app
