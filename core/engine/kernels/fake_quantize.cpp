// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/kernels/kernels.h"

#include "core/base/vectors.h"
#include "core/engine/kernels/grid_steps.h"

#include <algorithm>

namespace halftone::engine {

namespace {

constexpr int64_t kBlock = 1024; // floats that stay in the nearest cache

/// What `x` is rounded to; `lowest` and `highest` are codes less the zero point.
inline float rounded(float x, float scale, float lowest, float highest) {
    return gridSteps(x, scale, lowest, highest) * scale;
}

float lowestStep(const QuantParams& grid, size_t channel) {
    return static_cast<float>(lowestCode(grid.storage) - grid.zeroPoints[channel]);
}

float highestStep(const QuantParams& grid, size_t channel) {
    return static_cast<float>(highestCode(grid.storage) - grid.zeroPoints[channel]);
}

HALFTONE_VECTORS void roundAlike(float scale, float lowest, float highest, int64_t count, const float* src,
                                 float* dst) {
    for (int64_t i = 0; i < count; ++i)
        dst[i] = rounded(src[i], scale, lowest, highest);
}

/// Channels beside each other, their grids repeated for as many rows as a block takes.
struct Row {
    int64_t first, width, height;
    float scale[kBlock], lowest[kBlock], highest[kBlock];

    Row(const QuantParams& grid, int64_t from, int64_t channels, int64_t rows)
        : first(from), width(std::min(kBlock, channels - from)),
          height(std::clamp<int64_t>(kBlock / channels, 1, rows)) {
        for (int64_t i = 0; i < width * height; ++i) {
            const bool repeated = i >= width;
            const auto channel = static_cast<size_t>(first + (repeated ? 0 : i));
            scale[i] = repeated ? scale[i - width] : grid.scales[channel];
            lowest[i] = repeated ? lowest[i - width] : lowestStep(grid, channel);
            highest[i] = repeated ? highest[i - width] : highestStep(grid, channel);
        }
    }
};

HALFTONE_VECTORS void roundEach(const Row& row, int64_t count, const float* src, float* dst) {
    for (int64_t i = 0; i < count; ++i)
        dst[i] = rounded(src[i], row.scale[i], row.lowest[i], row.highest[i]);
}

void roundRows(const QuantParams& grid, int64_t rows, const float* src, float* dst) {
    const auto channels = static_cast<int64_t>(grid.scales.size());
#pragma omp parallel
    for (int64_t first = 0; first < channels; first += kBlock) {
        const Row row(grid, first, channels, rows);
#pragma omp for nowait
        for (int64_t r = 0; r < rows; r += row.height) {
            const int64_t at = r * channels + first; // several rows only where they are whole
            roundEach(row, std::min(row.height, rows - r) * row.width, src + at, dst + at);
        }
    }
}

void roundRuns(const QuantParams& grid, int64_t run, int64_t count, const float* src, float* dst) {
    const auto channels = static_cast<int64_t>(grid.scales.size());
    const int64_t runs = count / run, blocks = (run + kBlock - 1) / kBlock;
#pragma omp parallel for collapse(2)
    for (int64_t r = 0; r < runs; ++r)
        for (int64_t b = 0; b < blocks; ++b) {
            const auto channel = static_cast<size_t>(r % channels);
            const int64_t at = r * run + b * kBlock;
            roundAlike(grid.scales[channel], lowestStep(grid, channel), highestStep(grid, channel),
                       std::min(kBlock, run - b * kBlock), src + at, dst + at);
        }
}

} // namespace

void fakeQuantize(const QuantParams& grid, int64_t run, int64_t count, const float* src, float* dst) {
    if (run == 1)
        roundRows(grid, count / static_cast<int64_t>(grid.scales.size()), src, dst);
    else
        roundRuns(grid, run, count, src, dst);
}

} // namespace halftone::engine
