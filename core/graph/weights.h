// SPDX-License-Identifier: GPL-3.0-or-later
// The weights of layers that may run in int8: in one order, and as codes.
#pragma once

#include "core/graph/quant_params.h"
#include "core/graph/tensor.h"

#include <cstddef>
#include <span>

namespace halftone {

/// Weights whose output channels lie along this dimension, 0 or 1 (WeightOperand::outputDimension), as [output
/// channels, input channels of a group, kernel...].
Tensor outputsFirst(const Tensor& weights, int outputDimension);

/// The codes of weights of this shape on their grid, in the same order; `codes` takes as many bytes.
void weightCodes(std::span<const float> weights, const Shape& shape, const QuantParams& grid, std::byte* codes);

} // namespace halftone
