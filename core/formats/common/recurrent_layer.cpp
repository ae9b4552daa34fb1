// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/common/recurrent_layer.h"

#include <algorithm>
#include <cctype>

namespace halftone {

std::optional<Unary> recurrentActivation(std::string name, std::optional<float> alpha, std::optional<float> beta) {
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto make = [&](UnaryKind kind, float a = 0, float b = 0) {
        return Unary{kind, alpha.value_or(a), beta.value_or(b)};
    };
    if (name == "sigmoid")
        return Unary{UnaryKind::Sigmoid};
    if (name == "tanh")
        return Unary{UnaryKind::Tanh};
    if (name == "relu")
        return Unary{UnaryKind::Relu};
    if (name == "leakyrelu")
        return make(UnaryKind::LeakyRelu, 0.01F);
    if (name == "thresholdedrelu")
        return make(UnaryKind::ThresholdedRelu, 1);
    if (name == "hardsigmoid")
        return make(UnaryKind::HardSigmoid, 0.2F, 0.5F);
    if (name == "elu")
        return make(UnaryKind::Elu, 1);
    if (name == "softsign")
        return Unary{UnaryKind::Softsign};
    if (name == "softplus")
        return Unary{UnaryKind::Softplus};
    return std::nullopt;
}

std::vector<std::string> usualActivations(RecurrentKind kind) {
    switch (kind) {
    case RecurrentKind::Lstm: return {"sigmoid", "tanh", "tanh"};
    case RecurrentKind::Gru: return {"sigmoid", "tanh"};
    case RecurrentKind::Rnn: break;
    }
    return {"tanh"};
}

void setDirection(Recurrent& op, const LayerChecks& layer, const std::string& direction) {
    op.backward = direction == "reverse";
    op.bothDirections = direction == "bidirectional";
    if (!op.backward && !op.bothDirections && direction != "forward")
        layer.fail("has an unknown direction");
}

ValueId reorderedGates(LayerWriter& writer, ValueId x, const std::vector<int64_t>& order) {
    const auto gates = static_cast<int64_t>(order.size());
    const int64_t rows = (*writer.builder().shape(x))[1] / gates;
    std::vector<ValueId> parts;
    for (const int64_t gate : order)
        parts.push_back(writer.add(Slice{{gate * rows}, {(gate + 1) * rows}, {1}, {1}}, {x}));
    return writer.add(Concat{1}, std::move(parts));
}

ValueId summedBias(LayerWriter& writer, ValueId bias, int64_t recurrentRows) {
    const Shape shape = *writer.builder().shape(bias);
    const int64_t directions = shape[0], summed = shape[1] - recurrentRows;
    const std::vector<float> zeros(static_cast<size_t>(directions * (summed - recurrentRows)), 0.0F);
    const ValueId none =
        writer.constant(writer.layer() + "_constant", Tensor::fromFloats({directions, summed - recurrentRows}, zeros));
    if (recurrentRows == 0)
        return writer.add(Concat{1}, {bias, none});
    const ValueId first = writer.add(Slice{{0}, {summed}, {1}, {1}}, {bias});
    return writer.add(Concat{1}, {first, none, writer.add(Slice{{summed}, {shape[1]}, {1}, {1}}, {bias})});
}

std::vector<ValueId> recurrent(LayerWriter& writer, const Recurrent& op, const RecurrentOperands& operands) {
    const auto turned = [&](ValueId value, std::vector<int64_t> perm) {
        return value == kNoValue || !operands.batchFirst ? value : writer.add(Transpose{std::move(perm)}, {value});
    };
    const std::vector<int64_t> swapped{1, 0, 2};
    std::vector<ValueId> inputs{turned(operands.x, swapped), operands.weights, operands.recurrentWeights, operands.bias,
                                turned(operands.state, swapped)};
    const bool cells = op.kind == RecurrentKind::Lstm;
    if (cells) {
        inputs.push_back(turned(operands.cell, swapped));
        inputs.push_back(operands.peepholes);
    }
    std::vector<ValueId> results = writer.addSeveral(op, inputs, cells ? 3 : 2);
    results[0] = turned(results[0], {2, 0, 1, 3});
    for (size_t i = 1; i < results.size(); ++i)
        results[i] = turned(results[i], swapped);
    return results;
}

} // namespace halftone
