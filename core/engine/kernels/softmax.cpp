// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/kernels/softmax.h"

#include "core/base/vectors.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace halftone::engine {

namespace {

constexpr int64_t kBlock = 128; // positions at a time: the values of several classes stay in the nearest cache

/// e^x for x <= 0, without calls, so that the compiler uses vectors; 0 where the result would be subnormal. 2^n * e^r
/// with |r| <= ln(2) / 2, where the series of e^r is cut off at 5e-9.
inline float expOfNegative(float x) {
    constexpr float shift = 12582912.0F; // 1.5 * 2^23: adding it leaves a whole number, in the lowest bits
    const float shifted = x * 1.44269504F + shift, n = shifted - shift;
    const float r = (x - n * 0.693359375F) + n * 2.12194440e-4F; // ln(2), the first part exact in products
    const float series =
        1 +
        r * (1 + r * (1 / 2.0F + r * (1 / 6.0F + r * (1 / 24.0F + r * (1 / 120.0F + r * (1 / 720.0F + r / 5040.0F))))));
    const float power = std::bit_cast<float>((std::bit_cast<uint32_t>(shifted) << 23) + 0x3F800000U);
    // Bits that are cut off: a choice between numbers would be a branch.
    const uint32_t kept = x < -87.0F ? 0U : ~0U;
    return std::bit_cast<float>(std::bit_cast<uint32_t>(series * power) & kept);
}

/// Of `count` positions beside each other; values of one position are `stride` apart.
HALFTONE_FUSED_VECTORS void softmaxOfPositions(int64_t length, int64_t count, int64_t stride, bool log,
                                               const float* __restrict src, float* __restrict dst) {
    float largest[kBlock], sums[kBlock] = {};
    std::copy_n(src, count, largest);
    for (int64_t v = 1; v < length; ++v)
        for (int64_t i = 0; i < count; ++i)
            largest[i] = largest[i] < src[v * stride + i] ? src[v * stride + i] : largest[i];
    for (int64_t v = 0; v < length; ++v)
        for (int64_t i = 0; i < count; ++i) {
            const float e = expOfNegative(src[v * stride + i] - largest[i]);
            sums[i] += e;
            dst[v * stride + i] = e;
        }
    if (log) {
        for (int64_t i = 0; i < count; ++i)
            sums[i] = std::log(sums[i]);
        for (int64_t v = 0; v < length; ++v)
            for (int64_t i = 0; i < count; ++i)
                dst[v * stride + i] = src[v * stride + i] - largest[i] - sums[i];
        return;
    }
    for (int64_t i = 0; i < count; ++i)
        sums[i] = 1 / sums[i];
    for (int64_t v = 0; v < length; ++v)
        for (int64_t i = 0; i < count; ++i)
            dst[v * stride + i] *= sums[i];
}

void softmaxOfShortRows(const SoftmaxShape& p, const float* src, float* dst) {
    const int64_t blocks = (p.rows + kBlock - 1) / kBlock;
#pragma omp parallel for
    for (int64_t b = 0; b < blocks; ++b) {
        const int64_t first = b * kBlock, count = std::min(kBlock, p.rows - first);
        const float* from = src + first * p.length;
        float* to = dst + first * p.length;
        float values[kMostBesideEachOther * kBlock], results[kMostBesideEachOther * kBlock];
        for (int64_t i = 0; i < count; ++i)
            for (int64_t v = 0; v < p.length; ++v)
                values[v * kBlock + i] = from[i * p.length + v];
        softmaxOfPositions(p.length, count, kBlock, p.log, values, results);
        for (int64_t i = 0; i < count; ++i)
            for (int64_t v = 0; v < p.length; ++v)
                to[i * p.length + v] = results[v * kBlock + i];
    }
}

} // namespace

void softmax(const SoftmaxShape& p, const float* src, float* dst) {
    if (p.positions == 1)
        return softmaxOfShortRows(p, src, dst);
    const int64_t blocks = (p.positions + kBlock - 1) / kBlock;
#pragma omp parallel for collapse(2)
    for (int64_t row = 0; row < p.rows; ++row)
        for (int64_t b = 0; b < blocks; ++b) {
            const int64_t at = row * p.length * p.positions + b * kBlock;
            softmaxOfPositions(p.length, std::min(kBlock, p.positions - b * kBlock), p.positions, p.log, src + at,
                               dst + at);
        }
}

} // namespace halftone::engine
