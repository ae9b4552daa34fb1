// SPDX-License-Identifier: GPL-3.0-or-later
// The layers of an ONNX graph as names only: is every value made exactly once and before it is read, and in
// which order can the layers be read?
#pragma once

#include "core/formats/onnx/inline_branches.h"
#include "core/formats/onnx/messages.h"

#include <string>
#include <unordered_set>
#include <vector>

namespace halftone::onnx_format {

struct Outline {
    std::vector<std::string> layerNames;        // by position in the file; unique, displayable, never empty
    std::vector<int> order;                     // positions, producers before consumers
    std::unordered_set<std::string> valuesRead; // by a layer or as output of the graph
};

/// Throws Error{BadInput} naming the layer or value for a value that is made twice or by nobody, and naming
/// the layers of a cycle. What the graphs inside a layer take from around it (subgraphs.h) counts as read by the layer.
/// A layer comes behind what its guards read.
Outline outlineOf(const onnx::GraphProto& graph, const std::vector<std::vector<Guard>>& guards);

/// "Conv", "com.microsoft.FusedConv": displayable, with its domain unless that is the default one or our own.
std::string operatorName(const onnx::NodeProto& node);
bool isDefaultDomain(const std::string& domain);

} // namespace halftone::onnx_format
