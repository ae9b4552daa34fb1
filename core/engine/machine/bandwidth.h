// SPDX-License-Identifier: GPL-3.0-or-later
// Caches of this machine and how fast they are read.
#pragma once

#include "core/base/job.h"

#include <cstdint>
#include <string>
#include <vector>

namespace halftone {

/// One level of the memory that the team reaches.
struct MemoryLevel {
    std::string name;          // "L1", "L2", "L3", "memory"
    int64_t capacityBytes = 0; // of all caches of this level that the team has; 0 for memory, which holds everything
};

/// From the fastest on; levels that the system does not tell are left out, memory is always there. Call after
/// useThreads(threads).
std::vector<MemoryLevel> memoryLevels(int threads);

/// How fast a working set is read again and again by `threads` threads, each its own part of it.
struct ReadRate {
    int64_t workingSetBytes = 0; // of all threads together
    double gbps = 0;             // 1e9 bytes a second, all threads together
};

/// The fastest of several passes over half of the capacity of each level, for memory over four times the largest cache:
/// what disturbs a pass can only make it slower. In the order of `levels`. Call after useThreads(threads).
std::vector<ReadRate> measureReadRates(const std::vector<MemoryLevel>& levels, int threads, const Job& job);

} // namespace halftone
