// SPDX-License-Identifier: GPL-3.0-or-later
// numpy's arrays as tensors and back.
#pragma once

#include "core/data/npy.h"
#include "core/graph/tensor.h"

#include <string>

namespace halftone {

/// The array as a tensor of this type: numbers are converted, but fractions never to whole numbers. Throws Error{Usage}
/// naming `where`.
Tensor tensorOf(const NpyArray& array, ElementType type, const std::string& where);

/// bf16, which numpy does not have, becomes f32.
NpyArray npyOf(const Tensor& tensor);

} // namespace halftone
