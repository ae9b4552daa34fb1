// SPDX-License-Identifier: GPL-3.0-or-later
// A quantized network of which some layers stay out of int8.
#pragma once

#include "core/graph/graph.h"

#include <vector>

namespace halftone {

/// `quantized` with grids on the weights of those nodes alone for which `int8` (by NodeId) is set. The others get the
/// weights and biases of `reference` back, the network that was quantized: rounding and correction are meant for int8.
/// Throws Error{Internal} for graphs that do not have the same nodes and values; a correction may have added biases.
Graph mixedGraph(const Graph& reference, const Graph& quantized, const std::vector<bool>& int8);

/// `node` of `quantized` as a network of its own: what it reads, constants apart, are the inputs, in this order and
/// each once, with their grids. The result of a layer that is in int8 or not by itself has none, so that in int8 its
/// error is that of its inputs and weights. Others compute codes from codes: their results keep their grids, and an
/// Identity reads them.
Graph layerAlone(const Graph& quantized, NodeId node);

} // namespace halftone
