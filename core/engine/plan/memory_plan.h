// SPDX-License-Identifier: GPL-3.0-or-later
// Where each activation buffer lies in the arena: buffers that are never alive at the same time share memory.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace halftone::engine {

struct BufferLife {
    size_t bytes = 0;
    int first = 0, last = 0; // steps that touch it, inclusive
};

struct MemoryPlan {
    std::vector<size_t> offsets; // one per buffer, multiples of 64
    size_t arenaBytes = 0;
};

/// Greedy by size: the largest buffers are placed first, each at the lowest offset where it meets no buffer that
/// lives at the same time (Pisarchyk and Lee, "Efficient memory management for deep neural net inference").
MemoryPlan planMemory(std::span<const BufferLife> buffers);

} // namespace halftone::engine
