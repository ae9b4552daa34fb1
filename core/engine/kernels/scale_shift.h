// SPDX-License-Identifier: GPL-3.0-or-later
// x * scale + shift with one number of each a channel, for what oneDNN does slowly or in several steps: few channels
// beside each other, planes of channels, and results that are codes though the source is none. Parallel over the OpenMP
// team, allocates nothing.
#pragma once

#include "core/graph/op.h"
#include "core/graph/quant_params.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace halftone::engine {

struct ScaleShift {
    int64_t batch = 1, channels = 1, positions = 1;
    std::vector<float> scale, shift;  // one for each channel; codes of the source count with their zero point
    std::vector<Unary> activations;   // behind them; keepsPace() of each
    std::optional<ElementType> codes; // of the source: U8 or S8; absent: fp32
    bool planes = false;              // the source has the positions of a channel beside each other, not the channels
    bool keepsPlanes = false;         // the result too, where the source has
    std::optional<QuantParams> dst;   // the grid of the result; absent: fp32
};

/// An activation that takes no longer than reading the tensor.
bool keepsPace(const Unary& activation);

/// Throws nothing. `src` and `dst` may not overlap.
void scaleAndShift(const ScaleShift& params, const std::byte* src, std::byte* dst);

} // namespace halftone::engine
