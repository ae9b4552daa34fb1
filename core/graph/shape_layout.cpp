// SPDX-License-Identifier: GPL-3.0-or-later
// Shapes of operators that move, cut, join or convert elements without computing on them.
#include "core/base/checked.h"
#include "core/base/text.h"
#include "core/graph/shape_rules.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace halftone {

TensorType resultOf(const Reshape& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    const int64_t elements = elementCount(x.shape, "its input");
    TensorType result{x.type, op.target};
    std::optional<size_t> open;
    int64_t known = 1;
    for (size_t i = 0; i < result.shape.size(); ++i) {
        int64_t& dim = result.shape[i];
        if (dim == 0 && !op.allowZero) {
            if (i >= x.shape.size())
                refuse(fmt::format("its target {} copies dimension {} of its input {}, which has none",
                                   shapeText(op.target), i, shapeText(x.shape)));
            dim = x.shape[i];
        } else if (dim == -1) {
            if (open)
                refuse("its target leaves two dimensions open");
            open = i;
            continue;
        } else if (dim < 0) {
            refuse(fmt::format("its target has the dimension {}", dim));
        }
        known = checkedMul(known, dim, "its target");
    }
    if (open && known != 0 && elements % known == 0)
        result.shape[*open] = elements / known;
    else if (open || known != elements)
        refuse(fmt::format("{} elements of shape {} cannot be reshaped to {}", elements, shapeText(x.shape),
                           shapeText(op.target)));
    return result;
}

TensorType resultOf(const Flatten& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    const auto rank = static_cast<int64_t>(x.shape.size());
    if (op.axis < -rank || op.axis > rank)
        refuse(fmt::format("axis {} is outside the {} dimensions", op.axis, rank));
    const auto split = static_cast<size_t>(op.axis < 0 ? op.axis + rank : op.axis);
    const std::span<const int64_t> dims(x.shape);
    return {x.type, {elementCount(dims.first(split), "its input"), elementCount(dims.subspan(split), "its input")}};
}

TensorType resultOf(const Squeeze& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    TensorType result{x.type, {}};
    if (op.insert) {
        const size_t rank = x.shape.size() + op.axes.size();
        std::vector<bool> inserted(rank, false);
        for (size_t axis : normalizedAxes(op.axes, rank))
            inserted[axis] = true;
        auto next = x.shape.begin();
        for (bool one : inserted)
            result.shape.push_back(one ? 1 : *next++);
        return result;
    }
    std::vector<bool> removed(x.shape.size(), false);
    for (size_t axis : normalizedAxes(op.axes, x.shape.size())) {
        if (x.shape[axis] != 1)
            refuse(fmt::format("it removes dimension {} of its input {}, which is not 1", axis, shapeText(x.shape)));
        removed[axis] = true;
    }
    for (size_t i = 0; i < x.shape.size(); ++i)
        if (op.axes.empty() ? x.shape[i] != 1 : !removed[i])
            result.shape.push_back(x.shape[i]);
    return result;
}

std::vector<size_t> permutationOf(const Transpose& op, size_t rank) {
    std::vector<size_t> result;
    if (op.perm.empty()) {
        for (size_t i = rank; i > 0; --i)
            result.push_back(i - 1);
        return result;
    }
    std::vector<bool> used(rank, false);
    for (int64_t axis : op.perm) {
        if (axis < 0 || static_cast<size_t>(axis) >= rank || used[static_cast<size_t>(axis)])
            refuse(fmt::format("[{}] is not an order of {} dimensions", fmt::join(op.perm, ","), rank));
        used[static_cast<size_t>(axis)] = true;
        result.push_back(static_cast<size_t>(axis));
    }
    if (result.size() != rank)
        refuse(fmt::format("[{}] is not an order of {} dimensions", fmt::join(op.perm, ","), rank));
    return result;
}

TensorType resultOf(const Transpose& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    TensorType result{x.type, {}};
    for (size_t axis : permutationOf(op, x.shape.size()))
        result.shape.push_back(x.shape[axis]);
    return result;
}

TensorType resultOf(const Concat& op, const Operands& operands) {
    TensorType result = required(operands, 0, "first input");
    const size_t axis = normalizedAxis(op.axis, result.shape.size());
    for (size_t i = 1; i < operands.size(); ++i) {
        const TensorType& next = required(operands, i, "operand");
        Shape expected = result.shape;
        if (next.shape.size() == expected.size())
            expected[axis] = next.shape[axis];
        if (next.type != result.type || next.shape != expected)
            refuse(fmt::format("its input {} is {} {}, which does not fit to {} {} along axis {}", i, name(next.type),
                               shapeText(next.shape), name(result.type), shapeText(result.shape), axis));
        result.shape[axis] = checkedAdd(result.shape[axis], next.shape[axis], "its output");
    }
    return result;
}

