// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/kernels/max_pool.h"

#include "core/base/vectors.h"

#include <algorithm>
#include <omp.h>

namespace halftone::engine {

namespace {

template <class Code> HALFTONE_VECTORS void raise(int64_t count, const Code* codes, Code* largest) {
    for (int64_t i = 0; i < count; ++i)
        largest[i] = largest[i] < codes[i] ? codes[i] : largest[i];
}

template <class Code>
HALFTONE_VECTORS void largestOfRow(const std::vector<SeenElements>& seen, int64_t step, int64_t channels,
                                   const Code* row, Code* to) {
    for (const SeenElements& elements : seen) {
        const Code* from = row + elements.first * channels;
        if (elements.count == 1)
            std::copy_n(from, channels, to);
        for (int64_t k = 1; k < elements.count; ++k) {
            const Code *before = k == 1 ? from : to, *next = from + k * step * channels;
            for (int64_t c = 0; c < channels; ++c)
                to[c] = before[c] < next[c] ? next[c] : before[c];
        }
        to += channels;
    }
}

template <class Code> void maxPoolAs(const MaxPool& p, const Code* src, Code* scratch, Code* dst) {
    const auto depth = static_cast<int64_t>(p.seen[0].size()), height = static_cast<int64_t>(p.seen[1].size());
    const int64_t length = p.in[2] * p.channels, width = static_cast<int64_t>(p.seen[2].size());
#pragma omp parallel for
    for (int64_t row = 0; row < p.batch * depth * height; ++row) {
        const SeenElements deep = p.seen[0][static_cast<size_t>(row / height % depth)];
        const SeenElements high = p.seen[1][static_cast<size_t>(row % height)];
        const auto source = [&](int64_t z, int64_t y) {
            const int64_t plane = row / height / depth * p.in[0] + deep.first + z * p.steps[0];
            return src + (plane * p.in[1] + high.first + y * p.steps[1]) * length;
        };
        const Code* largest = source(0, 0);
        if (deep.count * high.count > 1) {
            Code* own = scratch + omp_get_thread_num() * length;
            std::copy_n(largest, length, own);
            for (int64_t z = 0; z < deep.count; ++z)
                for (int64_t y = z == 0 ? 1 : 0; y < high.count; ++y)
                    raise(length, source(z, y), own);
            largest = own;
        }
        largestOfRow(p.seen[2], p.steps[2], p.channels, largest, dst + row * width * p.channels);
    }
}

} // namespace

int64_t maxPoolScratch(const MaxPool& p) {
    return p.in[2] * p.channels;
}

void maxPool(const MaxPool& p, const std::byte* src, std::byte* scratch, std::byte* dst) {
    if (p.isSigned)
        maxPoolAs(p, reinterpret_cast<const int8_t*>(src), reinterpret_cast<int8_t*>(scratch),
                  reinterpret_cast<int8_t*>(dst));
    else
        maxPoolAs(p, reinterpret_cast<const uint8_t*>(src), reinterpret_cast<uint8_t*>(scratch),
                  reinterpret_cast<uint8_t*>(dst));
}

} // namespace halftone::engine
