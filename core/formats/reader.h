// SPDX-License-Identifier: GPL-3.0-or-later
// One interface for all model formats.
#pragma once

#include "core/base/diagnostic.h"
#include "core/formats/input_shapes.h"
#include "core/graph/graph.h"

#include <map>
#include <string>
#include <vector>

namespace halftone {

/// One layer of the file as the user knows it, in the file's order.
struct FileLayer {
    std::string name; // unique; made from operator and position where the file has none
    std::string op;   // operator name of the file, for example "BatchNormalization"
};

struct ModelFile {
    std::string path;
    std::string format;    // "ONNX opset 13"
    int64_t sizeBytes = 0; // external data included
    std::string sha256;    // of the main file
    std::vector<FileLayer> layers;
    std::map<std::string, int> operators; // operator -> count
    bool alreadyQuantized = false;
    Graph graph; // nodes or a constant for each layer; not yet inferred: unknown dimensions are -1
    std::vector<Diagnostic> diagnostics;
};

/// Bounds on what a file may ask for; the defaults are generous for real models.
struct ReadLimits {
    int64_t fileBytes = int64_t{8} << 30;
    int64_t nodes = 1'000'000;
    int64_t tensors = 1'000'000;
    int64_t attributes = 10'000'000;
    int64_t tensorBytes = int64_t{8} << 30; // all constants together
    int depth = 64;                         // nesting of messages
};

/// Reads a model of any known format, told by its content, not its name. Throws Error naming file, place and
/// cause. Operators that are read but not supported become Opaque nodes: at the end of the network they are cut off
/// (cut_tail.h); refuse the others with refuseUnsupported().
/// `shapes` are those of inputs whose size the file leaves open (they replace what it says).
ModelFile readModel(const std::string& path, const ReadLimits& limits = {}, const InputShapes& shapes = {});

/// Throws Error{BadInput} for an input with an unknown dimension other than the first one, saying how to give it.
void requireInputSizes(const ModelFile& file);

/// Throws Error{Unsupported} that names every operator that Halftone cannot run and the first layer of each.
void refuseUnsupported(const ModelFile& file);

} // namespace halftone
