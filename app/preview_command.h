// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli preview: pictures of what the network will really see.
#pragma once

#include "app/options.h"
#include "app/progress.h"
#include "core/workflow/jobs/preview.h"

#include <string>
#include <vector>

namespace halftone::app {

struct PreviewCommand {
    PreviewRequest request;
    PreprocessingOptions preprocessing;
    SizesOption sizes;
    std::string progress = "none";
    std::vector<std::string> samples;

    void add(CLI::App* command);
    int run(Job& job, Progress& told);
};

} // namespace halftone::app
