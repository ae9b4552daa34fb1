// SPDX-License-Identifier: GPL-3.0-or-later
// A large block as the container that Tensor takes.
#pragma once

#include "core/base/large_block.h"

#include <new>

namespace halftone {

/// Nothing is written to it before its values are: pages are touched once, by the threads that fill them.
class BlockBytes {
public:
    using value_type = std::byte;
    /// Throws std::bad_alloc when there is none.
    explicit BlockBytes(size_t sizeBytes) : m_data(allocateBlock(sizeBytes)), m_sizeBytes(sizeBytes) {
        if (!m_data && sizeBytes > 0)
            throw std::bad_alloc();
    }
    std::byte* data() { return m_data.get(); }
    const std::byte* data() const { return m_data.get(); }
    size_t size() const { return m_sizeBytes; }

private:
    std::unique_ptr<std::byte, FreeBlock> m_data;
    size_t m_sizeBytes;
};

} // namespace halftone