std::vector<SliceRange> sliceRanges(const Slice& op, const Shape& x) {
    const size_t count = op.starts.size();
    if (op.ends.size() != count || (!op.axes.empty() && op.axes.size() != count) ||
        (!op.steps.empty() && op.steps.size() != count))
        refuse(fmt::format("it has {} starts, {} ends, {} axes and {} steps", count, op.ends.size(), op.axes.size(),
                           op.steps.size()));
    std::vector<SliceRange> ranges;
    for (int64_t dim : x)
        ranges.push_back({0, 1, dim});
    std::vector<int64_t> axes = op.axes;
    for (size_t i = axes.size(); i < count; ++i)
        axes.push_back(static_cast<int64_t>(i));
    normalizedAxes(axes, x.size());

    for (size_t i = 0; i < count; ++i) {
        const size_t axis = normalizedAxis(axes[i], x.size());
        const int64_t size = x[axis];
        const int64_t step = op.steps.empty() ? 1 : op.steps[i];
        if (step == 0)
            refuse(fmt::format("its step along axis {} is 0", axis));
        // Backwards, position -1 is a possible end: just before the first element.
        const int64_t lowest = step > 0 ? 0 : -1;
        const int64_t highest = step > 0 ? size : size - 1;
        const auto clamped = [&](int64_t position) {
            return std::clamp(position < 0 ? position + size : position, lowest, std::max(lowest, highest));
        };
        const int64_t start = clamped(op.starts[i]);
        const int64_t end = clamped(op.ends[i]);
        const int64_t distance = step > 0 ? end - start : start - end;
        // The size of a step is taken unsigned, where that of the lowest integer exists.
        const uint64_t stride = step > 0 ? static_cast<uint64_t>(step) : 0 - static_cast<uint64_t>(step);
        ranges[axis] = {start, step,
                        distance <= 0 ? 0 : static_cast<int64_t>((static_cast<uint64_t>(distance) - 1) / stride) + 1};
    }
    return ranges;
}

TensorType resultOf(const Slice& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    TensorType result{x.type, {}};
    for (const SliceRange& range : sliceRanges(op, x.shape))
        result.shape.push_back(range.count);
    return result;
}

TensorType resultOf(const Pad& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    const size_t rank = x.shape.size();
    if (op.pads.size() != 2 * rank)
        refuse(fmt::format("it has {} pads where its input {} needs {}", op.pads.size(), shapeText(x.shape), 2 * rank));
    TensorType result{x.type, {}};
    for (size_t i = 0; i < rank; ++i) {
        const int64_t begin = op.pads[i];
        const int64_t end = op.pads[rank + i];
        // Negative pads crop first; what is left is then extended.
        const int64_t kept = checkedAdd(checkedAdd(x.shape[i], std::min<int64_t>(begin, 0), "its crop"),
                                        std::min<int64_t>(end, 0), "its crop");
        if (kept < 0)
            refuse(fmt::format("it crops dimension {} of its input {} by more than there is", i, shapeText(x.shape)));
        const int64_t longest = std::max<int64_t>({begin, end, 0});
        if ((op.mode == PadMode::Edge || op.mode == PadMode::Wrap) && longest > 0 && kept == 0)
            refuse(fmt::format("it repeats {} dimension {} of its input, which is empty",
                               op.mode == PadMode::Edge ? "the edge of" : "elements of", i));
        if (op.mode == PadMode::Reflect && longest > std::max<int64_t>(kept - 1, 0))
            refuse(fmt::format("it reflects {} elements of dimension {}, where only {} can be reflected", longest, i,
                               std::max<int64_t>(kept - 1, 0)));
        result.shape.push_back(checkedAdd(checkedAdd(kept, std::max<int64_t>(begin, 0), "its output"),
                                          std::max<int64_t>(end, 0), "its output"));
    }
    return result;
}

TensorType resultOf(const Cast& op, const Operands& operands) {
    return {op.to, required(operands, 0, "input").shape};
}

TensorType resultOf(const Identity&, const Operands& operands) {
    return required(operands, 0, "input");
}

TensorType resultOf(const Opaque& op, const Operands&) {
    refuse(displayText(op.reason) + " is not supported", ErrorCode::Unsupported);
}

} // namespace halftone
