// SPDX-License-Identifier: GPL-3.0-or-later
// Bilinear resizing of 8-bit pictures, the result Pillow's BILINEAR gives.
#pragma once

#include "core/data/picture.h"

namespace halftone {

struct Box {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
};

/// The part `crop` of `picture` resized to width x height; only that part is computed. The filter is a
/// triangle, widened by the scale when shrinking; each direction is rounded to 8 bits, the horizontal one
/// first. Throws Error{Limit} when what lies between the two would pass 300 MB.
Picture resizeAndCrop(const Picture& picture, int width, int height, const Box& crop);

} // namespace halftone
