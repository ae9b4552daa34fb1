// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/picture.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/data/decoders.h"

#include <fmt/format.h>
#include <string_view>

namespace halftone {

namespace {

using namespace std::string_view_literals;

/// What a file that is neither PNG nor JPEG seems to be, for the message.
const char* otherFormat(std::string_view head) {
    if (head.starts_with("GIF8"))
        return "a GIF picture";
    if (head.starts_with("BM"))
        return "a BMP picture";
    if (head.starts_with("RIFF") && head.substr(8).starts_with("WEBP"))
        return "a WebP picture";
    if (head.starts_with("II*\0"sv) || head.starts_with("MM\0*"sv))
        return "a TIFF picture";
    if (head.starts_with("<"))
        return "text (HTML, XML or SVG)";
    return "something else";
}

} // namespace

Picture decodePicture(std::span<const std::byte> bytes, const std::string& where) {
    const std::string_view head(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (head.starts_with("\x89PNG\r\n\x1A\n"))
        return decodePng(bytes, where);
    if (head.starts_with("\xFF\xD8\xFF"))
        return decodeJpeg(bytes, where);
    if (head.empty())
        throw Error(ErrorCode::BadInput,
                    fmt::format("{}: the picture is empty (0 bytes). Replace or remove it.", where), where);
    throw Error(ErrorCode::BadInput,
                fmt::format("{}: not a PNG or JPEG picture but {}. Convert it to PNG or JPEG, or remove it.", where,
                            otherFormat(head)),
                where);
}

Picture allocatePicture(int64_t width, int64_t height, int channels, const std::string& where) {
    if (width <= 0 || height <= 0)
        throwDamaged("picture", fmt::format("its size is {} x {}", width, height), where);
    if (width > maxPicturePixels / height)
        throw Error(ErrorCode::Limit,
                    fmt::format("{}: the picture has {} x {} pixels; at most {} million are read. Shrink or "
                                "remove it.",
                                where, width, height, maxPicturePixels / 1'000'000),
                    where);
    Picture picture{static_cast<int>(width), static_cast<int>(height), channels, {}};
    picture.pixels.resize(static_cast<size_t>(width * height * channels));
    return picture;
}

void throwDamaged(const char* format, const std::string& reason, const std::string& where) {
    throw Error(ErrorCode::BadInput,
                fmt::format("{}: the {} is damaged ({}). Replace or remove it.", where, format, displayText(reason)),
                where);
}

} // namespace halftone
