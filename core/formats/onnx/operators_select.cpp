// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that mark, find or select elements, and sums over named dimensions.
#include "core/base/text.h"
#include "core/formats/common/einsum.h"
#include "core/formats/common/layers.h"
#include "core/formats/onnx/operators.h"
#include "core/graph/element.h"

#include <fmt/format.h>
#include <limits>

namespace halftone::onnx_format {

namespace {

ValueId number(LayerView& layer, double value, ElementType type = ElementType::F32) {
    return layer.operand(tensorFromDoubles(type, {}, std::span(&value, 1)));
}

ValueId equal(LayerView& layer, ValueId a, ValueId b) {
    return layer.step(Binary{BinaryKind::Equal, {}}, {a, b});
}

} // namespace

/// No number differs from itself but one that is none.
Layer readIsNan(LayerView& layer) {
    layer.requireInputs(1, 1);
    const ValueId x = layer.input(0);
    return {Unary{UnaryKind::Not}, {equal(layer, x, x)}};
}

Layer readIsInf(LayerView& layer) {
    layer.requireInputs(1, 1);
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const bool positive = layer.flag("detect_positive", true), negative = layer.flag("detect_negative", true);
    const ValueId x = layer.input(0), compared = positive && negative ? layer.step(Unary{UnaryKind::Abs}, {x}) : x;
    if (!positive && !negative)
        return {Binary{BinaryKind::Less, {}}, {x, x}}; // never
    return {Binary{BinaryKind::Equal, {}}, {compared, number(layer, positive ? infinity : -infinity, layer.type(0))}};
}

Layer readNonZero(LayerView& layer) {
    layer.requireInputs(1, 1);
    const Tensor& x = layer.setting(0, "values");
    const std::vector<double> values = x.toDoubles();
    std::vector<std::vector<int64_t>> positions(x.shape.size());
    for (size_t i = 0; i < values.size(); ++i) {
        if (values[i] == 0)
            continue;
        auto rest = static_cast<int64_t>(i);
        for (size_t axis = x.shape.size(); axis-- > 0;) {
            positions[axis].push_back(rest % x.shape[axis]);
            rest /= x.shape[axis];
        }
    }
    const int64_t found = positions.empty() ? 0 : static_cast<int64_t>(positions.front().size());
    std::vector<int64_t> flat;
    for (const std::vector<int64_t>& axis : positions)
        flat.insert(flat.end(), axis.begin(), axis.end());
    return {Identity{}, {}, {}, false, Tensor::fromInt64s({static_cast<int64_t>(positions.size()), found}, flat)};
}

/// The branch that is not taken for certain was not read. Where the condition is computed both were, and have to agree.
Layer readBranches(LayerView& layer) {
    layer.requireInputs(3, 3);
    if (layer.isConstant(0)) {
        const std::vector<float> condition = layer.setting(0, "a condition").toFloats();
        if (condition.size() != 1)
            layer.fail("has a condition that is no single value");
        return {Identity{}, {layer.input(condition.front() != 0 ? 1 : 2)}};
    }
    if (layer.knownShape(1) != layer.knownShape(2) || layer.type(1) != layer.type(2))
        layer.cannotRun("whose branches give results of different shapes or types");
    return {Where{}, {layer.step(Reshape{{}, true}, {layer.input(0)}), layer.input(1), layer.input(2)}};
}

/// Positions below 0 count from the end; those that there are none of mark nothing.
Layer readOneHot(LayerView& layer) {
    layer.requireInputs(3, 3);
    const std::vector<float> depths = layer.setting(1, "a depth").toFloats();
    constexpr float kMost = 1 << 24;
    if (depths.size() != 1 || !(depths[0] >= 1 && depths[0] <= kMost))
        layer.fail("has an impossible depth");
    const auto depth = static_cast<int64_t>(depths[0]);
    const Shape& shape = layer.knownShape(0);
    const size_t rank = shape.size() + 1;
    const int64_t axis = layer.axisOf(layer.integer("axis", -1), rank);
    Shape line(rank, 1);
    line[static_cast<size_t>(axis)] = depth;
    std::vector<int64_t> fromFront, fromBack;
    for (int64_t i = 0; i < depth; ++i) {
        fromFront.push_back(i);
        fromBack.push_back(i - depth);
    }
    const ValueId positions = layer.step(Squeeze{{axis}, true}, {layer.step(Cast{ElementType::S64}, {layer.input(0)})});
    const ValueId marked = layer.step(Binary{BinaryKind::Or, {}},
                                      {equal(layer, positions, layer.operand(Tensor::fromInt64s(line, fromFront))),
                                       equal(layer, positions, layer.operand(Tensor::fromInt64s(line, fromBack)))});
    const auto value = [&](int64_t index) {
        return layer.step(Reshape{{}, true}, {layer.step(Slice{{index}, {index + 1}, {0}, {1}}, {layer.input(2)})});
    };
    return {Where{}, {marked, value(1), value(0)}};
}

/// Keeps what lies on and above a diagonal, or on and below it.
Layer readTrilu(LayerView& layer) {
    layer.requireInputs(1, 2);
    const bool upper = layer.flag("upper", true);
    const std::vector<int64_t> given =
        layer.hasInput(1) ? layer.integerSetting(1, "a diagonal") : std::vector<int64_t>{0};
    const Shape& shape = layer.knownShape(0);
    if (shape.size() < 2 || given.size() != 1)
        layer.fail("is no triangle of matrices");
    const int64_t rows = shape[shape.size() - 2], columns = shape.back(), diagonal = given.front();
    std::vector<std::byte> kept(static_cast<size_t>(rows * columns));
    for (int64_t row = 0; row < rows; ++row)
        for (int64_t column = 0; column < columns; ++column) {
            const double behind =
                static_cast<double>(column) - static_cast<double>(row) - static_cast<double>(diagonal);
            kept[static_cast<size_t>(row * columns + column)] = std::byte{upper ? behind >= 0 : behind <= 0};
        }
    const ValueId mask = layer.operand(Tensor::fromBytes(ElementType::Bool, {rows, columns}, std::move(kept)));
    return {Where{}, {mask, layer.input(0), number(layer, 0, layer.type(0))}};
}

Layer readEinsum(LayerView& layer) {
    const size_t count = std::max<size_t>(1, layer.inputCount());
    layer.requireInputs(count, count);
    const std::string text = layer.text("equation", "");
    const auto equation = parseEinsum(text);
    if (!equation)
        layer.cannotRun("with the equation " + displayText(text, 64));
    if (equation->operands.size() != count)
        layer.fail(fmt::format("has {} inputs and an equation of {}", count, equation->operands.size()));
    return {.results = {einsum(layer.writer(), *equation, layer.allInputs())}};
}

} // namespace halftone::onnx_format
