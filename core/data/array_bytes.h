// SPDX-License-Identifier: GPL-3.0-or-later
// The size of an array that a file describes, before anything is allocated for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace halftone {

/// Elements times `itemSize`. Throws Error{BadInput} with `where` for a product that overflows.
int64_t arrayBytes(const std::vector<int64_t>& shape, size_t itemSize, const std::string& where);

} // namespace halftone
