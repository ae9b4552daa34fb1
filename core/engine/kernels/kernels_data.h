// SPDX-License-Identifier: GPL-3.0-or-later
// Kernels of operators that pick, interpolate and normalize. Plain pointers, no allocation, parallel over the OpenMP
// team.
#pragma once

#include "core/graph/quant_params.h"

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace halftone::engine {

/// dst[i] = src[sum of one entry of each table], the last table fastest; `outside` where that is negative.
struct Selection {
    std::vector<std::vector<int64_t>> tables; // in elements
    size_t elementSize = sizeof(float);       // or 1, of codes
    float outside = 0;                        // a float, or the code
};
void select(const Selection& params, const std::byte* src, std::byte* dst);

/// dst = at each position the bytes of every source, `lengths` of them, beside each other.
void joinChannels(int64_t positions, const std::vector<int64_t>& lengths, const std::vector<std::byte*>& srcs,
                  std::byte* dst);

/// One element of a result along one dimension: `count` of them in a row make it.
struct WeightedIndex {
    int64_t index = 0;
    float weight = 0;
};
struct Interpolation {
    int64_t batch = 1, channels = 1; // channels beside each other
    std::array<int64_t, 3> in{1, 1, 1}, out{1, 1, 1};
    std::array<size_t, 3> count{1, 1, 1};
    std::array<std::vector<WeightedIndex>, 3> taps; // out * count of each dimension
    std::optional<QuantParams> src, dst;            // codes on these grids; both absent: floats
};
/// Floats that a thread needs for itself.
int64_t interpolationScratch(const Interpolation& params);
/// Codes are rounded once. `scratch` holds those floats for each thread of the team.
void interpolate(const Interpolation& params, const std::byte* src, float* scratch, std::byte* dst);

/// Every pixel of the source holds a window of `height` rows, each of `run` bytes beside each other, of the result.
struct Windows {
    int64_t rows = 1, columns = 1; // of the source, all samples below one another
    int64_t height = 1, run = 1;
};
void placeWindows(const Windows& params, const std::byte* src, std::byte* dst);

/// Rows of `length` values less their mean, over sqrt(their variance + epsilon).
void normalizeRows(int64_t rows, int64_t length, float epsilon, const float* src, float* dst);

} // namespace halftone::engine
