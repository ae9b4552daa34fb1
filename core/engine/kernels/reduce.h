// SPDX-License-Identifier: GPL-3.0-or-later
// Sums, means, extremes and norms along dimensions that stand beside each other.
#pragma once

#include "core/graph/op.h"

#include <cstdint>

namespace halftone::engine {

/// x [outer, reduced, inner] -> [outer, inner].
struct Reduction {
    ReduceKind kind = ReduceKind::Sum;
    int64_t outer = 1, reduced = 1, inner = 1;
};

/// All kinds but LogSumExp; sums are taken in double.
bool canReduce(ReduceKind kind);
void reduceFloats(const Reduction& params, const float* src, float* dst);

} // namespace halftone::engine
