// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli transform: TensorFlow's graph_transforms, under the names and options of its own tool.
#pragma once

#include "app/progress.h"
#include "core/formats/tensorflow/transforms/transform_graph.h"

#include <CLI/CLI.hpp>
#include <string>

namespace halftone::app {

struct TransformCommand {
    TransformRequest request;
    std::string sizes, progress = "none";

    void add(CLI::App* command);
    int run(Job& job, Progress& told);
};

} // namespace halftone::app
