// SPDX-License-Identifier: GPL-3.0-or-later
// Arithmetic on sizes that come from files. oneDNN accepts shapes whose product wraps around, so every
// shape product goes through here before anything is allocated.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace halftone {

/// a * b and a + b; throw Error{BadInput} naming `what` when the result does not fit into int64.
int64_t checkedMul(int64_t a, int64_t b, std::string_view what);
int64_t checkedAdd(int64_t a, int64_t b, std::string_view what);

/// Number of elements of a tensor with these dimensions (1 for a scalar). Throws on a negative dimension
/// and on overflow; a dimension of 0 gives 0.
int64_t elementCount(std::span<const int64_t> dims, std::string_view what = "shape");

} // namespace halftone
