// Puts a calibrated network onto 8-bit grids. Nothing is rounded here: the grids are noted on the values, and the
// engine rounds when it compiles.
#pragma once

#include "core/graph/graph.h"
#include "core/quantize/calibration.h"

namespace halftone {

struct QuantizeOptions {
    /// 7 where the CPU sums products of codes in int16 (no VNNI): 255 * 64 * 2 just fits. Depthwise convolutions sum in
    /// int32 everywhere and always get 8.
    int weightBits = 8;
    /// u8 with a zero point for tensors with negative values; otherwise symmetric s8.
    bool asymmetric = true;
};

/// Per-channel symmetric s8 weights for every Conv and FullyConnected; per-tensor activations from the observed
/// minimum and maximum. Tensors that a layer only moves (pooling, concatenation, reshape, padding, slice, transpose)
/// share one grid with their source, so that no requantization is needed. Throws Error{BadInput} naming the layer for
/// weights that are not finite.
Graph quantize(Graph graph, const Calibration& calibration, const QuantizeOptions& options);

/// `graph` with the grids of `quantized`: the same network bound to another batch. Values are matched by name; those that
/// only `graph` has get no grid.
Graph withGridsOf(const Graph& quantized, Graph graph);

/// A convolution where every output channel reads a single input channel.
bool isDepthwise(const Graph& graph, const Node& node);

} // namespace halftone
