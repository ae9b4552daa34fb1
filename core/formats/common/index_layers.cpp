// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/common/index_layers.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace halftone {

namespace {

size_t rankOf(LayerWriter& writer, ValueId x) {
    return writer.builder().shape(x)->size();
}

/// An order of `rank` dimensions in which `count` of them, from `from` on, begin at place `to` <= from.
std::vector<int64_t> movedToFront(size_t rank, size_t from, size_t count, size_t to) {
    std::vector<int64_t> perm(rank);
    std::iota(perm.begin(), perm.end(), 0);
    const auto begin = perm.begin();
    std::rotate(begin + static_cast<ptrdiff_t>(to), begin + static_cast<ptrdiff_t>(from),
                begin + static_cast<ptrdiff_t>(from + count));
    return perm;
}

std::vector<int64_t> inverse(const std::vector<int64_t>& perm) {
    std::vector<int64_t> result(perm.size());
    for (size_t i = 0; i < perm.size(); ++i)
        result[static_cast<size_t>(perm[i])] = static_cast<int64_t>(i);
    return result;
}

/// Positions [..., 1] of whole parts.
ValueId positionsFrom(LayerWriter& writer, ValueId indices) {
    return writer.add(Squeeze{{static_cast<int64_t>(rankOf(writer, indices))}, true}, {indices});
}

} // namespace

Tensor nonZeroPositions(const Tensor& x) {
    const std::vector<double> values = x.toDoubles();
    std::vector<std::vector<int64_t>> positions(x.shape.size());
    int64_t found = 0;
    for (size_t i = 0; i < values.size(); ++i) {
        if (values[i] == 0)
            continue;
        ++found;
        auto rest = static_cast<int64_t>(i);
        for (size_t axis = x.shape.size(); axis-- > 0;) {
            positions[axis].push_back(rest % x.shape[axis]);
            rest /= x.shape[axis];
        }
    }
    std::vector<int64_t> flat;
    for (const std::vector<int64_t>& axis : positions)
        flat.insert(flat.end(), axis.begin(), axis.end());
    return Tensor::fromInt64s({static_cast<int64_t>(positions.size()), found}, flat);
}

ValueId oneHot(LayerWriter& writer, ValueId positions, int64_t depth, int64_t axis, ValueId on, ValueId off,
               bool fromEnd) {
    Shape line(rankOf(writer, positions) + 1, 1);
    line[static_cast<size_t>(axis)] = depth;
    const ValueId whole = writer.add(Cast{ElementType::S64}, {positions});
    const ValueId spread = writer.add(Squeeze{{axis}, true}, {whole});
    const auto at = [&](int64_t first) {
        std::vector<int64_t> numbers(static_cast<size_t>(depth));
        std::iota(numbers.begin(), numbers.end(), first);
        const ValueId places = writer.constant(writer.layer() + "_constant", Tensor::fromInt64s(line, numbers));
        return writer.add(Binary{BinaryKind::Equal, {}}, {spread, places});
    };
    ValueId marked = at(0);
    if (fromEnd)
        marked = writer.add(Binary{BinaryKind::Or, {}}, {marked, at(-depth)});
    return writer.add(Where{}, {marked, on, off});
}

ValueId gather(LayerWriter& writer, ValueId data, ValueId indices, int64_t axis, int64_t batchDims) {
    if (batchDims == 0)
        return writer.add(Gather{axis}, {data, indices});
    const auto from = static_cast<size_t>(axis), to = static_cast<size_t>(batchDims);
    const std::vector<int64_t> inFront = movedToFront(rankOf(writer, data), from, 1, to);
    const ValueId parts = from == to ? data : writer.add(Transpose{inFront}, {data});
    const ValueId found = writer.add(GatherNd{batchDims}, {parts, positionsFrom(writer, indices)});
    if (from == to)
        return found;
    const size_t looked = rankOf(writer, indices) - to; // dimensions in the place of `axis`
    const size_t rank = rankOf(writer, data) - 1 + looked;
    return writer.add(Transpose{inverse(movedToFront(rank, from, looked, to))}, {found});
}

ValueId scatterAlong(LayerWriter& writer, ValueId data, ValueId indices, ValueId updates, int64_t axis) {
    const ValueId positions = positionsFrom(writer, indices);
    if (axis == 0)
        return writer.add(ScatterNd{ScatterMode::Replace}, {data, positions, updates});
    const auto from = static_cast<size_t>(axis);
    const std::vector<int64_t> perm = movedToFront(rankOf(writer, data), from, 1, 0);
    const ValueId inFront = writer.add(Transpose{perm}, {data});
    const ValueId moved =
        writer.add(Transpose{movedToFront(rankOf(writer, updates), from, rankOf(writer, indices), 0)}, {updates});
    const ValueId result = writer.add(ScatterNd{ScatterMode::Replace}, {inFront, positions, moved});
    return writer.add(Transpose{inverse(perm)}, {result});
}

Slice reversed(const std::vector<int64_t>& axes) {
    constexpr int64_t kFar = std::numeric_limits<int64_t>::max();
    const size_t count = axes.size();
    return Slice{std::vector<int64_t>(count, -1), std::vector<int64_t>(count, -kFar), axes,
                 std::vector<int64_t>(count, -1)};
}

} // namespace halftone
