// SPDX-License-Identifier: GPL-3.0-or-later
// Shapes of operators that pick, repeat or compare elements, and of codes that are explicit.
#include "core/base/checked.h"
#include "core/base/text.h"
#include "core/graph/element.h"
#include "core/graph/infer.h"
#include "core/graph/resize.h"
#include "core/graph/shape_rules.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

namespace {

bool isCodeType(ElementType type) {
    return type == ElementType::U8 || type == ElementType::S8 || type == ElementType::U16 || type == ElementType::S16 ||
           type == ElementType::S32;
}

/// Scale and zero point: single numbers, or one for each index of `axis` of `x`.
void requireParameters(const Operands& operands, const TensorType& x, int64_t axis, ElementType codes) {
    const TensorType& scale = required(operands, 1, "scale");
    requireFloat(scale);
    const auto fits = [&](const TensorType& parameter) {
        const int64_t elements = elementCount(parameter.shape);
        if (parameter.shape.size() > 1 || elements == 1)
            return parameter.shape.size() <= 1;
        return !x.shape.empty() && elements == x.shape[normalizedAxis(axis, x.shape.size())];
    };
    const TensorType* zeroPoint = operandOrNull(operands, 2);
    if (!fits(scale) || (zeroPoint && !fits(*zeroPoint)))
        refuse(fmt::format("its scale of shape {} or its zero point does not fit axis {} of {}", shapeText(scale.shape),
                           axis, shapeText(x.shape)));
    if (zeroPoint && zeroPoint->type != codes)
        refuse(fmt::format("its zero point has the type {} and its codes {}", name(zeroPoint->type), name(codes)));
}

} // namespace

TensorType resultOf(const Gather& op, const Operands& operands) {
    const TensorType& data = required(operands, 0, "data");
    const TensorType& indices = required(operands, 1, "indices");
    if (isFloatType(indices.type) || indices.type == ElementType::Bool)
        refuse(fmt::format("its indices have the type {}", name(indices.type)));
    requireRank(data, 1, SIZE_MAX, "data");
    const auto axis = static_cast<ptrdiff_t>(normalizedAxis(op.axis, data.shape.size()));
    TensorType result{data.type, Shape(data.shape.begin(), data.shape.begin() + axis)};
    result.shape.insert(result.shape.end(), indices.shape.begin(), indices.shape.end());
    result.shape.insert(result.shape.end(), data.shape.begin() + axis + 1, data.shape.end());
    return result;
}

TensorType resultOf(const Expand& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    return {x.type, broadcastShape(x.shape, op.target)};
}

TensorType resultOf(const Tile& op, const Operands& operands) {
    TensorType result = required(operands, 0, "input");
    if (op.repeats.size() != result.shape.size())
        refuse(fmt::format("it has {} repeats and its input {} dimensions", op.repeats.size(), result.shape.size()));
    for (size_t i = 0; i < op.repeats.size(); ++i) {
        if (op.repeats[i] < 0)
            refuse(fmt::format("it repeats dimension {} {} times", i, op.repeats[i]));
        result.shape[i] = checkedMul(result.shape[i], op.repeats[i], "its output");
    }
    return result;
}

TensorType resultOf(const Resize& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    return {x.type, resizedShape(op, x.shape)};
}

TensorType resultOf(const Where&, const Operands& operands) {
    const TensorType& condition = required(operands, 0, "condition");
    const TensorType& a = required(operands, 1, "first value");
    const TensorType& b = required(operands, 2, "second value");
    if (condition.type != ElementType::Bool || a.type != b.type)
        refuse(
            fmt::format("it chooses between {} and {} by {} values", name(a.type), name(b.type), name(condition.type)));
    return {a.type, broadcastShape(condition.shape, broadcastShape(a.shape, b.shape))};
}

TensorType resultOf(const ShapeOf& op, const Operands& operands) {
    return {ElementType::S64, shapeTensor(op, required(operands, 0, "input").shape).shape};
}

TensorType resultOf(const ArgReduce& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    requireRank(x, 1, SIZE_MAX, "input");
    const size_t axis = normalizedAxis(op.axis, x.shape.size());
    if (x.shape[axis] == 0)
        refuse(fmt::format("it searches dimension {} of its input {}, which is empty", axis, shapeText(x.shape)));
    TensorType result{ElementType::S64, x.shape};
    if (op.keepDims)
        result.shape[axis] = 1;
    else
        result.shape.erase(result.shape.begin() + static_cast<ptrdiff_t>(axis));
    return result;
}

TensorType resultOf(const QuantizeLinear& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    if (!isCodeType(op.to) || op.to == ElementType::S32)
        refuse(fmt::format("it makes codes of type {}", name(op.to)), ErrorCode::Unsupported);
    if (x.type != ElementType::S32)
        requireFloat(x);
    requireParameters(operands, x, op.axis, op.to);
    return {op.to, x.shape};
}

TensorType resultOf(const DequantizeLinear& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    if (!isCodeType(x.type))
        refuse(fmt::format("it reads codes of type {}", name(x.type)), ErrorCode::Unsupported);
    requireParameters(operands, x, op.axis, x.type);
    return {operands[1]->type, x.shape};
}

} // namespace halftone
