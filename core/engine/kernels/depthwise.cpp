// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/kernels/depthwise.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <immintrin.h>
#include <numeric>
#include <omp.h>
#include <oneapi/dnnl/dnnl.hpp>

#define HALFTONE_AVX2 __attribute__((target("avx2,fma")))

namespace halftone::engine {

namespace {

constexpr int64_t kBlock = 32;                     // channels that are computed together
constexpr int64_t kLanes = 8;                      // of these have their sums in one register
constexpr int64_t kParts = kBlock / kLanes;        // registers of a block
constexpr int64_t kPair = 2;                       // taps that one instruction multiplies and adds
constexpr int64_t kElement = kBlock * kPair;       // 16-bit numbers of one position of an unfolded row
constexpr int64_t kPartNumbers = kLanes * kPair;   // of an element, that one register holds
constexpr int64_t kMostTaps = 256;                 // pairs of a kernel
constexpr int64_t kMostRows = 64;                  // that a kernel reaches over
constexpr int64_t kChunk = 32;                     // results whose sums wait to be rounded
constexpr int64_t kRowsBytes = 24 * 1024;          // of unfolded rows: they stay in the nearest cache
constexpr int64_t kBandBytes = int64_t{1} << 16;   // of the source, which all blocks of channels read in turn
constexpr int64_t kTilesOfThread = 2;              // at least, so that threads end together
constexpr int64_t kMostScratch = int64_t{1} << 18; // bytes of a thread: its second-nearest cache

int64_t tapPairs(const Depthwise& p) {
    return (p.kernel[1] + kPair - 1) / kPair;
}

/// The last block begins early enough to be whole, so it shares channels with the one before.
int64_t firstChannel(const Depthwise& p, int64_t block) {
    return std::min(block * kBlock, p.channels - kBlock);
}

int64_t blocksOf(const Depthwise& p) {
    return (p.channels + kBlock - 1) / kBlock;
}

/// How unfolded rows lie. Their element i holds position i * grain of the padded row and the one a dilation behind it.
struct Unfolded {
    int64_t grain, step, pair; // positions; elements between results and between pairs of taps
    int64_t rows;              // that a kernel reaches over
    int64_t width, length;     // results of a row, at most; elements

    explicit Unfolded(const Depthwise& p)
        : grain(std::gcd(p.strides[1], kPair * p.dilations[1])), step(p.strides[1] / grain),
          pair(kPair * p.dilations[1] / grain), rows((p.kernel[0] - 1) * p.dilations[0] + 1) {
        const int64_t behind = (tapPairs(p) - 1) * pair;
        const int64_t most = kRowsBytes / (rows * kElement * static_cast<int64_t>(sizeof(int16_t)));
        const int64_t tiles = (p.out[1] * step - 1) / std::max(most - behind, 8 * step) + 1;
        width = (p.out[1] - 1) / tiles + 1;
        length = (width - 1) * step + behind + 1;
    }

