// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/large_block.h"

#include <sys/mman.h>

namespace halftone {

std::unique_ptr<std::byte, FreeBlock> allocateBlock(size_t sizeBytes) {
    constexpr size_t page = 4096, hugePage = size_t{2} << 20;
    void* data = nullptr;
    if (::posix_memalign(&data, sizeBytes >= hugePage ? hugePage : page, sizeBytes) != 0)
        return nullptr;
    if (sizeBytes >= hugePage)
        ::madvise(data, sizeBytes, MADV_HUGEPAGE); // a refusal only costs time
    return std::unique_ptr<std::byte, FreeBlock>(static_cast<std::byte*>(data));
}

} // namespace halftone
