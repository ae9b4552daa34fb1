// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/kernels/row_product.h"

#include "core/engine/kernels/kernels.h"

#include <algorithm>
#include <cstring>
#include <immintrin.h>
#include <oneapi/dnnl/dnnl.hpp>

namespace halftone::engine {

namespace {

constexpr int64_t kBlock = 8;          // outputs whose sums fill a register
constexpr int64_t kChunk = 2 * kBlock; // outputs a thread computes at a time
constexpr int64_t kWorthThreads = int64_t{1} << 15;
constexpr int64_t kAhead =
    2048; // bytes: weights come one after the other, but processors fetch ahead within a page only

/// Eight sums over all inputs.
__attribute__((target("avx2"))) void sumBlock(const std::byte* src, const std::byte* weights, int64_t inputs,
                                              int32_t* sums) {
    const __m256i ones = _mm256_set1_epi16(1);
    const auto four = [&](int64_t at, const std::byte* w) __attribute__((target("avx2"))) {
        int32_t codes = 0;
        std::memcpy(&codes, src + at, sizeof codes);
        const __m256i pairs =
            _mm256_maddubs_epi16(_mm256_set1_epi32(codes), _mm256_loadu_si256(reinterpret_cast<const __m256i*>(w)));
        return _mm256_madd_epi16(pairs, ones);
    };
    // Four sums side by side, because an addition must not wait for the last one.
    __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
    for (int64_t i = 0; i < inputs; i += 16, weights += 16 * kBlock) {
        _mm_prefetch(reinterpret_cast<const char*>(weights) + kAhead, _MM_HINT_T0);
        _mm_prefetch(reinterpret_cast<const char*>(weights) + kAhead + 64, _MM_HINT_T0);
        a = _mm256_add_epi32(a, four(i, weights));
        b = _mm256_add_epi32(b, four(i + 4, weights + 4 * kBlock));
        c = _mm256_add_epi32(c, four(i + 8, weights + 8 * kBlock));
        d = _mm256_add_epi32(d, four(i + 12, weights + 12 * kBlock));
    }
    const __m256i sum = _mm256_add_epi32(_mm256_add_epi32(a, b), _mm256_add_epi32(c, d));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums), sum);
}

template <class Code> void addCodes(const QuantParams& grid, const std::byte* codes, int64_t count, float* values) {
    for (int64_t i = 0; i < count; ++i)
        values[i] += dequantize(static_cast<Code>(codes[i]), grid.scale(), grid.zeroPoint());
}

void addOld(const RowProduct& p, const std::byte* dst, int64_t first, int64_t count, float* values) {
    if (!p.added)
        for (int64_t i = 0; i < count; ++i)
            values[i] += reinterpret_cast<const float*>(dst)[first + i];
    else if (p.added->storage == ElementType::U8)
        addCodes<uint8_t>(*p.added, dst + first, count, values);
    else
        addCodes<int8_t>(*p.added, dst + first, count, values);
}

void finish(const RowProduct& p, const int32_t* sums, int64_t first, int64_t count, std::byte* dst) {
    float values[kChunk];
    for (int64_t i = 0; i < count; ++i) {
        const auto output = static_cast<size_t>(first + i);
        values[i] =
            static_cast<float>(sums[i] - p.srcZeroPoint * p.weightSums[output]) * p.scales[output] + p.bias[output];
    }
    for (const PostOp& postOp : p.postOps)
        if (const auto* unary = std::get_if<Unary>(&postOp))
            activate(*unary, count, values);
        else
            addOld(p, dst, first, count, values);
    if (p.dst)
        quantize({values, static_cast<size_t>(count)}, p.dst->scale(), p.dst->zeroPoint(), p.dst->storage, dst + first);
    else
        std::copy_n(values, count, reinterpret_cast<float*>(dst) + first);
}

} // namespace

bool hasRowProduct() {
    const dnnl::cpu_isa isa = dnnl::get_effective_cpu_isa();
    return isa == dnnl::cpu_isa::avx2 || isa == dnnl::cpu_isa::avx512_core;
}

void rowProduct(const RowProduct& p, const std::byte* src, const std::byte* weights, std::byte* dst) {
#pragma omp parallel for schedule(static) if (p.inputs * p.outputs >= kWorthThreads)
    for (int64_t first = 0; first < p.outputs; first += kChunk) {
        const int64_t count = std::min(kChunk, p.outputs - first);
        int32_t sums[kChunk];
        for (int64_t i = 0; i < count; i += kBlock)
            sumBlock(src, weights + (first + i) * p.inputs, p.inputs, sums + i);
        finish(p, sums, first, count, dst);
    }
}

std::vector<int32_t> rowWeightSums(int64_t inputs, int64_t outputs, const std::byte* weights) {
    std::vector<int32_t> sums(static_cast<size_t>(outputs));
    for (int64_t output = 0; output < outputs; ++output) {
        const std::byte* codes = weights + output / kBlock * kBlock * inputs + output % kBlock * 4;
        for (int64_t input = 0; input < inputs; ++input)
            sums[static_cast<size_t>(output)] += static_cast<int8_t>(codes[input / 4 * 4 * kBlock + input % 4]);
    }
    return sums;
}

} // namespace halftone::engine
