// SPDX-License-Identifier: GPL-3.0-or-later
// Shapes of matrix products, elementwise operators and reductions.
#include "core/base/checked.h"
#include "core/base/text.h"
#include "core/graph/element.h"
#include "core/graph/shape_rules.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

namespace {

void requireSameType(const TensorType& a, const TensorType& b) {
    if (a.type != b.type)
        refuse(fmt::format("its inputs have the types {} and {}", name(a.type), name(b.type)));
}

void requireNumbers(const TensorType& x) {
    if (x.type == ElementType::Bool)
        refuse("it computes on bool values; only numbers are supported", ErrorCode::Unsupported);
}

void requireBool(const TensorType& x) {
    if (x.type != ElementType::Bool)
        refuse(fmt::format("it reads {} values where only bool makes sense", name(x.type)));
}

void requireWhole(const TensorType& x) {
    if (isFloatType(x.type) || x.type == ElementType::Bool)
        refuse(fmt::format("it reads {} values where only whole numbers make sense", name(x.type)));
}

/// Whether the operator means something for whole numbers.
bool worksOnIntegers(UnaryKind kind) {
    switch (kind) {
    case UnaryKind::Relu:
    case UnaryKind::Clip:
    case UnaryKind::Abs:
    case UnaryKind::Neg:
    case UnaryKind::Square:
    case UnaryKind::Floor:
    case UnaryKind::Ceil:
    case UnaryKind::Round:
    case UnaryKind::Sign: return true;
    default: return false;
    }
}

} // namespace

TensorType resultOf(const FullyConnected& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    const TensorType& weights = required(operands, 1, "weights");
    requireFloat(x);
    requireSameType(x, weights);
    requireRank(x, 1, SIZE_MAX, "input");
    requireRank(weights, 2, 2, "weights");
    if (x.shape.back() != weights.shape[1])
        refuse(fmt::format("its weights {} are for inputs of length {}, and its input is {}", shapeText(weights.shape),
                           weights.shape[1], shapeText(x.shape)));
    if (const TensorType* bias = operandOrNull(operands, 2))
        requireVector(*bias, weights.shape[0], x, "bias");
    TensorType result = x;
    result.shape.back() = weights.shape[0];
    checkPostOps(op.postOps, operands, 3, result);
    return result;
}

TensorType resultOf(const MatMul&, const Operands& operands) {
    const TensorType& a = required(operands, 0, "first input");
    const TensorType& b = required(operands, 1, "second input");
    requireFloat(a);
    requireSameType(a, b);
    requireRank(a, 1, SIZE_MAX, "first input");
    requireRank(b, 1, SIZE_MAX, "second input");
    const bool vectorA = a.shape.size() == 1;
    const bool vectorB = b.shape.size() == 1;
    const int64_t depthB = vectorB ? b.shape[0] : b.shape[b.shape.size() - 2];
    if (a.shape.back() != depthB)
        refuse(fmt::format("the matrices {} and {} do not fit together", shapeText(a.shape), shapeText(b.shape)));
    const auto batch = [](const Shape& shape) {
        return Shape(shape.begin(), shape.end() - static_cast<ptrdiff_t>(std::min<size_t>(shape.size(), 2)));
    };
    TensorType result{a.type, broadcastShape(batch(a.shape), batch(b.shape))};
    if (!vectorA)
        result.shape.push_back(a.shape[a.shape.size() - 2]);
    if (!vectorB)
        result.shape.push_back(b.shape.back());
    return result;
}

TensorType resultOf(const Gemm& op, const Operands& operands) {
    const TensorType& a = required(operands, 0, "first input");
    const TensorType& b = required(operands, 1, "second input");
    requireFloat(a);
    requireSameType(a, b);
    requireRank(a, 2, 2, "first input");
    requireRank(b, 2, 2, "second input");
    if (a.shape[op.transA ? 0 : 1] != b.shape[op.transB ? 1 : 0])
        refuse(fmt::format("the matrices {}{} and {}{} do not fit together", shapeText(a.shape),
                           op.transA ? " transposed" : "", shapeText(b.shape), op.transB ? " transposed" : ""));
    TensorType result{a.type, {a.shape[op.transA ? 1 : 0], b.shape[op.transB ? 0 : 1]}};
    if (const TensorType* c = operandOrNull(operands, 2)) {
        requireSameType(a, *c);
        if (broadcastShape(result.shape, c->shape) != result.shape)
            refuse(fmt::format("its third input {} does not fit its result {}", shapeText(c->shape),
                               shapeText(result.shape)));
    }
    return result;
}

