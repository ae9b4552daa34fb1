// SPDX-License-Identifier: GPL-3.0-or-later
// Names of values in ONNX's messages: what brings the layers of one graph into another renames them.
#pragma once

#include "core/formats/onnx/messages.h"
#include "core/graph/name_index.h"

#include <string>
#include <unordered_map>

namespace halftone::onnx_format {

using Names = std::unordered_map<std::string, std::string>; // from old to new

/// The graph in this attribute, or null.
const onnx::GraphProto* graphOf(const onnx::NodeProto& node, const char* attribute);

/// The layer reads values by their new names; also in graphs inside of it, as far as these do not make values of the
/// same name themselves. What the layer itself makes keeps its name.
void rename(onnx::NodeProto& node, const Names& names);

/// All values of the graph and of those inside its layers.
void addNamesOf(const onnx::GraphProto& graph, NameIndex& names);

/// "conv1", or the first value that the layer makes where it has no name.
std::string baseNameOf(const onnx::NodeProto& node);

} // namespace halftone::onnx_format
