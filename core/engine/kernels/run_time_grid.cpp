// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/kernels/run_time_grid.h"

#include "core/base/vectors.h"
#include "core/engine/kernels/grid_steps.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace halftone::engine {

namespace {

constexpr int64_t kBlock = 4096; // values that a thread takes at a time
constexpr int64_t kMostParts = 64;

struct Range {
    float lowest = 0, highest = 0;
};

HALFTONE_VECTORS Range rangeOf(int64_t count, const float* values) {
    constexpr int64_t lanes = 64; // independent minima, which the compiler keeps in vectors
    float lowest[lanes] = {}, highest[lanes] = {};
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes)
        for (int64_t lane = 0; lane < lanes; ++lane) {
            const float x = values[i + lane];
            lowest[lane] = x < lowest[lane] ? x : lowest[lane];
            highest[lane] = x > highest[lane] ? x : highest[lane];
        }
    for (; i < count; ++i) {
        lowest[0] = values[i] < lowest[0] ? values[i] : lowest[0];
        highest[0] = values[i] > highest[0] ? values[i] : highest[0];
    }
    return {*std::min_element(lowest, lowest + lanes), *std::max_element(highest, highest + lanes)};
}

HALFTONE_VECTORS void quantizeBlock(int64_t count, const float* src, RunTimeGrid grid, uint8_t* codes) {
    const auto point = static_cast<float>(grid.zeroPoint);
    for (int64_t i = 0; i < count; ++i)
        codes[i] =
            static_cast<uint8_t>(static_cast<int32_t>(gridSteps(src[i], grid.scale, -point, 255 - point) + point));
}

HALFTONE_VECTORS void roundBlock(int64_t count, const float* src, RunTimeGrid grid, float* dst) {
    const auto point = static_cast<float>(grid.zeroPoint);
    for (int64_t i = 0; i < count; ++i)
        dst[i] = gridSteps(src[i], grid.scale, -point, 255 - point) * grid.scale;
}

template <class Do> void forBlocks(int64_t count, const Do& doBlock) {
    const int64_t blocks = (count + kBlock - 1) / kBlock;
#pragma omp parallel for if (blocks > 1)
    for (int64_t block = 0; block < blocks; ++block)
        doBlock(block * kBlock, std::min(kBlock, count - block * kBlock));
}

} // namespace

RunTimeGrid runTimeGrid(int64_t count, const float* values) {
    const int64_t parts = std::clamp<int64_t>(count / kBlock, 1, kMostParts);
    std::array<Range, kMostParts> ranges{};
#pragma omp parallel for if (parts > 1)
    for (int64_t part = 0; part < parts; ++part) {
        const int64_t begin = count * part / parts, end = count * (part + 1) / parts;
        ranges[static_cast<size_t>(part)] = rangeOf(end - begin, values + begin);
    }
    Range all;
    for (const Range& range : ranges)
        all = {std::min(all.lowest, range.lowest), std::max(all.highest, range.highest)};
    if (all.lowest == all.highest)
        return {};
    RunTimeGrid grid;
    grid.scale = (all.highest - all.lowest) / 255;
    grid.zeroPoint = static_cast<int32_t>(std::nearbyint(std::clamp(-all.lowest / grid.scale, 0.0F, 255.0F)));
    return grid;
}

void quantizeAtRunTime(int64_t count, const float* src, uint8_t* codes, RunTimeGrid& grid) {
    grid = runTimeGrid(count, src);
    forBlocks(count, [&](int64_t at, int64_t size) { quantizeBlock(size, src + at, grid, codes + at); });
}

void roundAtRunTime(int64_t count, const float* src, float* dst) {
    const RunTimeGrid grid = runTimeGrid(count, src);
    forBlocks(count, [&](int64_t at, int64_t size) { roundBlock(size, src + at, grid, dst + at); });
}

} // namespace halftone::engine