    int64_t bytes() const { return rows * length * kElement * static_cast<int64_t>(sizeof(int16_t)); }
};

HALFTONE_AVX2 inline __m256i loaded(const void* from) {
    return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}

/// The codes of a block at two positions, zero point subtracted, as pairs. The order of channels is that of unpacking
/// in halves of registers: part 0 has the first four and those from 16 on. Packing the results puts it right.
template <bool Signed> HALFTONE_AVX2 inline void unfold(__m256i first, __m256i second, __m256i zeroPoint, int16_t* to) {
    const __m256i pairs[] = {_mm256_unpacklo_epi8(first, second), _mm256_unpackhi_epi8(first, second)};
    const __m256i zero = _mm256_setzero_si256();
    auto* parts = reinterpret_cast<__m256i*>(to);
    for (int half = 0; half < 2; ++half) {
        const __m256i sign = Signed ? _mm256_cmpgt_epi8(zero, pairs[half]) : zero;
        _mm256_store_si256(parts + 2 * half, _mm256_sub_epi16(_mm256_unpacklo_epi8(pairs[half], sign), zeroPoint));
        _mm256_store_si256(parts + 2 * half + 1, _mm256_sub_epi16(_mm256_unpackhi_epi8(pairs[half], sign), zeroPoint));
    }
}

HALFTONE_AVX2 inline __m256i codesAt(const Depthwise& p, const std::byte* row, int64_t x, __m256i padding) {
    return x < 0 || x >= p.in[1] ? padding : loaded(row + x * p.channels);
}

/// Positions from `first` on of a row of the picture, `row` being its start at the first channel of the block.
template <bool Signed>
HALFTONE_AVX2 void unfoldRow(const Depthwise& p, const Unfolded& form, const std::byte* row, int64_t first,
                             int16_t* to) {
    const __m256i padding = _mm256_set1_epi8(static_cast<char>(p.src.zeroPoint()));
    const __m256i zeroPoint = _mm256_set1_epi16(static_cast<int16_t>(p.src.zeroPoint()));
    const int64_t dilation = p.dilations[1], channels = p.channels;
    int64_t x = first;
    int16_t* const end = to + form.length * kElement;
    for (; to < end && x < 0; to += kElement, x += form.grain)
        unfold<Signed>(codesAt(p, row, x, padding), codesAt(p, row, x + dilation, padding), zeroPoint, to);
    for (const int64_t inside = p.in[1] - dilation; to < end && x < inside; to += kElement, x += form.grain)
        unfold<Signed>(loaded(row + x * channels), loaded(row + (x + dilation) * channels), zeroPoint, to);
    for (; to < end; to += kElement, x += form.grain)
        unfold<Signed>(codesAt(p, row, x, padding), codesAt(p, row, x + dilation, padding), zeroPoint, to);
}

/// The pairs of taps of one row of results: where the codes of the first result lie, and the weights.
struct Taps {
    int64_t count = 0;
    const int16_t *codes[kMostTaps], *weights[kMostTaps];
};

/// Sums of a part of the channels for `count` results, the first one's codes `at` numbers behind those of the taps
/// and each `step` behind the last; `sums` has kBlock for each.
using Sum = void (*)(const Taps& taps, int64_t part, int64_t at, int64_t step, int64_t count, int32_t* sums);

/// Weights stay in registers.
template <int Count>
HALFTONE_AVX2 void sumFew(const Taps& taps, int64_t part, int64_t at, int64_t step, int64_t count, int32_t* sums) {
    __m256i weights[Count];
    const int16_t* codes[Count];
#pragma GCC unroll 8
    for (int tap = 0; tap < Count; ++tap) {
        weights[tap] = loaded(taps.weights[tap] + part * kPartNumbers);
        codes[tap] = taps.codes[tap] + part * kPartNumbers;
    }
    for (const int64_t end = at + count * step; at < end; at += step, sums += kBlock) {
        __m256i sum = _mm256_madd_epi16(weights[0], loaded(codes[0] + at));
#pragma GCC unroll 8
        for (int tap = 1; tap < Count; ++tap)
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(weights[tap], loaded(codes[tap] + at)));
        _mm256_store_si256(reinterpret_cast<__m256i*>(sums), sum);
    }
}

/// Weights serve several results each time that they are read.
template <int Results>
HALFTONE_AVX2 void sumSome(const Taps& taps, int64_t part, int64_t at, int64_t step, int32_t* sums) {
    __m256i sum[Results];
#pragma GCC unroll 8
    for (int i = 0; i < Results; ++i)
        sum[i] = _mm256_setzero_si256();
#pragma GCC unroll 1
    for (int64_t tap = 0; tap < taps.count; ++tap) {
        const __m256i weights = loaded(taps.weights[tap] + part * kPartNumbers);
        const int16_t* codes = taps.codes[tap] + part * kPartNumbers + at;
#pragma GCC unroll 8
        for (int i = 0; i < Results; ++i)
            sum[i] = _mm256_add_epi32(sum[i], _mm256_madd_epi16(weights, loaded(codes + i * step)));
    }
#pragma GCC unroll 8
    for (int i = 0; i < Results; ++i)
        _mm256_store_si256(reinterpret_cast<__m256i*>(sums + i * kBlock), sum[i]);
}

HALFTONE_AVX2 void sumMany(const Taps& taps, int64_t part, int64_t at, int64_t step, int64_t count, int32_t* sums) {
    int64_t i = 0;
    for (; i + 4 <= count; i += 4)
        sumSome<4>(taps, part, at + i * step, step, sums + i * kBlock);
    for (; i < count; ++i)
        sumSome<1>(taps, part, at + i * step, step, sums + i * kBlock);
}

Sum sumFor(const Taps& taps) {
    switch (taps.count) {
    case 2: return sumFew<2>;
    case 4: return sumFew<4>;
    case 6: return sumFew<6>;
    default: return sumMany;
    }
}

/// The place of a channel of the block in the order of unfold().
int64_t placeOf(int64_t channel) {
    const int64_t half = channel / 16, part = channel % 16 / 4;
    return part * kLanes + half * 4 + channel % 4;
}

/// What becomes of the sums of a block of channels.
class Finish {
public:
    Finish(const Depthwise& p, int64_t block)
        : m_p(p), m_skip(block * kBlock - firstChannel(p, block)),
          m_isBounded(std::isfinite(p.lowest) || std::isfinite(p.highest)) {
        // Everything is counted in the steps of the result, where that has some.
        const float step = p.dst ? p.dst->scale() : 1.0F;
        m_lowest = p.lowest / step;
        m_highest = p.highest / step;
        for (int64_t c = 0; c < kBlock; ++c) {
            const auto channel = static_cast<size_t>(firstChannel(p, block) + c);
            m_scales[placeOf(c)] = p.scales[channel] / step;
            m_bias[placeOf(c)] = p.bias[channel] / step;
        }
    }

