// SPDX-License-Identifier: GPL-3.0-or-later
// Large blocks of memory that are written and read as a whole: file contents, weights, activations.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>

namespace halftone {

struct FreeBlock {
    void operator()(std::byte* data) const { std::free(data); }
};

/// Uninitialized bytes on a page boundary; of 2 MB or more on huge pages, where the system gives them: 100 MB are then
/// there in 12 ms instead of 70, and take 50 entries of the address cache instead of 25,000. Null when there is none.
std::unique_ptr<std::byte, FreeBlock> allocateBlock(size_t sizeBytes);

/// A block that knows its size.
struct LargeBlock {
    std::unique_ptr<std::byte, FreeBlock> data;
    size_t sizeBytes = 0;

    std::span<const std::byte> bytes() const { return {data.get(), sizeBytes}; }
};

} // namespace halftone
