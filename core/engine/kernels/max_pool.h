// SPDX-License-Identifier: GPL-3.0-or-later
// The largest codes of windows, channels-last. oneDNN's int8 pooling goes through the window of every pixel: 28
// channels take 16 times as long as the fp32 kernel. Here rows are compared as a whole, then their pixels.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace halftone::engine {

/// What one position of the result sees of a dimension: `count` elements, at least one, as far apart as `steps` says.
struct SeenElements {
    int64_t first = 0, count = 1;
};

struct MaxPool {
    int64_t batch = 1, channels = 1;
    std::array<int64_t, 3> in{1, 1, 1};
    std::array<std::vector<SeenElements>, 3> seen; // by each position of the result
    std::array<int64_t, 3> steps{1, 1, 1};
    bool isSigned = false; // s8 instead of u8
};

/// Bytes that a thread needs for itself.
int64_t maxPoolScratch(const MaxPool& params);
/// `scratch` holds those bytes for each thread of the team.
void maxPool(const MaxPool& params, const std::byte* src, std::byte* scratch, std::byte* dst);

} // namespace halftone::engine
