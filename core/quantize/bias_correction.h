// SPDX-License-Identifier: GPL-3.0-or-later
// Biases that make up for what rounded weights shift the results of their layer by.
#pragma once

#include "core/quantize/layer_inputs.h"

#include <functional>

namespace halftone {

/// For every layer with quantized weights: bias += E[W x] - E[W' x], W' being the weights on their grid, one number for
/// each output channel and the expectation over the patches that `inputs` saw in fp32 ("empirical bias correction",
/// Nagel et al. 2019, arXiv 1906.04721, section 4.2; "fast bias correction" in NNCF). A layer without bias gets one.
/// `quantized` has the nodes of `fp32`, whose weights are those before rounding.
/// NNCF refuses corrections above twice the old bias, as a guard against outputs that were measured too rarely. There
/// is no such guard here: the shift is computed from the weights, and at most half a step of each. `progress` rises to
/// 1, node by node.
Graph correctBiases(Graph quantized, const Graph& fp32, const LayerInputs& inputs,
                    const std::function<void(double)>& progress = {});

} // namespace halftone
