// SPDX-License-Identifier: GPL-3.0-or-later
// Recurrent layers: whole sequences and single cells. OpenVINO writes the gates of an LSTM as f, i, c, o, and the sum
// of both biases.
#include "core/base/text.h"
#include "core/formats/common/recurrent_layer.h"
#include "core/formats/openvino/operators.h"

#include <fmt/format.h>
#include <unordered_map>

namespace halftone::openvino_format {

namespace {

constexpr bool hasCells(RecurrentKind kind) {
    return kind == RecurrentKind::Lstm;
}

/// What is refused is refused before a step is added.
void requireKnownOperands(LayerView& layer) {
    for (size_t i = 0; i < layer.inputCount(); ++i)
        layer.known(layer.shape(i));
}

/// The attributes that sequences and cells share. Both directions of a sequence have the same activations.
Recurrent settings(LayerView& layer, RecurrentKind kind) {
    Recurrent op;
    op.kind = kind;
    setDirection(op, layer, layer.text("direction", "forward"));
    op.clip = layer.real("clip", 0);
    op.linearBeforeReset = kind == RecurrentKind::Gru && layer.flag("linear_before_reset", false);
    const std::vector<std::string> usual = usualActivations(kind);
    const std::vector<std::string> given = layer.has("activations") ? layer.texts("activations") : usual;
    const std::vector<float> alphas = layer.reals("activations_alpha"), betas = layer.reals("activations_beta");
    if (given.size() != usual.size())
        layer.fail(fmt::format("has {} activations and needs {}", given.size(), usual.size()));
    const auto at = [](const std::vector<float>& values, size_t i) {
        return i < values.size() ? std::optional(values[i]) : std::nullopt;
    };
    for (int direction = 0; direction < (op.bothDirections ? 2 : 1); ++direction)
        for (size_t i = 0; i < given.size(); ++i) {
            const auto activation = recurrentActivation(given[i], at(alphas, i), at(betas, i));
            if (!activation)
                layer.cannotRun("with the activation " + displayText(given[i], 32));
            op.activations.push_back(*activation);
        }
    return op;
}

/// Weights or a bias [D, gates * hidden, ...] with the gates in the graph's order.
ValueId inGraphOrder(LayerView& layer, RecurrentKind kind, ValueId x) {
    return hasCells(kind) ? reorderedGates(layer.writer(), x, {1, 3, 0, 2}) : x;
}

/// The three of them, operands `first` and the next ones; `whole` adds the dimension of the directions where a cell
/// has none.
void addWeights(LayerView& layer, const Recurrent& op, size_t first, RecurrentOperands& operands, const auto& whole) {
    const auto shapeOf = [&](ValueId x) { return layer.known(layer.writer().builder().shape(x)); };
    const ValueId weights = whole(layer.input(first)), recurrentWeights = whole(layer.input(first + 1));
    const int64_t gates = gatesOf(op.kind),
                  hidden = shapeOf(recurrentWeights).empty() ? 0 : shapeOf(recurrentWeights).back();
    for (const ValueId each : {weights, recurrentWeights})
        if (shapeOf(each).size() != 3 || hidden < 1 || shapeOf(each)[1] != gates * hidden)
            layer.fail(fmt::format("has weights of shape {}, which are none of {} gates of {} units",
                                   shapeText(shapeOf(each)), gates, hidden));
    operands.weights = inGraphOrder(layer, op.kind, weights);
    operands.recurrentWeights = inGraphOrder(layer, op.kind, recurrentWeights);
    if (layer.inputCount() <= first + 2)
        return;
    const ValueId bias = whole(layer.input(first + 2));
    const int64_t ofRecurrent = op.linearBeforeReset ? hidden : 0;
    if (shapeOf(bias).size() != 2 || shapeOf(bias)[1] != gates * hidden + ofRecurrent)
        layer.fail(
            fmt::format("has biases of shape {} for {} gates of {} units", shapeText(shapeOf(bias)), gates, hidden));
    operands.bias = summedBias(layer.writer(), inGraphOrder(layer, op.kind, bias), ofRecurrent);
}

/// x [N, T, I], states [N, D, H], lengths [N], weights [D, G*H, ...]. Results: states [N, D, T, H], the last state, the
/// last cell.
template <RecurrentKind kind> void readSequence(LayerView& layer) {
    constexpr size_t lengths = hasCells(kind) ? 3 : 2, weights = lengths + 1;
    layer.requireInputs(weights + 2, weights + 3);
    requireKnownOperands(layer);
    const Recurrent op = settings(layer, kind);
    const Shape& shape = layer.known(layer.shape(0));
    if (shape.size() != 3)
        layer.fail(fmt::format("reads a tensor of {} dimensions", shape.size()));
    const int64_t length = shape[1];
    for (const int64_t each : layer.integerSetting(lengths, "lengths of sequences"))
        if (each != length)
            layer.cannotRun(fmt::format("of sequences of {} elements of {}", each, length));
    RecurrentOperands operands;
    operands.batchFirst = true;
    operands.x = layer.input(0);
    operands.state = layer.input(1);
    if (hasCells(kind))
        operands.cell = layer.input(2);
    addWeights(layer, op, weights, operands, [](ValueId x) { return x; });
    std::vector<ValueId> results = recurrent(layer.writer(), op, operands);
    results[0] = layer.writer().add(Transpose{{0, 2, 1, 3}}, {results[0]});
    layer.results(results);
}

/// x [N, I], states [N, H], weights [G*H, ...]. Results: the new state, the new cell.
template <RecurrentKind kind> void readCell(LayerView& layer) {
    constexpr size_t weights = hasCells(kind) ? 3 : 2;
    layer.requireInputs(weights + 2, weights + 3);
    requireKnownOperands(layer);
    const Recurrent op = settings(layer, kind);
    if (layer.rank(0) != 2)
        layer.fail(fmt::format("reads a tensor of {} dimensions", layer.rank(0)));
    const auto whole = [&](ValueId x) { return layer.writer().add(Squeeze{{0}, true}, {x}); };
    RecurrentOperands operands;
    operands.x = whole(layer.input(0));
    operands.state = whole(layer.input(1));
    if (hasCells(kind))
        operands.cell = whole(layer.input(2));
    addWeights(layer, op, weights, operands, whole);
    std::vector<ValueId> results = recurrent(layer.writer(), op, operands);
    results.erase(results.begin());
    for (ValueId& result : results)
        result = layer.writer().add(Squeeze{{0}, false}, {result});
    layer.results(results);
}

} // namespace

OperatorReader sequenceReader(std::string_view type) {
    static const std::unordered_map<std::string_view, OperatorReader> readers = {
        {"GRUCell", readCell<RecurrentKind::Gru>},   {"GRUSequence", readSequence<RecurrentKind::Gru>},
        {"LSTMCell", readCell<RecurrentKind::Lstm>}, {"LSTMSequence", readSequence<RecurrentKind::Lstm>},
        {"RNNCell", readCell<RecurrentKind::Rnn>},   {"RNNSequence", readSequence<RecurrentKind::Rnn>},
    };
    const auto found = readers.find(type);
    return found == readers.end() ? nullptr : found->second;
}

} // namespace halftone::openvino_format
