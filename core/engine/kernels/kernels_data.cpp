// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/kernels/kernels_data.h"

#include "core/base/vectors.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <omp.h>

namespace halftone::engine {

namespace {

/// The distance between its entries, where all stand equally far apart and lie inside; 0 where not.
int64_t stepOf(const std::vector<int64_t>& table) {
    const int64_t step = table.size() > 1 ? table[1] - table[0] : 1;
    for (size_t i = 0; i < table.size(); ++i)
        if (table[i] < 0 || table[i] != table[0] + static_cast<int64_t>(i) * step)
            return 0;
    return step;
}

/// Every second element, a loop of its own because the compiler uses vectors for it.
template <class T> void copyHalf(const T* from, int64_t count, T* to) {
    for (int64_t i = 0; i < count; ++i)
        to[i] = from[2 * i];
}

template <class T> void selectElements(const Selection& p, T outside, const T* src, T* dst) {
    const std::vector<int64_t>& last = p.tables.back();
    const auto inner = static_cast<int64_t>(last.size());
    const int64_t step = stepOf(last);
    int64_t rows = 1;
    for (size_t i = 0; i + 1 < p.tables.size(); ++i)
        rows *= static_cast<int64_t>(p.tables[i].size());
#pragma omp parallel for
    for (int64_t row = 0; row < rows; ++row) {
        int64_t rest = row, base = 0;
        for (size_t i = p.tables.size() - 1; i-- > 0;) {
            const auto size = static_cast<int64_t>(p.tables[i].size());
            base += p.tables[i][static_cast<size_t>(rest % size)];
            rest /= size;
        }
        T* to = dst + row * inner;
        if (base < 0) {
            std::fill_n(to, inner, outside);
            continue;
        }
        if (step == 1 || step == 2) {
            const T* from = src + base + last[0];
            step == 1 ? static_cast<void>(std::copy_n(from, inner, to)) : copyHalf(from, inner, to);
            continue;
        }
        for (int64_t i = 0; i < inner; ++i) {
            const int64_t at = base + last[static_cast<size_t>(i)];
            to[i] = at < 0 ? outside : src[at];
        }
    }
}

} // namespace

void select(const Selection& params, const std::byte* src, std::byte* dst) {
    if (params.elementSize == sizeof(float))
        selectElements(params, params.outside, reinterpret_cast<const float*>(src), reinterpret_cast<float*>(dst));
    else
        selectElements(params, static_cast<std::byte>(static_cast<int>(params.outside)), src, dst);
}

namespace {

/// Whole words, the last one over the one before it: a call to memcpy takes longer than what it copies here.
template <size_t word>
void copyRuns(int64_t count, int64_t length, int64_t stride, const std::byte* src, std::byte* dst) {
    const int64_t last = length - static_cast<int64_t>(word);
    for (int64_t p = 0; p < count; ++p, src += length, dst += stride) {
        for (int64_t i = 0; i < last; i += static_cast<int64_t>(word))
            std::memcpy(dst + i, src + i, word);
        std::memcpy(dst + last, src + last, word);
    }
}

} // namespace

void joinChannels(int64_t positions, const std::vector<int64_t>& lengths, const std::vector<std::byte*>& srcs,
                  std::byte* dst) {
    constexpr int64_t block = 128;
    const int64_t stride = std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
#pragma omp parallel for
    for (int64_t first = 0; first < positions; first += block) {
        const int64_t count = std::min(block, positions - first);
        std::byte* to = dst + first * stride;
        for (size_t i = 0; i < srcs.size(); ++i) {
            const int64_t length = lengths[i];
            const auto copy = length >= 16  ? copyRuns<16>
                              : length >= 8 ? copyRuns<8>
                              : length >= 4 ? copyRuns<4>
                                            : copyRuns<1>;
            copy(count, length, stride, srcs[i] + first * length, to);
            to += length;
        }
    }
}

namespace {

/// sum[i] += weight * src[i]
HALFTONE_FUSED_VECTORS void addRow(float weight, int64_t count, const float* src, float* sum) {
    for (int64_t i = 0; i < count; ++i)
        sum[i] += weight * src[i];
}

HALFTONE_FUSED_VECTORS void addRow(float weight, int64_t count, const uint8_t* src, float* sum) {
    for (int64_t i = 0; i < count; ++i)
        sum[i] += weight * static_cast<float>(src[i]);
}

HALFTONE_FUSED_VECTORS void addRow(float weight, int64_t count, const int8_t* src, float* sum) {
    for (int64_t i = 0; i < count; ++i)
        sum[i] += weight * static_cast<float>(src[i]);
}

/// One row of the result from one row of pixels.
HALFTONE_FUSED_VECTORS void interpolateRow(const WeightedIndex* taps, size_t count, int64_t width, int64_t channels,
                                           const float* pixels, float* to) {
    for (int64_t x = 0; x < width; ++x, taps += count, to += channels) {
        const float* first = pixels + taps[0].index * channels;
        const float weight = taps[0].weight;
        if (count == 1) {
            for (int64_t c = 0; c < channels; ++c)
                to[c] = weight * first[c];
            continue;
        }
        const float* second = pixels + taps[1].index * channels;
        const float other = taps[1].weight;
        for (int64_t c = 0; c < channels; ++c)
            to[c] = weight * first[c] + other * second[c];
        for (size_t t = 2; t < count; ++t)
            for (int64_t c = 0; c < channels; ++c)
                to[c] += taps[t].weight * pixels[taps[t].index * channels + c];
    }
}

template <class Code> void interpolateAs(const Interpolation& p, const Code* src, float* scratch, std::byte* dst) {
    const auto [depth, height, width] = p.out;
    const int64_t rows = p.batch * depth * height, length = width * p.channels, pixels = p.in[2] * p.channels;
    const auto at = [&](size_t dim, int64_t position) {
        return p.taps[dim].data() + static_cast<size_t>(position) * p.count[dim];
    };
#pragma omp parallel for
    for (int64_t row = 0; row < rows; ++row) {
        const int64_t y = row % height, z = row / height % depth, n = row / height / depth;
        float* sum = scratch + omp_get_thread_num() * interpolationScratch(p);
        float* to = p.dst ? sum + pixels : reinterpret_cast<float*>(dst) + row * length;
        std::fill_n(sum, pixels, p.src ? static_cast<float>(-p.src->zeroPoint()) : 0.0F); // weights add up to 1
        for (size_t tz = 0; tz < p.count[0]; ++tz)
            for (size_t ty = 0; ty < p.count[1]; ++ty) {
                const WeightedIndex &deep = at(0, z)[tz], &high = at(1, y)[ty];
                if (const float weight = deep.weight * high.weight; weight != 0)
                    addRow(weight, pixels, src + ((n * p.in[0] + deep.index) * p.in[1] + high.index) * pixels, sum);
            }
        interpolateRow(at(2, 0), p.count[2], width, p.channels, sum, to);
        if (!p.dst)
            continue;
        // Steps of the source's grid: where both grids are one, whole numbers and halves stay exact.
        const double step = static_cast<double>(p.dst->scale()) / static_cast<double>(p.src->scale());
        quantize({to, static_cast<size_t>(length)}, static_cast<float>(step), p.dst->zeroPoint(), p.dst->storage,
                 dst + row * length);
    }
}

} // namespace

int64_t interpolationScratch(const Interpolation& p) {
    return (p.in[2] + (p.dst ? p.out[2] : 0)) * p.channels;
}

void interpolate(const Interpolation& p, const std::byte* src, float* scratch, std::byte* dst) {
    if (!p.src)
        interpolateAs(p, reinterpret_cast<const float*>(src), scratch, dst);
    else if (p.src->storage == ElementType::U8)
        interpolateAs(p, reinterpret_cast<const uint8_t*>(src), scratch, dst);
    else
        interpolateAs(p, reinterpret_cast<const int8_t*>(src), scratch, dst);
}

namespace {

template <int64_t run> void placeRuns(const Windows& p, int64_t length, const std::byte* src, std::byte* dst) {
    for (int64_t x = 0; x < p.columns; ++x)
        std::copy_n(src + x * p.height * length, run > 0 ? run : length, dst + x * length);
}

} // namespace

void placeWindows(const Windows& p, const std::byte* src, std::byte* dst) {
    const auto place = p.run == 2    ? placeRuns<2>
                       : p.run == 4  ? placeRuns<4>
                       : p.run == 8  ? placeRuns<8>
                       : p.run == 16 ? placeRuns<16>
                                     : placeRuns<0>;
#pragma omp parallel for
    for (int64_t row = 0; row < p.rows * p.height; ++row)
        place(p, p.run, src + (row / p.height * p.columns * p.height + row % p.height) * p.run,
              dst + row * p.columns * p.run);
}

void normalizeRows(int64_t rows, int64_t length, float epsilon, const float* src, float* dst) {
#pragma omp parallel for
    for (int64_t row = 0; row < rows; ++row) {
        const float* x = src + row * length;
        float* y = dst + row * length;
        double sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t i = 0; i < length; ++i)
            sum += static_cast<double>(x[i]);
        const double mean = sum / static_cast<double>(length);
#pragma omp simd reduction(+ : squares)
        for (int64_t i = 0; i < length; ++i)
            squares += (static_cast<double>(x[i]) - mean) * (static_cast<double>(x[i]) - mean);
        const double variance = squares / static_cast<double>(length);
        const auto scale = static_cast<float>(1 / std::sqrt(variance + static_cast<double>(epsilon)));
        const auto shift = static_cast<float>(mean);
        for (int64_t i = 0; i < length; ++i)
            y[i] = (x[i] - shift) * scale;
    }
}

} // namespace halftone::engine
