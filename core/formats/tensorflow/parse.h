// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of a TensorFlow graph, binary or text, as messages.
#pragma once

#include "core/formats/model_source.h"
#include "core/formats/tensorflow/messages.h"

#include <cstddef>
#include <span>
#include <string>

namespace halftone::tensorflow_format {

/// The graph in `bytes`. Throws Error{Unsupported} that says what to do for files of TensorFlow's that hold no graph
/// alone (SavedModel, checkpoint, MetaGraph), Error{BadInput} for damaged ones, naming the line of a text, and
/// Error{Limit} for what passes `limits`.
graphdef::GraphDef parseGraph(std::span<const std::byte> bytes, const ReadLimits& limits);

/// The graph as bytes, or as text where `asText`. Equal graphs give equal bytes.
std::string writeGraph(const graphdef::GraphDef& graph, bool asText);

} // namespace halftone::tensorflow_format