TensorType resultOf(const BatchNorm& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    requireFloat(x);
    requireRank(x, 2, SIZE_MAX, "input");
    constexpr const char* kNames[] = {"input", "scale", "bias", "mean", "variance"};
    for (size_t i = 1; i < 5; ++i)
        requireVector(required(operands, i, kNames[i]), x.shape[1], x, kNames[i]);
    checkPostOps(op.postOps, operands, 5, x);
    return x;
}

TensorType resultOf(const Normalize& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    requireFloat(x);
    normalizedAxes(op.axes, x.shape.size());
    return x;
}

TensorType resultOf(const Lrn& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    requireFloat(x);
    requireRank(x, 2, SIZE_MAX, "input");
    if (op.size < 1)
        refuse(fmt::format("it normalizes over {} channels", op.size));
    return x;
}

TensorType resultOf(const Unary& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    if (op.kind == UnaryKind::Not) {
        requireBool(x);
        return x;
    }
    if (op.kind == UnaryKind::BitwiseNot) {
        requireWhole(x);
        return x;
    }
    requireNumbers(x);
    if (!worksOnIntegers(op.kind))
        requireFloat(x);
    return x;
}

TensorType resultOf(const Binary& op, const Operands& operands) {
    const TensorType& a = required(operands, 0, "first input");
    const TensorType& b = required(operands, 1, "second input");
    if (isLogical(op.kind))
        requireBool(a);
    else if (isBitwise(op.kind))
        requireWhole(a);
    else if (op.kind != BinaryKind::Equal)
        requireNumbers(a);
    if (op.kind == BinaryKind::Pow)
        requireNumbers(b);
    else
        requireSameType(a, b);
    TensorType result{isComparison(op.kind) ? ElementType::Bool : a.type, broadcastShape(a.shape, b.shape)};
    checkPostOps(op.postOps, operands, 2, result);
    return result;
}

TensorType resultOf(const Softmax& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    requireFloat(x);
    requireRank(x, 1, SIZE_MAX, "input");
    normalizedAxis(op.axis, x.shape.size());
    return x;
}

TensorType resultOf(const Det&, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    requireFloat(x);
    requireRank(x, 2, SIZE_MAX, "input");
    const size_t rank = x.shape.size();
    if (x.shape[rank - 1] != x.shape[rank - 2])
        refuse(fmt::format("its input {} has no square matrices", shapeText(x.shape)));
    return {x.type, Shape(x.shape.begin(), x.shape.end() - 2)};
}

TensorType resultOf(const Reduce& op, const Operands& operands) {
    const TensorType& x = required(operands, 0, "input");
    requireNumbers(x);
    std::vector<bool> reduced(x.shape.size(), op.axes.empty());
    for (size_t axis : normalizedAxes(op.axes, x.shape.size()))
        reduced[axis] = true;
    TensorType result{x.type, {}};
    for (size_t i = 0; i < reduced.size(); ++i) {
        if (reduced[i] && x.shape[i] == 0)
            refuse(fmt::format("it reduces dimension {} of its input {}, which is empty", i, shapeText(x.shape)));
        if (!reduced[i])
            result.shape.push_back(x.shape[i]);
        else if (op.keepDims)
            result.shape.push_back(1);
    }
    return result;
}

int64_t macsOf(const Op& op, const Operands& operands, const Results& results) {
    int64_t perOutput = 0;
    if (std::holds_alternative<Conv>(op))
        perOutput = elementCount(std::span(operands.at(1)->shape).subspan(1), "a kernel");
    else if (std::holds_alternative<ConvTranspose>(op))
        return checkedMul(elementCount(operands.at(0)->shape),
                          elementCount(std::span(operands.at(1)->shape).subspan(1), "a kernel"),
                          "the number of operations");
    else if (std::holds_alternative<FullyConnected>(op))
        perOutput = operands.at(1)->shape[1];
    else if (std::holds_alternative<Recurrent>(op)) // of the states, each number of which both weights make
        return checkedMul(elementCount(std::span(operands.at(0)->shape).first(2)),
                          elementCount(operands.at(1)->shape) + elementCount(operands.at(2)->shape),
                          "the number of operations");
    else if (std::holds_alternative<MatMul>(op))
        perOutput = operands.at(0)->shape.back();
    else if (const auto* gemm = std::get_if<Gemm>(&op))
        perOutput = operands.at(0)->shape[gemm->transA ? 0 : 1];
    if (perOutput == 0)
        return 0;
    return checkedMul(elementCount(results.front().shape), perOutput, "the number of operations");
}

} // namespace halftone
