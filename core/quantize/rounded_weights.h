// SPDX-License-Identifier: GPL-3.0-or-later
// Weights as the engine will round them.
#pragma once

#include "core/graph/quant_params.h"
#include "core/graph/tensor.h"

#include <vector>

namespace halftone {

/// The values of the codes of `weights`, whose first dimension has one scale of `grid` each, or a single one.
std::vector<float> roundedWeights(const Tensor& weights, const QuantParams& grid);

} // namespace halftone
