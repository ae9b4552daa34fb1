// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/checked.h"

#include "core/base/error.h"

#include <fmt/format.h>

namespace halftone {

int64_t checkedMul(int64_t a, int64_t b, std::string_view what) {
    int64_t result = 0;
    if (__builtin_mul_overflow(a, b, &result))
        throw Error(ErrorCode::BadInput, fmt::format("{} is too large: {} x {} overflows.", what, a, b));
    return result;
}

int64_t checkedAdd(int64_t a, int64_t b, std::string_view what) {
    int64_t result = 0;
    if (__builtin_add_overflow(a, b, &result))
        throw Error(ErrorCode::BadInput, fmt::format("{} is too large: {} + {} overflows.", what, a, b));
    return result;
}

int64_t elementCount(std::span<const int64_t> dims, std::string_view what) {
    int64_t count = 1;
    for (int64_t dim : dims) {
        if (dim < 0)
            throw Error(ErrorCode::BadInput, fmt::format("{} has the negative dimension {}.", what, dim));
        count = checkedMul(count, dim, what);
    }
    return count;
}

} // namespace halftone
