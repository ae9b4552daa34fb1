// SPDX-License-Identifier: GPL-3.0-or-later
// Rounding to a grid without calls, so that the compiler uses vectors.
#pragma once

namespace halftone::engine {

/// round(x / scale), ties to even, cut to `lowest` and `highest`: codes less the zero point. What is no number stays
/// none.
inline float gridSteps(float x, float scale, float lowest, float highest) {
    constexpr float shift = 12582912.0F; // 1.5 * 2^23: adding it leaves no bits behind the point, ties to even
    const float steps = x / scale;
    const float atLeast = steps < lowest ? lowest : steps;
    const float clamped = atLeast > highest ? highest : atLeast;
    return clamped + shift - shift;
}

} // namespace halftone::engine
