// SPDX-License-Identifier: GPL-3.0-or-later
// Runs TensorFlow's graph_transforms on a file and tells what they do to its size.
#pragma once

#include "core/base/job.h"

#include <cstdint>
#include <string>
#include <vector>

namespace halftone {

struct GraphSizes {
    int64_t nodes = 0;
    int64_t bytes = 0;           // of the file
    int64_t compressedBytes = 0; // after deflate, as in an archive or a download
};

struct TransformStep {
    std::string name;
    GraphSizes after;
    std::string note;         // what the transform has to tell
    std::string ignoredError; // why it was left out, with ignore_errors
};

struct TransformRequest {
    std::string inPath, outPath;
    std::vector<std::string> inputs, outputs; // names of nodes, without ports
    std::string transforms;                   // "fold_constants(ignore_errors=true) quantize_weights"
    bool asText = false;
};

struct TransformReport {
    GraphSizes before;
    std::vector<TransformStep> steps; // in their order
};

/// Runs the transforms in their order and writes the result. The library of functions is copied unchanged into binary
/// files. Throws Error{Usage} for a list of transforms that is none, before the graph is read, Error for a transform
/// that fails without ignore_errors=true, and as reading and writing files do; then nothing is written.
TransformReport transformGraph(const TransformRequest& request, Job& job);

} // namespace halftone
