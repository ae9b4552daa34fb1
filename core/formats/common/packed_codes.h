// SPDX-License-Identifier: GPL-3.0-or-later
// Weights of fewer than 8 bits, several in a byte.
#pragma once

#include <cstddef>
#include <span>

namespace halftone {

/// Number `index` of those of 2, 4 or 8 bits, without a sign; the first stands in the lowest bits of the first byte.
inline int packedCode(std::span<const std::byte> packed, size_t index, int bits) {
    const size_t bit = index * static_cast<size_t>(bits);
    const auto byte = std::to_integer<unsigned>(packed[bit / 8]);
    return static_cast<int>(byte >> (bit % 8) & ((1U << bits) - 1));
}

} // namespace halftone
