// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/common/batch_change.h"

#include "core/graph/shape_rules.h"

#include <algorithm>
#include <optional>

namespace halftone {

namespace {

/// The result's shape, or nothing where the elements do not fit.
std::optional<Shape> shapeOf(const Reshape& op, const Shape& x) {
    try {
        return resultOf(op, {TensorType{ElementType::F32, x}}).shape;
    } catch (const Error&) {
        return std::nullopt;
    }
}

} // namespace

Reshape inNumbers(const Reshape& op, const Shape& x, const BatchChange& batch) {
    Reshape meant = op;
    if (batch.changes() && !op.target.empty() && op.target.front() == batch.from) {
        const bool open = std::ranges::count(op.target, -1) > 0;
        meant.target.front() = batch.to;
        const bool isBatch = open ? !x.empty() && x.front() == batch.to : !shapeOf(op, x) && shapeOf(meant, x);
        if (!isBatch)
            meant.target.front() = batch.from;
    }
    Shape shape = resultOf(meant, {TensorType{ElementType::F32, x}}).shape;
    const bool empty = std::ranges::count(shape, 0) > 0;
    return {std::move(shape), empty};
}

Resize inNumbers(Resize op, const Shape& x, const BatchChange& batch) {
    if (op.sizes.size() != x.size() || x.empty())
        return op;
    if (batch.changes() && op.sizes.front() == batch.from && x.front() == batch.to)
        op.sizes.front() = batch.to;
    for (size_t i = 0; i < x.size(); ++i)
        if (op.sizes[i] == 0)
            op.sizes[i] = x[i];
    return op;
}

} // namespace halftone
