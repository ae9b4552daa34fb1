// SPDX-License-Identifier: GPL-3.0-or-later
// Tells TensorFlow's files by their content: they have no signature.
#pragma once

#include <cstddef>
#include <span>

namespace halftone {

enum class TensorFlowKind {
    None,
    GraphDef,   // a graph, binary
    GraphText,  // the same as text (.pbtxt)
    SavedModel, // saved_model.pb, binary or text
    MetaGraph,  // .meta
    Checkpoint, // weights, or the list of them
};

/// What `bytes` are. Never throws; a damaged file is taken for what it begins as.
TensorFlowKind tensorFlowKind(std::span<const std::byte> bytes);

} // namespace halftone
