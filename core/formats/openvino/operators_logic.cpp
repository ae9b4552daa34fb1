// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that make or combine truths.
#include "core/formats/openvino/operators.h"
#include "core/graph/element.h"

#include <fmt/format.h>
#include <limits>
#include <unordered_map>

namespace halftone::openvino_format {

namespace {

ElementType typeOf(LayerView& layer, size_t index) {
    return layer.writer().builder().type(layer.input(index));
}

ValueId number(LayerView& layer, double value) {
    return layer.writer().constant(layer.output() + "_constant",
                                   tensorFromDoubles(typeOf(layer, 0), {}, std::span(&value, 1)));
}

/// No number differs from itself but one that is none.
void readIsNan(LayerView& layer) {
    layer.requireInputs(1, 1);
    const ValueId x = layer.input(0);
    layer.result(Unary{UnaryKind::Not}, {layer.writer().add(Binary{BinaryKind::Equal, {}}, {x, x})});
}

void readIsInf(LayerView& layer) {
    layer.requireInputs(1, 1);
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const bool positive = layer.flag("detect_positive", true), negative = layer.flag("detect_negative", true);
    const ValueId x = layer.input(0);
    if (!positive && !negative) {
        layer.result(Binary{BinaryKind::Less, {}}, {x, x}); // never
        return;
    }
    const ValueId compared = positive && negative ? layer.writer().add(Unary{UnaryKind::Abs}, {x}) : x;
    layer.result(Binary{BinaryKind::Equal, {}}, {compared, number(layer, positive ? infinity : -infinity)});
}

/// Neither infinite nor none: the difference from itself is 0.
void readIsFinite(LayerView& layer) {
    layer.requireInputs(1, 1);
    const ValueId x = layer.input(0);
    const ValueId difference = layer.writer().add(Binary{BinaryKind::Sub, {}}, {x, x});
    layer.result(Binary{BinaryKind::Equal, {}}, {difference, number(layer, 0)});
}

/// Of truths alone; other numbers would have to be taken apart into bits.
void requireTruths(LayerView& layer) {
    for (size_t i = 0; i < layer.inputCount(); ++i)
        if (typeOf(layer, i) != ElementType::Bool)
            layer.cannotRun(fmt::format("of type {}", name(typeOf(layer, i))));
}

template <BinaryKind kind> void readBitwise(LayerView& layer) {
    layer.requireInputs(2, 2);
    requireTruths(layer);
    layer.result(Binary{kind, {}}, layer.allInputs());
}

void readBitwiseNot(LayerView& layer) {
    layer.requireInputs(1, 1);
    requireTruths(layer);
    layer.result(Unary{UnaryKind::Not}, {layer.input(0)});
}

/// All are true where the smallest is, and one is where the largest is.
template <ReduceKind kind> void readReduceTruths(LayerView& layer) {
    layer.requireInputs(2, 2);
    const Reduce op{kind, layer.integerSetting(1, "dimensions"), layer.flag("keep_dims", false)};
    if (op.axes.empty()) {
        layer.result(Identity{}, {layer.input(0)});
        return;
    }
    const ValueId best = layer.writer().addInRow({Cast{ElementType::F32}, op}, layer.input(0));
    layer.result(Cast{ElementType::Bool}, {best});
}

} // namespace

OperatorReader logicReader(std::string_view type) {
    static const std::unordered_map<std::string_view, OperatorReader> readers = {
        {"BitwiseAnd", readBitwise<BinaryKind::And>},
        {"BitwiseNot", readBitwiseNot},
        {"BitwiseOr", readBitwise<BinaryKind::Or>},
        {"BitwiseXor", readBitwise<BinaryKind::Xor>},
        {"IsFinite", readIsFinite},
        {"IsInf", readIsInf},
        {"IsNaN", readIsNan},
        {"ReduceLogicalAnd", readReduceTruths<ReduceKind::Min>},
        {"ReduceLogicalOr", readReduceTruths<ReduceKind::Max>},
    };
    const auto found = readers.find(type);
    return found == readers.end() ? nullptr : found->second;
}

} // namespace halftone::openvino_format
