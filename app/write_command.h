// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli write: the network as ONNX for other runtimes.
#pragma once

#include "app/options.h"
#include "app/progress.h"

#include <string>

namespace halftone::app {

struct WriteCommand {
    JobOptions options;
    std::string out, precision = "int8", plan;

    void add(CLI::App* command);
    int run(const std::string& commandLine, Job& job, Progress& told);
};

} // namespace halftone::app
