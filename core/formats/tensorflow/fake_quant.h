// SPDX-License-Identifier: GPL-3.0-or-later
// The arithmetic of TensorFlow's FakeQuant operators: which numbers a tensor can take that is rounded to codes.
#pragma once

#include "core/graph/quant_params.h"

#include <vector>

namespace halftone::tensorflow_format {

/// The range of an operator, moved a little so that 0 is one of the numbers. All in float, as TensorFlow computes it.
struct NudgedRange {
    float scale = 0; // 0 where the range is the number 0 alone
    float lowest = 0, highest = 0;
    int lowestCode = 0, highestCode = 255;
    int zeroPoint = 0; // the code of 0

    /// x rounded to the grid, halves upwards.
    float rounded(float x) const;
    /// The same as a code of lowestCode to highestCode.
    int code(float x) const;
};

/// The range [min, max] with 2^bits codes, the lowest of them unused where `narrow`. A range beside 0 is moved to it.
/// `bits` is 2 to 16, and min < max or both are 0.
NudgedRange nudgedRange(float min, float max, int bits, bool narrow);

/// The grids of constants, signed so that symmetric ones have zero point 0, and of activations. At most 8 bits.
QuantParams signedGrid(const NudgedRange& range, int bits);
QuantParams unsignedGrid(const NudgedRange& range);

} // namespace halftone::tensorflow_format