    /// `dst` is that of the first of the results, which lie beside each other.
    void operator()(const int32_t* sums, int64_t count, std::byte* dst) const {
        if (!m_p.dst)
            return floats(sums, count, reinterpret_cast<float*>(dst));
        const bool isSigned = m_p.dst->storage == ElementType::S8;
        if (m_isBounded)
            isSigned ? rounded<true, true>(sums, count, dst) : rounded<false, true>(sums, count, dst);
        else
            isSigned ? rounded<true, false>(sums, count, dst) : rounded<false, false>(sums, count, dst);
    }

private:
    template <bool Signed, bool Bounded>
    HALFTONE_AVX2 void rounded(const int32_t* sums, int64_t count, std::byte* dst) const {
        __m256 scales[kParts], bias[kParts];
#pragma GCC unroll 4
        for (int part = 0; part < kParts; ++part) {
            scales[part] = _mm256_load_ps(m_scales + part * kLanes);
            bias[part] = _mm256_load_ps(m_bias + part * kLanes);
        }
        const __m256i zeroPoint = _mm256_set1_epi16(static_cast<int16_t>(m_p.dst->zeroPoint()));
        const __m256 lowest = _mm256_set1_ps(m_lowest), highest = _mm256_set1_ps(m_highest);
        const int64_t stride = m_p.channels, skip = m_skip;
        for (int64_t i = 0; i < count; ++i, sums += kBlock, dst += stride) {
            __m256i codes[kParts];
#pragma GCC unroll 4
            for (int part = 0; part < kParts; ++part) {
                __m256 values =
                    _mm256_fmadd_ps(_mm256_cvtepi32_ps(loaded(sums + part * kLanes)), scales[part], bias[part]);
                if constexpr (Bounded)
                    values = _mm256_min_ps(_mm256_max_ps(values, lowest), highest);
                codes[part] = _mm256_cvtps_epi32(values);
            }
            const __m256i low = _mm256_adds_epi16(_mm256_packs_epi32(codes[0], codes[1]), zeroPoint);
            const __m256i high = _mm256_adds_epi16(_mm256_packs_epi32(codes[2], codes[3]), zeroPoint);
            const __m256i bytes = Signed ? _mm256_packs_epi16(low, high) : _mm256_packus_epi16(low, high);
            if (skip == 0)
                _mm256_storeu_si256(reinterpret_cast<__m256i*>(dst), bytes);
            else if (skip == kBlock / 2)
                _mm_storeu_si128(reinterpret_cast<__m128i*>(dst + skip), _mm256_extracti128_si256(bytes, 1));
            else
                std::memcpy(dst + skip, reinterpret_cast<const std::byte*>(&bytes) + skip,
                            static_cast<size_t>(kBlock - skip));
        }
    }

