// SPDX-License-Identifier: GPL-3.0-or-later
// Rounding of weights that keeps the results of their layer instead of the weights themselves.
#pragma once

#include "core/quantize/layer_inputs.h"

#include <functional>

namespace halftone {

/// For every layer with quantized weights whose input's products were collected: codes that make E[((W - W') x)^2]
/// small for each output channel, up to its mean, which correctBiases takes away. Weights are rounded one after the
/// other, and the error that each leaves is carried into those that follow, as far as their inputs vary together: GPTQ
/// (Frantar et al. 2022, arXiv 2210.17323), in the form of Babai's nearest plane: with H = L L^T the inputs'
/// covariance, weight k is rounded at w_k + sum_{j>k} L_jk (w_j - w'_j) / L_kk, the last one first; inputs are sorted
/// by their variance. No code is larger than the largest of the channel before, and where pairs of codes
/// fitted (quant_params.h) they still do. The weights returned are the values of
/// the codes, so that any later rounding gives the same codes. A layer whose plain rounding has the smaller error keeps
/// it. `progress` rises to 1, node by node.
Graph roundWeights(Graph quantized, const LayerInputs& inputs, const std::function<void(double)>& progress = {});

} // namespace halftone
