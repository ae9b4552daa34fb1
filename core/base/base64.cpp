// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/base64.h"

#include <algorithm>
#include <cstdint>

namespace halftone {

std::string toBase64(std::span<const std::byte> bytes) {
    constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (size_t i = 0; i < bytes.size(); i += 3) {
        const size_t count = std::min<size_t>(3, bytes.size() - i);
        uint32_t bits = 0;
        for (size_t j = 0; j < 3; ++j)
            bits = bits << 8 | (j < count ? std::to_integer<uint32_t>(bytes[i + j]) : 0);
        for (size_t j = 0; j < 4; ++j)
            text += j <= count ? letters[bits >> (18 - 6 * j) & 63] : '=';
    }
    return text;
}

} // namespace halftone
