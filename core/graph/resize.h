// SPDX-License-Identifier: GPL-3.0-or-later
// The arithmetic of Resize, one dimension at a time: shared by its shape rule, its evaluation and the engine.
#pragma once

#include "core/graph/op.h"

#include <cstdint>
#include <vector>

namespace halftone {

/// The shape of the result. Throws Error with the bare cause when scales and sizes do not fit `x`.
Shape resizedShape(const Resize& op, const Shape& x);

/// What one element of the result is made of along one dimension: input[index] * weight, added up. No taps: it lies
/// outside the input and gets the extrapolation value.
struct ResizeTap {
    int64_t index = 0;
    double weight = 1;
};
using ResizeTaps = std::vector<std::vector<ResizeTap>>;

/// For every position of dimension `dim` of the result, by the formulas of ONNX Resize-19. Linear and cubic
/// interpolation of several dimensions is that of each after the other.
ResizeTaps resizeTaps(const Resize& op, size_t dim, int64_t in, int64_t out);

/// Position `out` of a result that is the input, where the dimension stays as it is.
bool keepsDimension(const ResizeTaps& taps, int64_t in);

} // namespace halftone
