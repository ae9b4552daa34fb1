// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that mark, find or select elements, and sums over named dimensions.
#include "core/base/checked.h"
#include "core/base/text.h"
#include "core/formats/common/einsum.h"
#include "core/formats/common/index_layers.h"
#include "core/formats/common/layers.h"
#include "core/formats/onnx/operators.h"
#include "core/graph/element.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace halftone::onnx_format {

namespace {

ValueId equal(LayerView& layer, ValueId a, ValueId b) {
    return layer.binary(BinaryKind::Equal, a, b);
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
    return {Binary{BinaryKind::Equal, {}}, {compared, layer.number(positive ? infinity : -infinity, layer.type(0))}};
}

Layer readNonZero(LayerView& layer) {
    layer.requireInputs(1, 1);
    return {Identity{}, {}, {}, false, nonZeroPositions(layer.setting(0, "values"))};
}

/// Of the elements, or the parts along an axis, those that a condition marks.
Layer readCompress(LayerView& layer) {
    layer.requireInputs(2, 2);
    const std::vector<double> marks = layer.setting(1, "a condition").toDoubles();
    std::vector<int64_t> kept;
    for (size_t i = 0; i < marks.size(); ++i)
        if (marks[i] != 0)
            kept.push_back(static_cast<int64_t>(i));
    const ValueId positions = layer.operand(Tensor::fromInt64s({static_cast<int64_t>(kept.size())}, kept));
    if (layer.has("axis"))
        return {Gather{layer.integer("axis")}, {layer.input(0), positions}};
    return {Gather{0}, {layer.step(Reshape{{-1}}, {layer.input(0)}), positions}};
}

Layer readEyeLike(LayerView& layer) {
    layer.requireInputs(1, 1);
    const Shape shape = layer.knownShape(0);
    const int64_t diagonal = layer.integer("k", 0);
    const ElementType type = layer.elementType("dtype", layer.type(0));
    if (shape.size() != 2)
        layer.fail(fmt::format("has {} dimensions", shape.size()));
    constexpr int64_t kMost = int64_t{1} << 26;
    if (elementCount(shape, "its output") > kMost)
        layer.cannotRun("of more than 2^26 elements");
    std::vector<double> values(static_cast<size_t>(elementCount(shape)), 0);
    for (int64_t row = 0; row < shape[0]; ++row)
        if (diagonal > -shape[0] && diagonal < shape[1] && row + diagonal >= 0 && row + diagonal < shape[1])
            values[static_cast<size_t>(row * shape[1] + row + diagonal)] = 1;
    return {Identity{}, {}, {}, false, tensorFromDoubles(type, shape, values)};
}

/// 1 at the first largest element along an axis and 0 elsewhere. Before operator set 13 all dimensions from there on
/// are one.
Layer readHardmax(LayerView& layer) {
    layer.requireInputs(1, 1);
    const Shape shape = layer.knownShape(0);
    const bool flat = layer.opset() < 13;
    const int64_t given = layer.axisOf(layer.integer("axis", flat ? 1 : -1), shape.size() + (flat ? 1 : 0));
    const ValueId x = flat ? layer.step(Flatten{given}, {layer.input(0)}) : layer.input(0);
    const Shape seen = layer.known(layer.builder().shape(x));
    const int64_t axis = flat ? 1 : given, length = seen.at(static_cast<size_t>(axis));
    Shape line(seen.size(), 1);
    line[static_cast<size_t>(axis)] = length;
    const std::optional<Tensor> numbers =
        numbersBetween(0, static_cast<double>(length), 1, ElementType::S64, int64_t{1} << 26);
    if (!numbers)
        layer.cannotRun(fmt::format("of {} elements", length));
    const ValueId place = layer.step(Reshape{line, true}, {layer.operand(*numbers)});
    const ValueId marked = equal(layer, layer.step(ArgReduce{true, axis, true, false}, {x}), place);
    const ValueId y = layer.step(Cast{layer.type(0)}, {marked});
    return {.results = {flat ? layer.step(Reshape{shape, true}, {y}) : y}};
}

/// Turns the first elements of each sample's sequence around, as many as its length says.
Layer readReverseSequence(LayerView& layer) {
    layer.requireInputs(2, 2);
    const Shape shape = layer.knownShape(0);
    const int64_t batchAxis = layer.integer("batch_axis", 1), timeAxis = layer.integer("time_axis", 0);
    if (shape.size() < 2 || batchAxis + timeAxis != 1 || batchAxis < 0 || timeAxis < 0)
        layer.fail("has axes that ONNX does not know");
    const std::vector<int64_t> lengths = layer.integerSetting(1, "lengths of sequences");
    const int64_t samples = shape[static_cast<size_t>(batchAxis)], steps = shape[static_cast<size_t>(timeAxis)];
    if (static_cast<int64_t>(lengths.size()) != samples ||
        std::ranges::any_of(lengths, [&](int64_t length) { return length < 0 || length > steps; }))
        layer.fail("has lengths that do not fit its input");
    std::vector<int64_t> positions; // of what each place takes
    for (int64_t i = 0; i < shape[0]; ++i)
        for (int64_t k = 0; k < shape[1]; ++k) {
            const int64_t sample = batchAxis == 0 ? i : k, step = batchAxis == 0 ? k : i;
            const int64_t length = lengths[static_cast<size_t>(sample)],
                          from = step < length ? length - 1 - step : step;
            positions.push_back(batchAxis == 0 ? sample : from);
            positions.push_back(batchAxis == 0 ? from : sample);
        }
    const ValueId indices = layer.operand(Tensor::fromInt64s({shape[0], shape[1], 2}, positions));
    return {GatherNd{}, {layer.input(0), indices}};
}

/// The branch that is not taken for certain was not read. Where the condition is computed both were, and have to agree.
Layer readBranches(LayerView& layer) {
    layer.requireInputs(1, 3);
    if (layer.isConstant(0)) {
        const std::vector<float> condition = layer.setting(0, "a condition").toFloats();
        if (condition.size() != 1)
            layer.fail("has a condition that is no single value");
        return passedOn(layer, condition.front() != 0 ? 1 : 2);
    }
    for (const size_t branch : {1, 2})
        if (layer.list(branch) || layer.isMissing(branch))
            layer.cannotRun("between lists with a condition computed at run time");
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
    const auto value = [&](int64_t index) {
        return layer.step(Reshape{{}, true}, {layer.step(Slice{{index}, {index + 1}, {0}, {1}}, {layer.input(2)})});
    };
    const ValueId on = value(1);
    return {.results = {oneHot(layer.writer(), layer.input(0), depth, axis, on, value(0), true)}};
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
    return {Where{}, {mask, layer.input(0), layer.number(0, layer.type(0))}};
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
