// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/plan/memory_plan.h"

#include <algorithm>
#include <numeric>

namespace halftone::engine {

namespace {

size_t aligned(size_t bytes) {
    return (bytes + 63) / 64 * 64;
} // one cache line, and AVX-512's alignment

bool meet(const BufferLife& a, const BufferLife& b) {
    return a.first <= b.last && b.first <= a.last;
}

} // namespace

MemoryPlan planMemory(std::span<const BufferLife> buffers) {
    MemoryPlan plan;
    plan.offsets.resize(buffers.size());
    std::vector<size_t> bySize(buffers.size());
    std::iota(bySize.begin(), bySize.end(), size_t{0});
    std::stable_sort(bySize.begin(), bySize.end(),
                     [&](size_t a, size_t b) { return buffers[a].bytes > buffers[b].bytes; });
    std::vector<size_t> placed; // in order of offset
    for (const size_t index : bySize) {
        const size_t bytes = aligned(buffers[index].bytes);
        size_t offset = 0;
        for (const size_t other : placed) {
            if (!meet(buffers[index], buffers[other]))
                continue;
            if (offset + bytes <= plan.offsets[other])
                break;
            offset = std::max(offset, plan.offsets[other] + aligned(buffers[other].bytes));
        }
        plan.offsets[index] = offset;
        plan.arenaBytes = std::max(plan.arenaBytes, offset + bytes);
        placed.insert(std::upper_bound(placed.begin(), placed.end(), index,
                                       [&](size_t a, size_t b) { return plan.offsets[a] < plan.offsets[b]; }),
                      index);
    }
    return plan;
}

} // namespace halftone::engine
