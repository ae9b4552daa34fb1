// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli plan: which layers should stay out of int8.
#pragma once

#include "app/options.h"
#include "app/progress.h"
#include "app/section_target.h"

#include <optional>
#include <string>
#include <vector>

namespace halftone::app {

struct PlanCommand {
    JobOptions options;
    std::optional<double> maxDrop;
    bool relative = false;
    std::vector<std::string> pins; // LAYER=int8 or LAYER=fp32
    SectionTarget target;

    void add(CLI::App* command);
    int run(const std::string& commandLine, Job& job, Progress& told);
};

} // namespace halftone::app
