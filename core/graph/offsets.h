// SPDX-License-Identifier: GPL-3.0-or-later
// Walking a tensor in the order of another one: for each dimension a table of what an index adds to the
// offset.
#pragma once

#include "core/graph/op.h"
#include "core/graph/tensor.h"

#include <cstdint>
#include <vector>

namespace halftone {

/// One table a dimension, outermost first. The offset of an element is the sum over its indices; it is
/// negative when one of them is kOutside.
using OffsetTables = std::vector<std::vector<int64_t>>;

/// Far below any sum of real offsets, and far enough from the smallest integer to be added many times.
inline constexpr int64_t kOutside = -(int64_t{1} << 48);

/// Elements from one index of each dimension to the next, row-major.
inline std::vector<int64_t> stridesOf(const Shape& shape) {
    std::vector<int64_t> strides(shape.size(), 1);
    for (size_t i = shape.size(); i-- > 1;)
        strides[i - 1] = strides[i] * shape[i];
    return strides;
}

/// 0, step, 2 * step ...
inline std::vector<int64_t> evenOffsets(int64_t count, int64_t step) {
    std::vector<int64_t> table(static_cast<size_t>(count));
    for (size_t i = 0; i < table.size(); ++i)
        table[i] = static_cast<int64_t>(i) * step;
    return table;
}

/// Reads a tensor of shape `from` as if it had the shape `to`, to which it broadcasts.
inline OffsetTables broadcastOffsets(const Shape& from, const Shape& to) {
    const std::vector<int64_t> strides = stridesOf(from);
    OffsetTables tables;
    for (size_t i = 0; i < to.size(); ++i) {
        const bool present = i + from.size() >= to.size();
        const size_t own = present ? i + from.size() - to.size() : 0;
        tables.push_back(evenOffsets(to[i], present && from[own] != 1 ? strides[own] : 0));
    }
    return tables;
}

/// Of each position of one padded dimension: the position of the input that it repeats, -1 where that is outside.
std::vector<int64_t> padPositions(PadMode mode, int64_t size, int64_t begin, int64_t end);

/// Calls f(offset) for every combination of indices, the last dimension fastest.
template <class F> void forEachOffset(const OffsetTables& tables, F&& f) {
    for (const auto& table : tables)
        if (table.empty())
            return;
    if (tables.empty())
        return f(int64_t{0});
    const size_t outer = tables.size() - 1;
    std::vector<size_t> index(outer, 0);
    for (;;) {
        int64_t base = 0;
        for (size_t i = 0; i < outer; ++i)
            base += tables[i][index[i]];
        for (int64_t offset : tables[outer])
            f(base + offset);
        size_t i = outer;
        while (i > 0 && ++index[i - 1] == tables[i - 1].size())
            index[--i] = 0;
        if (i == 0)
            return;
    }
}

} // namespace halftone
