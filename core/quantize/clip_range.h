// SPDX-License-Identifier: GPL-3.0-or-later
// What a grid rounds and what it clips.
#pragma once

#include "core/graph/quant_params.h"

#include <algorithm>

namespace halftone {

/// The ends of a grid, over all its channels, each with the step of the channel that reaches it. What lies within half
/// a step of an end is rounded to it, as any value is to its code; what lies farther is clipped.
struct ClipRange {
    double lo = 0, hi = 0;
    double loStep = 1, hiStep = 1;

    explicit ClipRange(const QuantParams& params) {
        for (size_t i = 0; i < params.scales.size(); ++i) {
            const float least = dequantize(lowestCode(params.storage), params.scales[i], params.zeroPoints[i]);
            const float most = dequantize(highestCode(params.storage), params.scales[i], params.zeroPoints[i]);
            if (i == 0 || static_cast<double>(least) < lo) {
                lo = static_cast<double>(least);
                loStep = static_cast<double>(params.scales[i]);
            }
            if (i == 0 || static_cast<double>(most) > hi) {
                hi = static_cast<double>(most);
                hiStep = static_cast<double>(params.scales[i]);
            }
        }
    }

    /// The outermost values that are not clipped.
    double leastRounded() const { return lo - kRounded * loStep; }
    double mostRounded() const { return hi + kRounded * hiStep; }
    /// How far a value lies outside, in steps; 0 where it is not clipped.
    double stepsOutside(double value) const {
        const double steps = std::max((lo - value) / loStep, (value - hi) / hiStep);
        return steps > kRounded ? steps : 0;
    }

private:
    static constexpr double kRounded =
        0.5 + 1e-4; // steps; a little more than half, because scales are rounded to float
};

} // namespace halftone
