// SPDX-License-Identifier: GPL-3.0-or-later
// Puts a calibrated network onto 8-bit grids. Nothing is rounded here: the grids are noted on the values, and the
// engine rounds when it compiles.
#pragma once

#include "core/graph/graph.h"
#include "core/quantize/calibration.h"
#include "core/request/quantization.h"

namespace halftone {

/// Per-channel symmetric s8 weights for every layer that has weightOperands(); per-tensor activations with the grids of
/// chooseRanges. Layers that are to stay in fp32 get no weight grid; a layer is meant by the name of any layer of the
/// file that it computes. Throws Error{BadInput} naming the layer for weights that are not finite.
Graph quantize(Graph graph, const Calibration& calibration, const QuantizeOptions& options);

/// Without grids on the weights of the layers that these options keep in fp32.
Graph withFp32Layers(Graph graph, const QuantizeOptions& options);

/// Names of the layers that these options keep in fp32, in the order of the network.
std::vector<std::string> layersKeptInFp32(const Graph& graph, const QuantizeOptions& options);

/// The same grids with u8 codes for every activation that has s8 codes: shifted by 128. For CPUs without VNNI, where
/// oneDNN halves the weights that meet s8 codes.
Graph withUnsignedCodes(Graph graph);

/// `graph` with the grids, weights and biases of `quantized`: the same network bound to another batch. Values and nodes
/// are matched by name; those that only `graph` has stay as they are, and channels are divided as in `quantized`.
Graph withGridsOf(const Graph& quantized, Graph graph);

/// A convolution where every output channel reads a single input channel.
bool isDepthwise(const Graph& graph, const Node& node);

} // namespace halftone
