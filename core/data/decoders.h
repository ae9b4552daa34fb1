// SPDX-License-Identifier: GPL-3.0-or-later
// One function a picture format; only picture.cpp calls them.
#pragma once

#include "core/data/picture.h"

namespace halftone {

Picture decodePng(std::span<const std::byte> bytes, const std::string& where);
Picture decodeJpeg(std::span<const std::byte> bytes, const std::string& where);

/// Sizes the pixels of a picture whose header was read; throws Error when it is empty or too large.
Picture allocatePicture(int64_t width, int64_t height, int channels, const std::string& where);

/// "`where`: the PNG picture is damaged (`reason`). ..."
[[noreturn]] void throwDamaged(const char* format, const std::string& reason, const std::string& where);

} // namespace halftone
