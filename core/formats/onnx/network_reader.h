// SPDX-License-Identifier: GPL-3.0-or-later
// From the layers of an opened ONNX file to a graph, for one binding of its sizes.
#pragma once

#include "core/formats/common/external_data.h"
#include "core/formats/model_source.h"
#include "core/formats/onnx/dynamic_layers.h"
#include "core/formats/onnx/inline_branches.h"
#include "core/formats/onnx/messages.h"
#include "core/formats/onnx/outline.h"
#include "core/formats/onnx/tensors.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace halftone::onnx_format {

inline constexpr int64_t kNewestOpset = 25;

/// What is kept of a file between one binding and the next.
struct File {
    File(onnx::ModelProto message, const std::string& path, const ReadLimits& limits)
        : model(std::move(message)), external(path), tensors(external, limits.tensorBytes) {}

    const onnx::GraphProto& graph() const { return model.graph(); }

    onnx::ModelProto model;
    ExternalData external;
    TensorReader tensors;
    std::vector<std::vector<Guard>> guards; // of each layer
    Outline outline;
    DynamicLayers dynamic;
    std::vector<const onnx::ValueInfoProto*> inputs;         // of the network
    std::set<std::pair<std::string, std::string>> functions; // domain and name
    std::set<std::string> fewBits;                           // weights whose elements have less than 8
    int64_t opset = 0;
};

/// Adds a warning unless there are enough of its kind.
void warn(std::vector<Diagnostic>& diagnostics, const std::string& code, const std::string& where, std::string message);

/// Fills graph, size of the weights' files and diagnostics of `model`, whose facts and sizes are there. Throws
/// Error{BadInput} naming the layer for one that contradicts ONNX.
void readNetwork(File& file, const BoundSizes& sizes, BoundModel& model);

} // namespace halftone::onnx_format
