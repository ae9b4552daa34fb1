// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/shape_rules.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/graph/element.h"
#include "core/graph/op_traits.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

namespace {

/// Beyond any real network; what is larger is damage or an attack.
constexpr int64_t kMostElements = int64_t{1} << 40;

void checkArity(const Op& op, const Operands& operands) {
    const auto [least, most] = arityOf(op);
    if (operands.size() < least || operands.size() > most)
        refuse(fmt::format("it has {} inputs and takes {}", operands.size(),
                           least == most         ? std::to_string(least)
                           : most == Arity::kAny ? fmt::format("at least {}", least)
                                                 : fmt::format("{} to {}", least, most)));
}

template <class AnyOp> Results resultsOfAny(const AnyOp& op, const Operands& operands) {
    if constexpr (requires { resultOf(op, operands); })
        return {resultOf(op, operands)};
    else
        return resultsOf(op, operands);
}

} // namespace

void refuse(const std::string& cause, ErrorCode code) {
    throw Error(code, cause);
}

void requireSensibleSize(const Shape& shape, const char* what) {
    int64_t count = 1;
    for (int64_t dim : shape) {
        if (dim < 0)
            refuse(fmt::format("{} would have the negative dimension {}", what, dim));
        if (dim > 0 && count > kMostElements / dim)
            refuse(fmt::format("{} of shape {} would have more than 2^40 elements", what, shapeText(shape)),
                   ErrorCode::Limit);
        count *= std::max<int64_t>(dim, 1); // an empty tensor does not hide that its other dimensions are absurd
    }
}

void rethrowNaming(const Node& node, const Error& error) {
    std::string cause = error.message();
    if (cause.ends_with('.'))
        cause.pop_back();
    const std::string layer = displayText(node.name);
    const char* advice = error.code() == ErrorCode::Unsupported
                             ? "Halftone cannot run this network; export it without this layer."
                             : "The file is damaged or was exported wrongly; export it again.";
    throw Error(error.code(), fmt::format("Layer \"{}\" ({}): {}. {}", layer, opName(node.op), cause, advice), layer);
}

Results resultsOf(const Node& node, const Operands& operands) {
    try {
        checkArity(node.op, operands);
        Results results = std::visit([&](const auto& op) { return resultsOfAny(op, operands); }, node.op);
        for (const TensorType& result : results)
            requireSensibleSize(result.shape, "its output");
        return results;
    } catch (const Error& error) {
        rethrowNaming(node, error);
    }
}

size_t normalizedAxis(int64_t axis, size_t rank) {
    const auto count = static_cast<int64_t>(rank);
    if (axis < -count || axis >= count)
        refuse(fmt::format("axis {} is outside the {} dimensions", axis, rank));
    return static_cast<size_t>(axis < 0 ? axis + count : axis);
}

std::vector<size_t> normalizedAxes(const std::vector<int64_t>& axes, size_t rank) {
    std::vector<size_t> result;
    for (int64_t axis : axes)
        result.push_back(normalizedAxis(axis, rank));
    std::sort(result.begin(), result.end());
    if (const auto repeated = std::adjacent_find(result.begin(), result.end()); repeated != result.end())
        refuse(fmt::format("axis {} is given twice", *repeated));
    return result;
}

Shape broadcastShape(const Shape& a, const Shape& b) {
    const Shape& longer = a.size() >= b.size() ? a : b;
    const Shape& shorter = a.size() >= b.size() ? b : a;
    Shape result = longer;
    const size_t offset = longer.size() - shorter.size();
    for (size_t i = 0; i < shorter.size(); ++i) {
        int64_t& dim = result[offset + i];
        if (dim == 1)
            dim = shorter[i];
        else if (shorter[i] != 1 && shorter[i] != dim)
            refuse(fmt::format("the shapes {} and {} do not fit together", shapeText(a), shapeText(b)));
    }
    return result;
}

const TensorType& required(const Operands& operands, size_t index, const char* what) {
    if (const TensorType* operand = operandOrNull(operands, index))
        return *operand;
    refuse(fmt::format("its {} (input {}) is missing", what, index));
}

const TensorType* operandOrNull(const Operands& operands, size_t index) {
    return index < operands.size() && operands[index] ? &*operands[index] : nullptr;
}

void requireFloat(const TensorType& x) {
    if (!isFloatType(x.type))
        refuse(fmt::format("it computes on {} values; only floating-point ones are supported", name(x.type)),
               ErrorCode::Unsupported);
}

void requireRank(const TensorType& x, size_t least, size_t most, const char* what) {
    if (x.shape.size() < least || x.shape.size() > most)
        refuse(fmt::format("its {} has the shape {}, that is {} dimensions instead of {}", what, shapeText(x.shape),
                           x.shape.size(),
                           least == most      ? std::to_string(least)
                           : most == SIZE_MAX ? fmt::format("at least {}", least)
                                              : fmt::format("{} to {}", least, most)));
}

void requireVector(const TensorType& x, int64_t length, const TensorType& like, const char* what) {
    if (x.shape != Shape{length})
        refuse(fmt::format("its {} has the shape {} instead of {}", what, shapeText(x.shape), length));
    if (x.type != like.type)
        refuse(fmt::format("its {} has the type {}, its input {}", what, name(x.type), name(like.type)));
}

/// One number for each channel, dimension 1.
bool isOneForEachChannel(const Shape& numbers, const Shape& result) {
    if (result.size() < 2 || numbers.size() > result.size())
        return false;
    const size_t missing = result.size() - numbers.size();
    for (size_t i = 0; i < result.size(); ++i)
        if ((i < missing ? 1 : numbers[i - missing]) != (i == 1 ? result[1] : 1))
            return false;
    return true;
}

void checkPostOps(const PostOps& postOps, const Operands& operands, size_t own, const TensorType& result) {
    for (const PostOp& postOp : postOps) {
        if (const auto* prelu = std::get_if<PReluInput>(&postOp)) {
            if (prelu->input < 0 || static_cast<size_t>(prelu->input) < own)
                refuse(fmt::format("its fused PRelu reads input {}, which is an operand of the layer itself",
                                   prelu->input));
            const TensorType& slopes = required(operands, static_cast<size_t>(prelu->input), "slope");
            if (!isOneForEachChannel(slopes.shape, result.shape))
                refuse(fmt::format("its fused PRelu has slopes {} for {}", shapeText(slopes.shape),
                                   shapeText(result.shape)));
        }
        if (const auto* mul = std::get_if<MulInput>(&postOp)) {
            if (mul->input < 0 || static_cast<size_t>(mul->input) < own)
                refuse(fmt::format("its fused product reads input {}, which is an operand of the layer itself",
                                   mul->input));
            const TensorType& factors = required(operands, static_cast<size_t>(mul->input), "factor");
            if (factors.shape != Shape{result.shape.back()})
                refuse(fmt::format("its fused product has factors {} for {}", shapeText(factors.shape),
                                   shapeText(result.shape)));
        }
        const auto* add = std::get_if<AddInput>(&postOp);
        if (!add)
            continue;
        if (add->input < 0 || static_cast<size_t>(add->input) < own)
            refuse(
                fmt::format("its fused addition reads input {}, which is an operand of the layer itself", add->input));
        const TensorType& added = required(operands, static_cast<size_t>(add->input), "added operand");
        if (added != result)
            refuse(fmt::format("its fused addition adds {} {} to {} {}", name(added.type), shapeText(added.shape),
                               name(result.type), shapeText(result.shape)));
    }
}

} // namespace halftone
