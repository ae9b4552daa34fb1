// SPDX-License-Identifier: GPL-3.0-or-later
// A network as an ONNX model that other runtimes read: as it is, or quantized, with QuantizeLinear and DequantizeLinear
// where its tensors are codes.
#pragma once

#include "core/graph/graph.h"

#include <string>

namespace halftone {

struct OnnxWriting {
    std::string version; // of Halftone, noted as that of the producer
    std::string batch;   // the name of the first dimension of inputs and outputs, which is then free; empty: it is not
};

/// The bytes of an ONNX file, operator set 13. `graph` is inferred; weights and activations on grids are written as
/// codes by the rules by which ONNX Runtime and OpenVINO recognise int8 layers: both operands of a layer behind
/// DequantizeLinear, its bias in int32, its result (its activation included) before QuantizeLinear. Layers whose
/// weights have no grid stay as they are. Throws Error{Unsupported} naming a layer that ONNX has no operator for,
/// Error{Limit} above 2 GB.
std::string onnxModel(const Graph& graph, const OnnxWriting& writing);

} // namespace halftone