    void floats(const int32_t* sums, int64_t count, float* dst) const {
        for (int64_t i = 0; i < count; ++i, sums += kBlock, dst += m_p.channels)
            for (int64_t c = m_skip; c < kBlock; ++c) {
                const int64_t place = placeOf(c);
                const float value = static_cast<float>(sums[place]) * m_scales[place] + m_bias[place];
                dst[c] = std::clamp(value, m_lowest, m_highest);
            }
    }

    const Depthwise& m_p;
    int64_t m_skip; // channels that the block before has written
    bool m_isBounded;
    float m_lowest, m_highest;
    alignas(32) float m_scales[kBlock], m_bias[kBlock];
};

/// A rectangle of results.
struct Tile {
    int64_t sample, firstRow, endRow, firstColumn, endColumn;
};

/// A tile in a block of channels.
class BlockOfTile {
public:
    BlockOfTile(const Depthwise& p, const Unfolded& form, const Tile& tile, int64_t block, const std::byte* src,
                const int16_t* weights, int16_t* rows, std::byte* dst)
        : m_p(p), m_form(form), m_tile(tile), m_finish(p, block),
          m_src(src + tile.sample * p.in[0] * p.in[1] * p.channels + firstChannel(p, block)),
          m_weights(weights + block * p.kernel[0] * tapPairs(p) * kElement), m_rows(rows),
          m_dst(dst + (tile.sample * p.out[0] * p.out[1] * p.channels + firstChannel(p, block)) * size()) {
        std::fill_n(m_unfolded, form.rows, -1);
    }

    void compute() {
        const int64_t step = m_form.step * kElement, width = m_tile.endColumn - m_tile.firstColumn;
        alignas(32) int32_t sums[kChunk * kBlock];
        for (int64_t y = m_tile.firstRow; y < m_tile.endRow; ++y) {
            const Taps taps = tapsOf(y);
            const Sum sum = sumFor(taps);
            for (int64_t x = 0; x < width; x += kChunk) {
                const int64_t count = std::min(kChunk, width - x);
                for (int64_t part = 0; part < kParts; ++part)
                    sum(taps, part, x * step, step, count, sums + part * kLanes);
                const int64_t at = y * m_p.out[1] + m_tile.firstColumn + x;
                m_finish(sums, count, m_dst + at * m_p.channels * size());
            }
        }
    }

private:
    int64_t size() const { return m_p.dst ? 1 : static_cast<int64_t>(sizeof(float)); }

    Taps tapsOf(int64_t y) {
        Taps taps;
        for (int64_t k = 0; k < m_p.kernel[0]; ++k) {
            const int64_t row = y * m_p.strides[0] - m_p.padBegin[0] + k * m_p.dilations[0];
            if (row < 0 || row >= m_p.in[0])
                continue;
            const int16_t* codes = unfolded(row);
            for (int64_t pair = 0; pair < tapPairs(m_p); ++pair, ++taps.count) {
                taps.codes[taps.count] = codes + pair * m_form.pair * kElement;
                taps.weights[taps.count] = m_weights + (k * tapPairs(m_p) + pair) * kElement;
            }
        }
        return taps;
    }

    /// Rows that a kernel reaches over never meet in the same place.
    const int16_t* unfolded(int64_t row) {
        const int64_t place = row % m_form.rows;
        int16_t* to = m_rows + place * m_form.length * kElement;
        if (m_unfolded[place] != row) {
            const std::byte* from = m_src + row * m_p.in[1] * m_p.channels;
            const int64_t first = m_tile.firstColumn * m_p.strides[1] - m_p.padBegin[1];
            if (m_p.src.storage == ElementType::S8)
                unfoldRow<true>(m_p, m_form, from, first, to);
            else
                unfoldRow<false>(m_p, m_form, from, first, to);
            m_unfolded[place] = row;
        }
        return to;
    }

