// SPDX-License-Identifier: GPL-3.0-or-later
// Shapes of operators that find elements by positions, or the best ones, or that go through a sequence.
#include "core/base/text.h"
#include "core/graph/element.h"
#include "core/graph/shape_rules.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

namespace {

const TensorType& indicesOf(const Operands& operands) {
    const TensorType& indices = required(operands, 1, "indices");
    if (isFloatType(indices.type) || indices.type == ElementType::Bool)
        refuse(fmt::format("its indices have the type {}", name(indices.type)));
    return indices;
}

/// The dimensions of x that are no axis are at least as large as those of the indices.
void requireFitting(const TensorType& x, const TensorType& indices, int64_t along) {
    requireRank(x, 1, SIZE_MAX, "input");
    const size_t axis = normalizedAxis(along, x.shape.size());
    bool fits = indices.shape.size() == x.shape.size();
    for (size_t i = 0; fits && i < x.shape.size(); ++i)
        fits = i == axis || indices.shape[i] <= x.shape[i];
    if (!fits)
        refuse(fmt::format("its indices {} do not fit its input {}", shapeText(indices.shape), shapeText(x.shape)));
}

/// How many dimensions of x a position names.
int64_t positionLength(const TensorType& x, const TensorType& indices, size_t shared) {
    requireRank(indices, shared + 1, SIZE_MAX, "indices");
    const int64_t length = indices.shape.back();
    if (shared > x.shape.size() || length < 0 || static_cast<size_t>(length) > x.shape.size() - shared)
        refuse(fmt::format("its indices {} name positions that its input {} does not have", shapeText(indices.shape),
                           shapeText(x.shape)));
    return length;
}

/// What [..., positions] of the indices names.
Shape namedShape(const TensorType& x, const TensorType& indices, size_t shared) {
    const int64_t length = positionLength(x, indices, shared);
    Shape shape(indices.shape.begin(), indices.shape.end() - 1);
    shape.insert(shape.end(), x.shape.begin() + static_cast<ptrdiff_t>(shared) + length, x.shape.end());
    return shape;
}

void requireUpdates(const Operands& operands, const TensorType& x, const Shape& shape) {
    const TensorType& updates = required(operands, 2, "updates");
    if (updates.type != x.type || updates.shape != shape)
        refuse(fmt::format("its updates are {} {} and should be {} {}", name(updates.type), shapeText(updates.shape),
                           name(x.type), shapeText(shape)));
}

} // namespace

TensorType resultOf(const GatherElements& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    const TensorType& indices = indicesOf(operands);
    requireFitting(x, indices, op.axis);
    return {x.type, indices.shape};
}

TensorType resultOf(const GatherNd& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    const TensorType& indices = indicesOf(operands);
    const auto shared = static_cast<size_t>(std::max<int64_t>(0, op.batchDims));
    if (op.batchDims < 0 || shared > x.shape.size() || shared >= indices.shape.size() ||
        !std::equal(x.shape.begin(), x.shape.begin() + op.batchDims, indices.shape.begin()))
        refuse(fmt::format("its indices {} do not share {} dimensions with its input {}", shapeText(indices.shape),
                           op.batchDims, shapeText(x.shape)));
    return {x.type, namedShape(x, indices, shared)};
}

TensorType resultOf(const ScatterElements& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    const TensorType& indices = indicesOf(operands);
    requireFitting(x, indices, op.axis);
    requireUpdates(operands, x, indices.shape);
    return x;
}

TensorType resultOf(const ScatterNd&, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    requireUpdates(operands, x, namedShape(x, indicesOf(operands), 0));
    return x;
}

TensorType resultOf(const CumSum& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    requireRank(x, 1, SIZE_MAX, "input");
    normalizedAxis(op.axis, x.shape.size());
    if (x.type == ElementType::Bool)
        refuse("it adds bool values");
    return x;
}

Results resultsOf(const TopValues& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    requireRank(x, 1, SIZE_MAX, "input");
    const size_t axis = normalizedAxis(op.axis, x.shape.size());
    if (op.count < 0 || op.count > x.shape[axis])
        refuse(fmt::format("it takes {} of {} values", op.count, x.shape[axis]));
    Shape shape = x.shape;
    shape[axis] = op.count;
    return {{x.type, shape}, {ElementType::S64, shape}};
}

Results resultsOf(const Recurrent& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    requireFloat(x);
    requireRank(x, 3, 3, "input");
    const TensorType& recurrent = required(operands, 2, "recurrent weights");
    requireRank(recurrent, 3, 3, "recurrent weights");
    const int64_t directions = op.bothDirections ? 2 : 1, hidden = recurrent.shape[2], gates = gatesOf(op.kind);
    const auto require = [&](size_t index, const char* what, const Shape& shape) {
        const TensorType* operand = operandOrNull(operands, index);
        if (operand && (operand->type != x.type || operand->shape != shape))
            refuse(fmt::format("its {} are {} {} and should be {} {}", what, name(operand->type),
                               shapeText(operand->shape), name(x.type), shapeText(shape)));
    };
    required(operands, 1, "weights");
    const Shape state{directions, x.shape[1], hidden};
    require(1, "weights", {directions, gates * hidden, x.shape[2]});
    require(2, "recurrent weights", {directions, gates * hidden, hidden});
    require(3, "biases", {directions, 2 * gates * hidden});
    require(4, "first states", state);
    require(5, "first cells", state);
    require(6, "peepholes", {directions, 3 * hidden});
    const size_t activations = op.kind == RecurrentKind::Lstm ? 3 : op.kind == RecurrentKind::Gru ? 2 : 1;
    if (op.activations.size() != activations * static_cast<size_t>(directions))
        refuse(fmt::format("it has {} activations", op.activations.size()));
    Results results{{x.type, {x.shape[0], directions, x.shape[1], hidden}}, {x.type, state}};
    if (op.kind == RecurrentKind::Lstm)
        results.push_back({x.type, state});
    return results;
}

} // namespace halftone
