#include "core/engine/kernels_data.h"

#include <algorithm>
#include <cmath>
#include <cstring>

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

void interpolate(const Interpolation& p, const float* src, float* dst) {
    const auto [depth, height, width] = p.out;
    const int64_t rows = p.batch * depth * height;
    const auto at = [&](size_t dim, int64_t position) {
        return p.taps[dim].data() + static_cast<size_t>(position) * p.count[dim];
    };
#pragma omp parallel for
    for (int64_t row = 0; row < rows; ++row) {
        const int64_t y = row % height, z = row / height % depth, n = row / height / depth;
        float* to = dst + row * width * p.channels;
        std::fill_n(to, width * p.channels, 0.0F);
        for (size_t tz = 0; tz < p.count[0]; ++tz)
            for (size_t ty = 0; ty < p.count[1]; ++ty) {
                const WeightedIndex &deep = at(0, z)[tz], &high = at(1, y)[ty];
                const float outer = deep.weight * high.weight;
                const float* from = src + ((n * p.in[0] + deep.index) * p.in[1] + high.index) * p.in[2] * p.channels;
                for (int64_t x = 0; x < width; ++x)
                    for (size_t tx = 0; tx < p.count[2]; ++tx) {
                        const WeightedIndex& wide = at(2, x)[tx];
                        const float weight = outer * wide.weight;
                        const float* pixel = from + wide.index * p.channels;
                        for (int64_t c = 0; c < p.channels; ++c)
                            to[x * p.channels + c] += weight * pixel[c];
                    }
            }
    }
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
