// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes as text that JSON can hold.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace halftone {

/// RFC 4648, padded, on one line.
std::string toBase64(std::span<const std::byte> bytes);

} // namespace halftone
