// SPDX-License-Identifier: GPL-3.0-or-later
// A first look at an ONNX file that costs no memory: is it well formed, and does it stay within the limits?
// Protobuf's parser needs up to 140 times the size of a file made for that, so this comes before it.
#pragma once

#include "core/formats/model_source.h"

#include <cstddef>
#include <span>

namespace halftone::onnx_format {

struct WireCounts {
    int64_t nodes = 0, attributes = 0, tensors = 0;
    int64_t graphs = 0;         // top-level graphs; more than one where files were joined
    int64_t structureBytes = 0; // estimate of what the parser will allocate
};

/// Counts what the file holds, subgraphs and functions included. Throws Error{BadInput} for malformed bytes
/// and Error{Limit} naming the limit that the file passes.
WireCounts scanWire(std::span<const std::byte> bytes, const ReadLimits& limits);

} // namespace halftone::onnx_format
