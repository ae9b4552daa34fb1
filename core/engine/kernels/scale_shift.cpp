// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/kernels/scale_shift.h"

#include "core/base/vectors.h"
#include "core/engine/kernels/kernels.h"

#include <algorithm>

namespace halftone::engine {

namespace {

constexpr int64_t kBlock = 1024; // floats that stay in the nearest cache

HALFTONE_VECTORS void scaled(const float* src, const float* scale, const float* shift, int64_t count, float* dst) {
#pragma omp simd
    for (int64_t i = 0; i < count; ++i)
        dst[i] = src[i] * scale[i] + shift[i];
}

HALFTONE_VECTORS void scaledAlike(const float* src, float scale, float shift, int64_t count, float* dst) {
#pragma omp simd
    for (int64_t i = 0; i < count; ++i)
        dst[i] = src[i] * scale + shift;
}

/// Three planes are the colours of pictures.
HALFTONE_VECTORS void besideEachOther(const float* planes, int64_t stride, int64_t channels, int64_t positions,
                                      float* values) {
    if (channels == 3)
        for (int64_t p = 0; p < positions; ++p)
            for (int64_t c = 0; c < 3; ++c)
                values[3 * p + c] = planes[c * stride + p];
    else
        for (int64_t c = 0; c < channels; ++c)
            for (int64_t p = 0; p < positions; ++p)
                values[p * channels + c] = planes[c * stride + p];
}

void finish(const ScaleShift& params, int64_t count, float* values, std::byte* dst, int64_t at) {
    for (const Unary& activation : params.activations)
        activate(activation, count, values);
    if (params.dst)
        quantize({values, static_cast<size_t>(count)}, params.dst->scale(), params.dst->zeroPoint(),
                 params.dst->storage, dst + at);
}

/// Values that are stored as they are come about where they stay.
float* placeFor(const ScaleShift& params, std::byte* dst, int64_t at, float* block) {
    return params.dst ? block : reinterpret_cast<float*>(dst) + at;
}

void byPlanes(const ScaleShift& params, const std::byte* src, std::byte* dst) {
    const int64_t planes = params.batch * params.channels, blocks = (params.positions + kBlock - 1) / kBlock;
#pragma omp parallel for collapse(2)
    for (int64_t plane = 0; plane < planes; ++plane)
        for (int64_t block = 0; block < blocks; ++block) {
            const int64_t at = plane * params.positions + block * kBlock;
            const int64_t count = std::min(kBlock, params.positions - block * kBlock);
            const auto c = static_cast<size_t>(plane % params.channels);
            float store[kBlock];
            float* values = placeFor(params, dst, at, store);
            scaledAlike(reinterpret_cast<const float*>(src) + at, params.scale[c], params.shift[c], count, values);
            finish(params, count, values, dst, at);
        }
}

/// Rows of `width` channels from `first` on, the numbers of each repeated for every row of a block.
struct Rows {
    int64_t first, width, height;
    float scale[kBlock], shift[kBlock];

    Rows(const ScaleShift& params, int64_t from)
        : first(from), width(std::min(kBlock, params.channels - from)),
          height(std::clamp<int64_t>(kBlock / params.channels, 1, params.positions)) {
        for (int64_t row = 0; row < height; ++row) {
            std::copy_n(params.scale.data() + first, width, scale + row * width);
            std::copy_n(params.shift.data() + first, width, shift + row * width);
        }
    }
};

/// `count` values from number `at` on, which several rows have only where they are whole.
const float* loaded(const ScaleShift& params, const std::byte* src, int64_t at, int64_t count, float* block) {
    if (!params.codes)
        return reinterpret_cast<const float*>(src) + at;
    codesToFloats(*params.codes, 0, 1, count, src + at, block);
    return block;
}

void byRows(const ScaleShift& params, const std::byte* src, std::byte* dst) {
#pragma omp parallel
    for (int64_t first = 0; first < params.channels; first += kBlock) {
        const Rows rows(params, first);
        const int64_t blocks = (params.positions + rows.height - 1) / rows.height;
#pragma omp for collapse(2) nowait
        for (int64_t n = 0; n < params.batch; ++n)
            for (int64_t block = 0; block < blocks; ++block) {
                const int64_t row = block * rows.height, height = std::min(rows.height, params.positions - row);
                const int64_t at = (n * params.positions + row) * params.channels + first;
                const int64_t count = height * rows.width;
                float store[kBlock];
                const float* from = store;
                if (params.planes)
                    besideEachOther(reinterpret_cast<const float*>(src) +
                                        (n * params.channels + first) * params.positions + row,
                                    params.positions, rows.width, height, store);
                else
                    from = loaded(params, src, at, count, store);
                float* values = placeFor(params, dst, at, store);
                scaled(from, rows.scale, rows.shift, count, values);
                finish(params, count, values, dst, at);
            }
    }
}

} // namespace

bool keepsPace(const Unary& activation) {
    return activation.kind == UnaryKind::Relu || activation.kind == UnaryKind::LeakyRelu ||
           activation.kind == UnaryKind::Clip;
}

void scaleAndShift(const ScaleShift& params, const std::byte* src, std::byte* dst) {
    if (params.planes && params.keepsPlanes)
        byPlanes(params, src, dst);
    else
        byRows(params, src, dst);
}

} // namespace halftone::engine
