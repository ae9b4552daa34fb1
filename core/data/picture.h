// SPDX-License-Identifier: GPL-3.0-or-later
// Decodes PNG and JPEG, told apart by content, never by name.
// Refuses every other format, CMYK JPEG, pictures over 100 megapixels (before allocating) and damaged or cut
// files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace halftone {

constexpr int64_t maxPicturePixels = 100'000'000;

struct Picture {
    int width = 0;
    int height = 0;
    int channels = 0;            // 1 (grey) or 3 (RGB order)
    std::vector<uint8_t> pixels; // height x width x channels
    bool operator==(const Picture&) const = default;
};

/// The pixels as stored: alpha is dropped (not blended), 16 bits are scaled to 8, palettes are expanded, EXIF
/// orientation, gamma and colour profiles are ignored; these are the choices of the usual training pipelines.
/// `where` names the picture in errors. Throws Error{BadInput} for a damaged or unknown file,
/// Error{Unsupported} for CMYK, Error{Limit} for too many pixels.
Picture decodePicture(std::span<const std::byte> bytes, const std::string& where);

} // namespace halftone
