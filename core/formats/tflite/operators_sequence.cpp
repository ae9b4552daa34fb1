// SPDX-License-Identifier: GPL-3.0-or-later
// Recurrent layers, whose weights are a tensor for each gate. What a layer keeps is an input and an output of the
// network (states.h).
#include "core/base/text.h"
#include "core/formats/common/recurrent_layer.h"
#include "core/formats/tflite/operators.h"

#include <array>
#include <fmt/format.h>
#include <unordered_map>

namespace halftone::tflite_format {

namespace {

constexpr uint8_t kRnn = 7, kLstm = 14, kSequenceRnn = 31, kBidirectionalLstm = 69, kUnidirectionalLstm = 71;

/// What is refused is refused before a step is added.
void requireKnownOperands(LayerView& layer) {
    for (size_t i = 0; i < layer.inputCount(); ++i)
        if (layer.has(i))
            layer.knownShape(i);
}

/// Where one direction has its operands: those of the four gates, in the file's order i, f, c, o, from each of these.
struct Places {
    size_t weights, recurrentWeights, peepholes, biases, projection, state, cell;
};

/// The gates of the graph, i, o, f, c, as positions in the file's order.
constexpr std::array<size_t, 4> kGates{0, 3, 1, 2};

/// [1, ...] of what the gates have, one behind the other.
ValueId joined(LayerView& layer, std::vector<ValueId> parts) {
    const auto shapeOf = [&](ValueId x) { return layer.known(layer.steps().builder().shape(x)); };
    for (const ValueId part : parts)
        if (shapeOf(part).empty() || shapeOf(part) != shapeOf(parts.front()))
            layer.fail(fmt::format("has weights or biases of gates of shapes {} and {}",
                                   shapeText(shapeOf(parts.front())), shapeText(shapeOf(part))));
    return layer.steps().add(Squeeze{{0}, true}, {layer.steps().add(Concat{0}, std::move(parts))});
}

ValueId gates(LayerView& layer, size_t first) {
    std::vector<ValueId> parts;
    for (const size_t gate : kGates)
        parts.push_back(layer.value(first + gate));
    return joined(layer, std::move(parts));
}

ValueId zeros(LayerView& layer, int64_t count) {
    const std::vector<float> values(static_cast<size_t>(count), 0.0F);
    return layer.steps().constant(layer.output() + "_zeros", Tensor::fromFloats({count}, values));
}

/// What this operand's units are.
int64_t unitsOf(LayerView& layer, size_t operand) {
    const Shape shape = layer.knownShape(operand);
    if (shape.size() != 2 || shape[0] < 1)
        layer.fail(fmt::format("has recurrent weights of shape {}", shapeText(shape)));
    return shape[0];
}

/// Throws CannotRun for what the graph's LSTM has not.
void requirePlain(LayerView& layer, const Places& places) {
    if (!layer.has(places.weights) || !layer.has(places.recurrentWeights))
        layer.cannotRun("with coupled gates");
    if (layer.has(places.projection) || layer.has(places.projection + 1))
        layer.cannotRun("with a projection");
}

/// Weights, biases and peepholes of one direction; states are the caller's.
RecurrentOperands direction(LayerView& layer, const Places& places) {
    RecurrentOperands operands;
    const int64_t units = unitsOf(layer, places.recurrentWeights + 1);
    operands.weights = gates(layer, places.weights);
    operands.recurrentWeights = gates(layer, places.recurrentWeights);
    std::vector<ValueId> biases;
    for (const size_t gate : kGates)
        biases.push_back(layer.has(places.biases + gate) ? layer.value(places.biases + gate) : zeros(layer, units));
    operands.bias = summedBias(layer.steps(), joined(layer, biases));
    if (layer.has(places.peepholes + 1)) // of i, f, o in the file
        operands.peepholes = joined(layer, {layer.value(places.peepholes), layer.value(places.peepholes + 2),
                                            layer.value(places.peepholes + 1)});
    return operands;
}

/// The state of operand `index`, [N, H], as [1, N, H], or as [N, 1, H] where the batch stands in front.
ValueId stateOf(LayerView& layer, size_t index, bool batchFirst) {
    return layer.steps().add(Squeeze{{batchFirst ? 1 : 0}, true}, {layer.value(index)});
}

/// Part `direction` of the last states [D, N, H], or [N, D, H], is what operand `index` becomes.
void keepPart(LayerView& layer, size_t index, ValueId last, int64_t direction, bool batchFirst, bool both) {
    const int64_t axis = batchFirst ? 1 : 0;
    if (both)
        last = layer.steps().add(Slice{{direction}, {direction + 1}, {axis}, {1}}, {last});
    layer.keep(index, layer.steps().add(Squeeze{{axis}, false}, {last}));
}

/// States [N, T, D, H] with the batch in front, else [T, D, N, H], as the file has them: [N, T, D * H] or [T, N, D *
/// H].
ValueId asSequence(LayerView& layer, ValueId states, bool batchFirst) {
    if (!batchFirst)
        states = layer.steps().add(Transpose{{0, 2, 1, 3}}, {states});
    return layer.steps().add(Reshape{{0, 0, -1}}, {states});
}

void requireSequence(LayerView& layer) {
    if (layer.rank(0) != 3)
        layer.fail(fmt::format("reads a tensor of {} dimensions", layer.rank(0)));
}

constexpr Places kForward{1, 5, 9, 12, 16, 18, 19};

void refuseNormalization(LayerView& layer) {
    for (size_t i = 20; i < 24; ++i)
        if (layer.has(i))
            layer.cannotRun("with layer normalization");
}

Recurrent lstm(LayerView& layer, schema::Activation activation, float cellClip) {
    const Unary between = layer.activation(activation);
    Recurrent op;
    op.activations = {Unary{UnaryKind::Sigmoid}, between, between};
    if (cellClip > 0)
        layer.warn("cell-clip", fmt::format("cuts its cell to {:.6g} on both sides, which Halftone does not: results "
                                            "differ where a cell grows beyond that",
                                            cellClip));
    return op;
}

void readUnidirectionalLstm(LayerView& layer) {
    layer.requireInputs(20, 24);
    requireKnownOperands(layer);
    const auto& options = layer.options<schema::SequenceLstm>(kUnidirectionalLstm);
    requirePlain(layer, kForward);
    refuseNormalization(layer);
    requireSequence(layer);
    const Recurrent op = lstm(layer, options.activation(), options.cell_clip());
    RecurrentOperands operands = direction(layer, kForward);
    operands.batchFirst = !options.time_major();
    operands.x = layer.value(0);
    operands.state = stateOf(layer, kForward.state, operands.batchFirst);
    operands.cell = stateOf(layer, kForward.cell, operands.batchFirst);
    const std::vector<ValueId> results = recurrent(layer.steps(), op, operands);
    layer.valueResult(asSequence(layer, results[0], operands.batchFirst));
    keepPart(layer, kForward.state, results[1], 0, operands.batchFirst, false);
    keepPart(layer, kForward.cell, results[2], 0, operands.batchFirst, false);
}

/// One element of a sequence.
void readLstm(LayerView& layer) {
    const auto& options = layer.options<schema::Lstm>(kLstm);
    if (options.kernel_type() != 0)
        layer.cannotRun("of the old kind with one tensor of weights");
    layer.requireInputs(20, 24);
    requireKnownOperands(layer);
    requirePlain(layer, kForward);
    refuseNormalization(layer);
    if (layer.rank(0) != 2)
        layer.fail(fmt::format("reads a tensor of {} dimensions", layer.rank(0)));
    const Recurrent op = lstm(layer, options.activation(), options.cell_clip());
    RecurrentOperands operands = direction(layer, kForward);
    operands.x = layer.steps().add(Squeeze{{0}, true}, {layer.value(0)});
    operands.state = stateOf(layer, kForward.state, false);
    operands.cell = stateOf(layer, kForward.cell, false);
    const std::vector<ValueId> results = recurrent(layer.steps(), op, operands);
    layer.valueResult(layer.steps().add(Squeeze{{0}, false}, {results[1]}));
    keepPart(layer, kForward.state, results[1], 0, false, false);
    keepPart(layer, kForward.cell, results[2], 0, false, false);
}

ValueId inBoth(LayerView& layer, ValueId forward, ValueId backward, int64_t axis = 0) {
    return layer.steps().add(Concat{axis}, {forward, backward});
}

/// The results of both directions side by side, or as two outputs.
void readBidirectionalLstm(LayerView& layer) {
    layer.requireInputs(39, 48);
    requireKnownOperands(layer);
    constexpr Places forward{1, 5, 9, 12, 16, 35, 36}, backward{18, 22, 26, 29, 33, 37, 38};
    const auto& options = layer.options<schema::BidirectionalLstm>(kBidirectionalLstm);
    requirePlain(layer, forward);
    requirePlain(layer, backward);
    for (size_t i = 39; i < 48; ++i)
        if (layer.has(i))
            layer.cannotRun("with a second input");
    if (layer.has(forward.peepholes + 1) != layer.has(backward.peepholes + 1))
        layer.cannotRun("with peepholes in one direction");
    requireSequence(layer);
    Recurrent op = lstm(layer, options.activation(), options.cell_clip());
    op.bothDirections = true;
    const std::vector<Unary> once = op.activations;
    op.activations.insert(op.activations.end(), once.begin(), once.end());
    const bool batchFirst = !options.time_major();
    const RecurrentOperands a = direction(layer, forward), b = direction(layer, backward);
    RecurrentOperands operands;
    operands.batchFirst = batchFirst;
    operands.x = layer.value(0);
    operands.weights = inBoth(layer, a.weights, b.weights);
    operands.recurrentWeights = inBoth(layer, a.recurrentWeights, b.recurrentWeights);
    operands.bias = inBoth(layer, a.bias, b.bias);
    if (a.peepholes != kNoValue)
        operands.peepholes = inBoth(layer, a.peepholes, b.peepholes);
    const auto states = [&](size_t first, size_t second) {
        return inBoth(layer, stateOf(layer, first, batchFirst), stateOf(layer, second, batchFirst), batchFirst ? 1 : 0);
    };
    operands.state = states(forward.state, backward.state);
    operands.cell = states(forward.cell, backward.cell);
    const std::vector<ValueId> results = recurrent(layer.steps(), op, operands);
    const ValueId both = asSequence(layer, results[0], batchFirst);
    if (options.merge_outputs()) {
        layer.valueResult(both);
    } else {
        const int64_t units = unitsOf(layer, forward.recurrentWeights + 1);
        layer.valueResult(layer.steps().add(Slice{{0}, {units}, {2}, {1}}, {both}));
        layer.valueResult(layer.steps().add(Slice{{units}, {2 * units}, {2}, {1}}, {both}), 1);
    }
    keepPart(layer, forward.state, results[1], 0, batchFirst, true);
    keepPart(layer, backward.state, results[1], 1, batchFirst, true);
    keepPart(layer, forward.cell, results[2], 0, batchFirst, true);
    keepPart(layer, backward.cell, results[2], 1, batchFirst, true);
}

/// x, weights [H, I], recurrent weights [H, H], bias [H], state.
RecurrentOperands rnnOperands(LayerView& layer) {
    layer.requireInputs(5, 5);
    requireKnownOperands(layer);
    if (layer.knownShape(3).size() != 1)
        layer.fail(fmt::format("has a bias of {} dimensions", layer.knownShape(3).size()));
    RecurrentOperands operands;
    const auto whole = [&](size_t index) { return layer.steps().add(Squeeze{{0}, true}, {layer.value(index)}); };
    operands.weights = whole(1);
    operands.recurrentWeights = whole(2);
    operands.bias = summedBias(layer.steps(), whole(3));
    return operands;
}

Recurrent rnn(LayerView& layer, schema::Activation activation) {
    Recurrent op;
    op.kind = RecurrentKind::Rnn;
    op.activations = {layer.activation(activation)};
    return op;
}

void readUnidirectionalRnn(LayerView& layer) {
    const auto& options = layer.options<schema::SequenceRnn>(kSequenceRnn);
    requireSequence(layer);
    const Recurrent op = rnn(layer, options.activation());
    RecurrentOperands operands = rnnOperands(layer);
    operands.batchFirst = !options.time_major();
    operands.x = layer.value(0);
    operands.state = stateOf(layer, 4, operands.batchFirst);
    const std::vector<ValueId> results = recurrent(layer.steps(), op, operands);
    layer.valueResult(asSequence(layer, results[0], operands.batchFirst));
    keepPart(layer, 4, results[1], 0, operands.batchFirst, false);
}

/// One element of a sequence.
void readRnn(LayerView& layer) {
    const Recurrent op = rnn(layer, layer.options<schema::Activated>(kRnn).activation());
    RecurrentOperands operands = rnnOperands(layer);
    operands.x = layer.steps().add(Squeeze{{0}, true}, {layer.value(0)});
    operands.state = stateOf(layer, 4, false);
    const std::vector<ValueId> results = recurrent(layer.steps(), op, operands);
    layer.valueResult(layer.steps().add(Squeeze{{0}, false}, {results[1]}));
    keepPart(layer, 4, results[1], 0, false, false);
}

} // namespace

OperatorReader sequenceReader(std::string_view name) {
    static const std::unordered_map<std::string_view, OperatorReader> readers = {
        {"BIDIRECTIONAL_SEQUENCE_LSTM", readBidirectionalLstm},
        {"LSTM", readLstm},
        {"RNN", readRnn},
        {"UNIDIRECTIONAL_SEQUENCE_LSTM", readUnidirectionalLstm},
        {"UNIDIRECTIONAL_SEQUENCE_RNN", readUnidirectionalRnn},
    };
    const auto found = readers.find(name);
    return found == readers.end() ? nullptr : found->second;
}

} // namespace halftone::tflite_format
