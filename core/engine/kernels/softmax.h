// SPDX-License-Identifier: GPL-3.0-or-later
// Softmax along any dimension of a tensor. oneDNN generates kernels for one whose values lie beside each other, many at
// each position; else it has its reference loop (two classes at 300,000 positions: 70 ms instead of 1).
#pragma once

#include <cstdint>

namespace halftone::engine {

/// `rows` times, `length` values at each of `positions`: value v of position p in row r is element
/// (r * length + v) * positions + p.
struct SoftmaxShape {
    int64_t rows = 1, length = 1, positions = 1;
    bool log = false; // the logarithm of the result
};

/// Values that lie beside each other (a single position) are turned around in a buffer of this length.
inline constexpr int64_t kMostBesideEachOther = 16;

/// exp(x - m) / sum of exp(x - m), where m is the largest x; parallel over the OpenMP team. Several positions, or at
/// most kMostBesideEachOther values.
void softmax(const SoftmaxShape& shape, const float* src, float* dst);

} // namespace halftone::engine
