// SPDX-License-Identifier: GPL-3.0-or-later
// The monotonic clock that all measurements use.
#pragma once

#include <chrono>
#include <cstdint>

namespace halftone {

inline int64_t nowNs() {
    using namespace std::chrono;
    return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

inline double secondsSince(int64_t ns) {
    return static_cast<double>(nowNs() - ns) / 1e9;
}

} // namespace halftone
