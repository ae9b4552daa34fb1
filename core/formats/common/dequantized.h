// SPDX-License-Identifier: GPL-3.0-or-later
// The real numbers that integers in a file mean.
#pragma once

#include "core/graph/quant_params.h"
#include "core/graph/tensor.h"

#include <optional>
#include <span>

namespace halftone {

/// real = scale * (q - zero point), as fp32. One scale, or one for each index of dimension `axis`; as many zero points
/// as scales. Throws Error{BadInput} for scales that are not above 0, for other counts, and for tensors of other types
/// than integers; `what` names the tensor.
Tensor dequantized(const Tensor& codes, std::span<const float> scales, std::span<const int64_t> zeroPoints,
                   std::optional<int> axis, const std::string& what);

/// The grid of 8-bit codes with these settings, or nothing for codes of another width. Throws Error{BadInput} for zero
/// points that are no codes.
std::optional<QuantParams> gridOf(ElementType codes, std::span<const float> scales, std::span<const int64_t> zeroPoints,
                                  std::optional<int> axis, const std::string& what);

} // namespace halftone
