// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures as PNG and JPEG files in memory.
#pragma once

#include "core/data/picture.h"

namespace halftone {

/// 8 bits a channel, grey or RGB. Throws Error{Limit} when there is no memory for it.
std::vector<std::byte> encodePng(const Picture& picture);
/// `quality` 1 to 100; the same bytes for the same picture.
std::vector<std::byte> encodeJpeg(const Picture& picture, int quality);

} // namespace halftone
