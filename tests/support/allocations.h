// SPDX-License-Identifier: GPL-3.0-or-later
// Counts what a piece of code allocates, on all threads: linking this file replaces malloc in the test program.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace halftone::test {

struct Allocations {
    int64_t count = 0;
    /// Not in `count`: oneDNN's execute builds maps of the arguments it is given.
    int64_t byLibraries = 0;
    std::string first; // where the first of `count` came from, as addresses that addr2line understands
};

/// What `run` allocates, operator new included. Always 0 under a sanitizer, which keeps
/// malloc for itself: see canCount.
Allocations allocationsIn(const std::function<void()>& run);

/// False under a sanitizer.
extern const bool canCount;

} // namespace halftone::test
