// SPDX-License-Identifier: GPL-3.0-or-later
// Which tensors of a quantized network are written as codes.
#pragma once

#include "core/graph/graph.h"

#include <vector>

namespace halftone::onnx_format {

/// A convolution or fully connected layer whose input and weights lie on grids.
bool multipliesCodes(const Graph& graph, const Node& node);

/// By ValueId: what int8 layers read, what convolutions among them write (without that ONNX Runtime runs them in fp32),
/// and what layers between them read that compute with codes too. Only activations that have a grid for the whole
/// tensor.
std::vector<bool> writtenAsCodes(const Graph& graph);

} // namespace halftone::onnx_format
