// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that go through a sequence, find elements by positions, or choose the best ones.
#include "core/base/text.h"
#include "core/formats/common/recurrent_layer.h"
#include "core/formats/onnx/operators.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>

namespace halftone::onnx_format {

namespace {

ScatterMode scatterMode(LayerView& layer) {
    static const std::unordered_map<std::string, ScatterMode> modes = {{"none", ScatterMode::Replace},
                                                                       {"add", ScatterMode::Add},
                                                                       {"mul", ScatterMode::Mul},
                                                                       {"min", ScatterMode::Min},
                                                                       {"max", ScatterMode::Max}};
    const auto found = modes.find(layer.text("reduction", "none"));
    if (found == modes.end())
        layer.fail("has a reduction that ONNX does not know");
    return found->second;
}

std::vector<Unary> activations(LayerView& layer, RecurrentKind kind, size_t directions) {
    std::vector<std::string> names = layer.texts("activations");
    const std::vector<float> alphas = layer.reals("activation_alpha"), betas = layer.reals("activation_beta");
    const std::vector<std::string> usual = usualActivations(kind);
    for (size_t i = 0; names.size() < usual.size() * directions; ++i)
        names.push_back(usual[i % usual.size()]);
    if (names.size() != usual.size() * directions)
        layer.fail(fmt::format("has {} activations", names.size()));
    const auto at = [](const std::vector<float>& values, size_t i) {
        return i < values.size() ? std::optional(values[i]) : std::nullopt;
    };
    std::vector<Unary> result;
    for (size_t i = 0; i < names.size(); ++i) {
        const auto found = recurrentActivation(names[i], at(alphas, i), at(betas, i));
        if (!found)
            layer.cannotRun("with the activation " + displayText(names[i], 32));
        result.push_back(*found);
    }
    return result;
}

/// Lengths of the samples, which all have to be that of the sequence.
void requireWholeSequences(LayerView& layer, int64_t length) {
    if (!layer.hasInput(4))
        return;
    const std::vector<int64_t> lengths = layer.integerSetting(4, "lengths of sequences");
    if (std::ranges::any_of(lengths, [&](int64_t each) { return each != length; }))
        layer.cannotRun("of sequences of different lengths");
}

} // namespace

template <RecurrentKind kind> Layer readRecurrent(LayerView& layer) {
    layer.requireInputs(3, kind == RecurrentKind::Lstm ? 8 : 6);
    return readRecurrentWith<kind>(layer, layer.input(1), layer.input(2));
}

template <RecurrentKind kind> Layer readRecurrentWith(LayerView& layer, ValueId weights, ValueId recurrentWeights) {
    constexpr bool cells = kind == RecurrentKind::Lstm;
    layer.ignore("hidden_size"); // the weights say it
    layer.ignore("output_sequence");
    Recurrent op;
    op.kind = kind;
    setDirection(op, layer, layer.text("direction", "forward"));
    op.clip = layer.real("clip", 0);
    op.linearBeforeReset = kind == RecurrentKind::Gru && layer.flag("linear_before_reset", false);
    op.activations = activations(layer, kind, op.bothDirections ? 2 : 1);
    if (cells && layer.flag("input_forget", false))
        layer.cannotRun("with coupled gates");
    const bool batchFirst = layer.flag("layout", false);
    const Shape& shape = layer.knownShape(0);
    if (shape.size() != 3)
        layer.fail(fmt::format("reads a tensor of {} dimensions", shape.size()));
    requireWholeSequences(layer, shape[batchFirst ? 1 : 0]);
    RecurrentOperands operands{layer.input(0), weights, recurrentWeights, layer.optionalInput(3),
                               layer.optionalInput(5)};
    operands.batchFirst = batchFirst;
    if (cells) {
        operands.cell = layer.optionalInput(6);
        operands.peepholes = layer.optionalInput(7);
    }
    return {.results = recurrent(layer.writer(), op, operands)};
}

template Layer readRecurrent<RecurrentKind::Rnn>(LayerView& layer);
template Layer readRecurrent<RecurrentKind::Gru>(LayerView& layer);
template Layer readRecurrent<RecurrentKind::Lstm>(LayerView& layer);
template Layer readRecurrentWith<RecurrentKind::Lstm>(LayerView& layer, ValueId weights, ValueId recurrentWeights);

Layer readGatherElements(LayerView& layer) {
    layer.requireInputs(2, 2);
    return {GatherElements{layer.integer("axis", 0)}, layer.allInputs()};
}

Layer readGatherNd(LayerView& layer) {
    layer.requireInputs(2, 2);
    return {GatherNd{layer.integer("batch_dims", 0)}, layer.allInputs()};
}

Layer readScatterElements(LayerView& layer) {
    layer.requireInputs(3, 3);
    const int64_t axis = layer.integer("axis", 0);
    return {ScatterElements{axis, scatterMode(layer)}, layer.allInputs()};
}

Layer readScatterNd(LayerView& layer) {
    layer.requireInputs(3, 3);
    return {ScatterNd{scatterMode(layer)}, layer.allInputs()};
}

Layer readCumSum(LayerView& layer) {
    layer.requireInputs(2, 2);
    const std::vector<int64_t> axis = layer.integerSetting(1, "an axis");
    if (axis.size() != 1)
        layer.fail("adds up along more than one dimension");
    const bool exclusive = layer.flag("exclusive", false);
    return {CumSum{axis.front(), exclusive, layer.flag("reverse", false)}, {layer.input(0)}};
}

Layer readTopK(LayerView& layer) {
    layer.ignore("sorted"); // sorted values are some order, too
    TopValues op;
    op.axis = layer.integer("axis", -1);
    op.largest = layer.flag("largest", true);
    if (layer.opset() < 10) {
        layer.requireInputs(1, 1);
        op.count = layer.integer("k");
    } else {
        layer.requireInputs(2, 2);
        const std::vector<int64_t> count = layer.integerSetting(1, "a number of values");
        if (count.size() != 1)
            layer.fail("takes more than one number of values");
        op.count = count.front();
    }
    return {.results = layer.writer().addSeveral(op, {layer.input(0)}, 2)};
}

} // namespace halftone::onnx_format
