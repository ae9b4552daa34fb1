// SPDX-License-Identifier: GPL-3.0-or-later
// Grids whose range is that of the values at hand: ONNX's DynamicQuantizeLinear, u8 codes of [min(x, 0), max(x, 0)].
#pragma once

#include <cstddef>
#include <cstdint>

namespace halftone::engine {

/// As primitives read it: scale = (max - min) / 255, 1 where all values are 0; zero point = round(-min / scale).
struct RunTimeGrid {
    float scale = 1;
    int32_t zeroPoint = 0;
};

/// Of values that may stand in any order. Those that are no numbers are left out.
RunTimeGrid runTimeGrid(int64_t count, const float* values);

/// saturate(roundHalfToEven(x / scale) + zero point) on the grid of all `count` values, which is left in `grid`.
void quantizeAtRunTime(int64_t count, const float* src, uint8_t* codes, RunTimeGrid& grid);

/// The values of these codes. `src` and `dst` may be the same.
void roundAtRunTime(int64_t count, const float* src, float* dst);

} // namespace halftone::engine
