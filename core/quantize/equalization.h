// SPDX-License-Identifier: GPL-3.0-or-later
// Brings the weights of channels that differ in size between two layers to one size, so that one grid suits them all.
#pragma once

#include "core/graph/graph.h"

namespace halftone {

/// Cross-layer equalization (Nagel et al. 2019, arXiv 1906.04721, section 4.1): where a layer's result is read by one
/// other layer alone and only a function with f(s x) = s f(x) for s > 0 lies between (none, Relu, LeakyRelu), channel i
/// is divided by s_i = sqrt(r1_i / r2_i) in the first layer, weights and bias, and multiplied by it in the second; r
/// are the largest magnitudes of its weights in both. Repeated until chains of layers have settled. The network
/// computes the same within the rounding of fp32. A clip (ReLU6) ends a pair: its bound would differ from channel to
/// channel. `graph` has gone through the standard passes.
Graph equalize(Graph graph);

} // namespace halftone
