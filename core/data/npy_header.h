// SPDX-License-Identifier: GPL-3.0-or-later
// The header of a .npy file: magic, version, length, then a Python dictionary. Parsed strictly, never
// evaluated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace halftone {

struct NpyHeader {
    std::string descr; // checked: '<' or '|', one of b i u f, one digit of bytes
    bool fortranOrder = false;
    std::vector<int64_t> shape;
    size_t dataOffset = 0;
};

/// Throws Error{BadInput} for a damaged header and Error{Unsupported} naming the type it cannot read.
NpyHeader parseNpyHeader(std::span<const std::byte> bytes, const std::string& where);

/// Magic, version 1.0, length and dictionary, padded so that the data begins at a multiple of 64 bytes.
std::string npyHeaderText(const std::string& descr, const std::vector<int64_t>& shape);

} // namespace halftone