    const Depthwise& m_p;
    const Unfolded& m_form;
    const Tile m_tile;
    const Finish m_finish;
    const std::byte* m_src;
    const int16_t* m_weights;
    int16_t* m_rows;
    std::byte* m_dst;
    int64_t m_unfolded[kMostRows]; // the row of the picture that each place holds
};

} // namespace

bool hasDepthwise() {
    return dnnl::get_effective_cpu_isa() == dnnl::cpu_isa::avx2;
}

bool suitsDepthwise(const Depthwise& p) {
    if (p.kernel[0] * tapPairs(p) > kMostTaps)
        return false;
    const Unfolded form(p);
    const auto largestSum = static_cast<float>(255 * 128 * p.kernel[0] * p.kernel[1]);
    for (size_t c = 0; c < p.scales.size(); ++c) // counted in steps of the result they fit 32 bits
        if (!(std::abs(p.scales[c]) * largestSum + std::abs(p.bias[c]) < 0x1p31F * (p.dst ? p.dst->scale() : 1.0F)))
            return false;
    return 4 * p.channels >= 3 * kBlock * blocksOf(p) && p.channels >= kBlock && form.rows <= kMostRows &&
           form.bytes() <= kMostScratch;
}

std::vector<int16_t> depthwiseWeights(const Depthwise& p, const int8_t* weights) {
    const int64_t pairs = tapPairs(p);
    std::vector<int16_t> laid(static_cast<size_t>(blocksOf(p) * p.kernel[0] * pairs * kElement));
    for (int64_t block = 0; block < blocksOf(p); ++block)
        for (int64_t c = 0; c < kBlock; ++c)
            for (int64_t y = 0; y < p.kernel[0]; ++y)
                for (int64_t x = 0; x < p.kernel[1]; ++x) {
                    const int64_t element = (block * p.kernel[0] + y) * pairs + x / kPair;
                    laid[static_cast<size_t>(element * kElement + placeOf(c) * kPair + x % kPair)] =
                        weights[((firstChannel(p, block) + c) * p.kernel[0] + y) * p.kernel[1] + x];
                }
    return laid;
}

int64_t depthwiseScratch(const Depthwise& p) {
    return Unfolded(p).bytes();
}

void depthwise(const Depthwise& p, const std::byte* src, const int16_t* weights, std::byte* scratch, std::byte* dst) {
    const Unfolded form(p);
    const int64_t blocks = blocksOf(p), columns = (p.out[1] - 1) / form.width + 1;
    const int64_t rowBytes = p.strides[0] * p.strides[1] * form.width * p.channels;
    int64_t height = std::max(kBandBytes / rowBytes, 4 * p.kernel[0]);
    const auto bands = [&] { return (p.out[0] - 1) / height + 1; };
    while (height > 2 * p.kernel[0] && p.batch * columns * blocks * bands() < kTilesOfThread * omp_get_max_threads())
        height = std::max(std::min(height, p.out[0]) / 2, 2 * p.kernel[0]);
    const int64_t count = bands();
#pragma omp parallel for collapse(4) schedule(static)
    for (int64_t n = 0; n < p.batch; ++n)
        for (int64_t band = 0; band < count; ++band)
            for (int64_t column = 0; column < columns; ++column)
                for (int64_t block = 0; block < blocks; ++block) {
                    const Tile tile{n, p.out[0] * band / count, p.out[0] * (band + 1) / count,
                                    p.out[1] * column / columns, p.out[1] * (column + 1) / columns};
                    auto* rows = reinterpret_cast<int16_t*>(scratch + omp_get_thread_num() * form.bytes());
                    BlockOfTile(p, form, tile, block, src, weights, rows, dst).compute();
                }
}

} // namespace halftone::engine
