// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/allocations.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <dlfcn.h>
#include <execinfo.h>
#include <fmt/format.h>
#include <link.h>

namespace halftone::test {

namespace {

constexpr int kDepth = 48;

std::atomic<bool> counting{false};
std::atomic<int64_t> counted{0}, countedLibraries{0};
void* firstStack[kDepth];
int firstDepth = 0;
thread_local bool inside = false; // backtrace() may allocate

/// Where a library lies in memory.
struct Range {
    uintptr_t begin = 0, end = 0;

    bool holds(const void* address) const {
        const auto at = reinterpret_cast<uintptr_t>(address);
        return at >= begin && at < end;
    }
    /// Of the library that has this symbol; empty when none has.
    static Range ofSymbol(const char* symbol) {
        struct Search {
            const void* address;
            Range found;
        } search{dlsym(RTLD_DEFAULT, symbol), {}};
        const auto visit = [](dl_phdr_info* info, size_t, void* data) {
            auto& wanted = *static_cast<Search*>(data);
            Range range{UINTPTR_MAX, 0};
            for (int i = 0; i < info->dlpi_phnum; ++i)
                if (const auto& header = info->dlpi_phdr[i]; header.p_type == PT_LOAD) {
                    range.begin = std::min<uintptr_t>(range.begin, info->dlpi_addr + header.p_vaddr);
                    range.end = std::max<uintptr_t>(range.end, info->dlpi_addr + header.p_vaddr + header.p_memsz);
                }
            if (!range.holds(wanted.address))
                return 0;
            wanted.found = range;
            return 1;
        };
        dl_iterate_phdr(visit, &search);
        return search.found;
    }
};
Range onednn;

/// Below oneDNN everything is its own.
[[maybe_unused]] void note() {
    if (!counting.load(std::memory_order_relaxed) || inside)
        return;
    inside = true;
    void* stack[kDepth];
    const int depth = backtrace(stack, kDepth);
    if (std::any_of(stack, stack + depth, [](const void* frame) { return onednn.holds(frame); })) {
        ++countedLibraries;
    } else if (counted.fetch_add(1) == 0) {
        firstDepth = depth;
        std::copy_n(stack, depth, firstStack);
    }
    inside = false;
}

std::string describeFirst() {
    std::string text;
    for (int i = 1; i < firstDepth; ++i) {
        Dl_info info{};
        if (dladdr(firstStack[i], &info) == 0 || !info.dli_fname)
            continue;
        const auto offset = static_cast<const char*>(firstStack[i]) - static_cast<const char*>(info.dli_fbase);
        text += fmt::format("{}+0x{:x} {}\n", info.dli_fname, offset, info.dli_sname ? info.dli_sname : "");
    }
    return text;
}

} // namespace

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
const bool canCount = false;
#else
const bool canCount = true;
#endif

Allocations allocationsIn(const std::function<void()>& run) {
    void* warm[1];
    backtrace(warm, 1); // loads its library now
    onednn = Range::ofSymbol("dnnl_primitive_execute");
    counted = 0;
    countedLibraries = 0;
    firstDepth = 0;
    counting = true;
    run();
    counting = false;
    return {counted, countedLibraries, counted > 0 ? describeFirst() : ""};
}

} // namespace halftone::test

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

// The C library calls these instead of its own, and operator new calls malloc.
extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);

void* malloc(size_t size) {
    halftone::test::note();
    return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
    halftone::test::note();
    return __libc_calloc(count, size);
}
void* realloc(void* old, size_t size) {
    halftone::test::note();
    return __libc_realloc(old, size);
}
void* memalign(size_t alignment, size_t size) {
    halftone::test::note();
    return __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
    return memalign(alignment, size);
}
int posix_memalign(void** result, size_t alignment, size_t size) {
    halftone::test::note();
    *result = __libc_memalign(alignment, size);
    return *result ? 0 : ENOMEM;
}
}

#endif
