// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/unroll.h"

#include "core/base/checked.h"
#include "core/formats/onnx/message_names.h"
#include "core/formats/onnx/outline.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace halftone::onnx_format {

namespace {

constexpr int64_t kMostRounds = 1000;
constexpr int64_t kMostUnrolled = 50'000; // of all runs of all bodies in a network

/// Truth of a constant with one element.
bool isTrue(LayerView& layer, const Tensor& condition) {
    const std::vector<float> values = condition.toFloats();
    if (values.size() != 1)
        layer.fail("has a condition that is no single value");
    return values.front() != 0;
}

} // namespace

bool runsABody(const onnx::NodeProto& node) {
    return isDefaultDomain(node.domain()) &&
           (node.op_type() == "Loop" || node.op_type() == "Scan" || node.op_type() == "SequenceMap");
}

std::vector<std::string> Unroller::unroll(const onnx::NodeProto& proto, LayerView& layer) {
    layer.ignore("body");
    const onnx::GraphProto* graph = graphOf(proto, "body");
    if (!graph)
        layer.fail("lacks the graph that it runs");
    // What cannot be unrolled anyway is not looked into.
    if (proto.op_type() == "Loop" && layer.hasInput(0) && !layer.isConstant(0))
        layer.cannotRun("with a number of rounds computed at run time");
    const Body body(*graph, layer.name());
    if (body.hasOwnWeights())
        layer.cannotRun("with constants of types that it cannot read");
    std::vector<std::string> results = proto.op_type() == "Loop"   ? loop(body, layer)
                                       : proto.op_type() == "Scan" ? scan(body, layer)
                                                                   : map(body, layer);
    if (results.size() < static_cast<size_t>(proto.output_size()))
        layer.fail(fmt::format("has {} outputs and makes {}", proto.output_size(), results.size()));
    return results;
}

void Unroller::requireRoom(const Body& body, LayerView& layer, int64_t rounds) const {
    if (rounds > kMostRounds)
        layer.cannotRun(fmt::format("of {} rounds, more than the {} that are unrolled", rounds, kMostRounds));
    if (rounds * body.layers() > kMostUnrolled - m_layers)
        layer.cannotRun(fmt::format("of more than the {} layers that are unrolled in a network", kMostUnrolled));
}

std::vector<std::string> Unroller::run(const Body& body, const std::string& layer, int64_t round,
                                       const std::vector<std::string>& inputs) {
    BodyRun run = body.run(fmt::format("{}/{}/", layer, round), inputs, m_writer);
    m_layers += body.layers();
    m_readRun(run);
    m_writer.startLayer(layer);
    return run.outputs;
}

std::string Unroller::named(const LayerView& layer, ValueId value) {
    std::string name = m_writer.unusedValue(layer.name() + "/value");
    m_writer.nameValue(value, name);
    return name;
}

/// Values of all rounds, one after the other along a new dimension.
std::string Unroller::stacked(const LayerView& layer, const std::vector<std::string>& parts, int64_t axis) {
    std::vector<ValueId> values;
    for (const std::string& part : parts)
        values.push_back(m_writer.add(Squeeze{{axis}, true}, {m_writer.builder().use(part)}));
    return named(layer, values.size() == 1 ? values.front() : m_writer.add(Concat{axis}, values));
}

/// Whether it is known before the network runs when the condition ends the loop. `sameEveryRound`: and is so whatever
/// the round and the values are that go from one to the next.
bool Unroller::endIsKnown(const Body& body, LayerView& layer, bool sameEveryRound) const {
    const GraphBuilder& builder = m_writer.builder();
    std::vector<bool> known(body.inputs(), !sameEveryRound);
    known[1] = true;
    for (size_t i = 2; i < known.size(); ++i)
        known[i] = !sameEveryRound && layer.isConstant(i);
    const auto isConstant = [&](const std::string& name) { return builder.constant(name) != nullptr; };
    for (bool changed = true; changed;) { // a value is known where that of the round before it is
        changed = false;
        for (size_t i = 2; i < known.size(); ++i)
            if (known[i] && !body.isKnown(i - 1, known, isConstant)) {
                known[i] = false;
                changed = true;
            }
    }
    return body.isKnown(0, known, isConstant);
}

/// The most there can be.
int64_t Unroller::roundsOf(const Body& body, LayerView& layer) const {
    int64_t rounds = std::numeric_limits<int64_t>::max();
    if (layer.hasInput(0)) {
        const std::vector<int64_t> given = layer.integerSetting(0, "a number of rounds");
        if (given.size() != 1)
            layer.fail("has more than one number of rounds");
        rounds = std::max<int64_t>(given.front(), 0);
    }
    if (layer.hasInput(1) && !isTrue(layer, layer.setting(1, "a condition")))
        return 0;
    if (!endIsKnown(body, layer, false))
        layer.cannotRun("with a condition computed at run time");
    if (endIsKnown(body, layer, true)) {
        if (rounds == std::numeric_limits<int64_t>::max())
            layer.cannotRun("that never ends");
        requireRoom(body, layer, rounds);
    }
    return rounds;
}

/// Number of rounds, condition, first values -> last values, values of all rounds.
std::vector<std::string> Unroller::loop(const Body& body, LayerView& layer) {
    const size_t given = std::max<size_t>(layer.inputCount(), 2), states = given - 2;
    if (body.inputs() != given || body.outputs() < states + 1)
        layer.fail(fmt::format("has {} values that go from round to round, and a graph of {} inputs and {} outputs",
                               states, body.inputs(), body.outputs()));
    std::vector<std::string> state;
    for (size_t i = 0; i < states; ++i)
        state.push_back(layer.inputName(i + 2));
    const int64_t rounds = roundsOf(body, layer);
    GraphBuilder& builder = m_writer.builder();
    std::vector<std::vector<std::string>> everyRound(body.outputs() - 1 - states);
    std::string condition = m_writer.unusedValue(layer.name() + "/condition");
    builder.addConstant(condition, Tensor::fromBytes(ElementType::Bool, {}, std::vector<std::byte>{std::byte{1}}));
    bool going = rounds > 0;
    for (int64_t round = 0; going; ++round) {
        if (round == kMostRounds)
            layer.cannotRun(fmt::format("of more than the {} rounds that are unrolled", kMostRounds));
        requireRoom(body, layer, 1);
        std::vector<std::string> inputs{m_writer.unusedValue(layer.name() + "/round"), condition};
        builder.addConstant(inputs.front(), Tensor::fromInt64s({}, std::vector<int64_t>{round}));
        inputs.insert(inputs.end(), state.begin(), state.end());
        const std::vector<std::string> outputs = run(body, layer.name(), round, inputs);
        condition = outputs.front();
        for (size_t i = 0; i < states; ++i)
            state[i] = outputs[i + 1];
        for (size_t i = 0; i < everyRound.size(); ++i)
            everyRound[i].push_back(outputs[states + 1 + i]);
        const Tensor* goesOn = builder.constant(condition);
        if (!goesOn)
            layer.cannotRun("with a condition computed at run time");
        going = round + 1 < rounds && isTrue(layer, *goesOn);
    }
    for (const std::vector<std::string>& parts : everyRound) {
        if (parts.empty())
            layer.cannotRun("of no rounds, whose results have no shape");
        state.push_back(stacked(layer, parts, 0));
    }
    return state;
}

/// First values, then tensors that each round reads a part of -> last values, parts of all rounds.
std::vector<std::string> Unroller::scan(const Body& body, LayerView& layer) {
    const bool batched = layer.opset() < 9; // with lengths of sequences in front, and a dimension of samples
    const size_t skipped = batched ? 1 : 0, given = layer.inputCount();
    const int64_t parts = layer.integer("num_scan_inputs");
    if (parts < 1 || given < skipped || parts > static_cast<int64_t>(given - skipped) ||
        body.inputs() != given - skipped || body.outputs() + static_cast<size_t>(parts) < body.inputs())
        layer.fail("has inputs that do not fit its graph");
    if (batched && layer.hasInput(0))
        layer.cannotRun("with lengths of sequences");
    const size_t states = body.inputs() - static_cast<size_t>(parts), results = body.outputs() - states;
    const auto list = [&](const char* attribute, size_t count) {
        const auto numbers = layer.integers(attribute).value_or(std::vector<int64_t>(count, 0));
        if (numbers.size() != count)
            layer.fail(fmt::format("has {} values of {} for {} tensors", numbers.size(), attribute, count));
        return numbers;
    };
    const auto count = static_cast<size_t>(parts);
    const std::vector<int64_t> axes = batched ? std::vector<int64_t>(count, 0) : list("scan_input_axes", count),
                               backwards = list(batched ? "directions" : "scan_input_directions", count),
                               outputAxes =
                                   batched ? std::vector<int64_t>(results, 0) : list("scan_output_axes", results),
                               outputsBackwards = batched ? outputAxes : list("scan_output_directions", results);
    std::vector<std::string> state;
    std::vector<ValueId> sources;
    int64_t rounds = -1;
    for (size_t i = 0; i < body.inputs(); ++i) {
        ValueId value = layer.input(skipped + i);
        if (batched) {
            const Shape& shape = layer.known(m_writer.builder().shape(value));
            if (shape.empty() || shape[0] != 1)
                layer.cannotRun("of several samples");
            value = m_writer.add(Squeeze{{0}}, {value});
        }
        if (i < states) {
            state.push_back(batched ? named(layer, value) : layer.inputName(i));
            continue;
        }
        const Shape shape = layer.known(m_writer.builder().shape(value));
        const int64_t length = shape[static_cast<size_t>(layer.axisOf(axes[i - states], shape.size()))];
        if (rounds >= 0 && length != rounds)
            layer.fail(fmt::format("goes through {} and {} parts", rounds, length));
        rounds = length;
        sources.push_back(value);
    }
    requireRoom(body, layer, rounds);
    if (rounds == 0)
        layer.cannotRun("of no rounds, whose results have no shape");
    std::vector<std::vector<std::string>> everyRound(results);
    for (int64_t round = 0; round < rounds; ++round) {
        std::vector<std::string> inputs = state;
        for (size_t i = 0; i < sources.size(); ++i) {
            const int64_t at = backwards[i] != 0 ? rounds - 1 - round : round;
            const ValueId part = m_writer.add(Slice{{at}, {at + 1}, {axes[i]}, {1}}, {sources[i]});
            inputs.push_back(named(layer, m_writer.add(Squeeze{{axes[i]}}, {part})));
        }
        const std::vector<std::string> outputs = run(body, layer.name(), round, inputs);
        state.assign(outputs.begin(), outputs.begin() + static_cast<ptrdiff_t>(states));
        for (size_t i = 0; i < results; ++i)
            everyRound[i].push_back(outputs[states + i]);
    }
    for (size_t i = 0; i < results; ++i) {
        if (outputsBackwards[i] != 0)
            std::ranges::reverse(everyRound[i]);
        state.push_back(stacked(layer, everyRound[i], outputAxes[i]));
    }
    if (batched)
        for (std::string& name : state)
            name = named(layer, m_writer.add(Squeeze{{0}, true}, {m_writer.builder().use(name)}));
    return state;
}

/// Lists of tensors, each round reads one of each; tensors, which every round reads -> lists.
std::vector<std::string> Unroller::map(const Body& body, LayerView& layer) {
    GraphBuilder& builder = m_writer.builder();
    const std::vector<ValueId>* first = layer.list(0);
    if (!first)
        layer.cannotRun("of a list that is made at run time");
    if (body.inputs() != layer.inputCount())
        layer.fail("has inputs that do not fit its graph");
    const auto rounds = static_cast<int64_t>(first->size());
    requireRoom(body, layer, rounds);
    std::vector<std::vector<ValueId>> lists(body.outputs());
    for (int64_t round = 0; round < rounds; ++round) {
        std::vector<std::string> inputs;
        for (size_t i = 0; i < body.inputs(); ++i) {
            const std::vector<ValueId>* list = layer.list(i);
            if (list && list->size() != static_cast<size_t>(rounds))
                layer.fail("goes through lists of different lengths");
            inputs.push_back(list ? named(layer, m_writer.add(Identity{}, {list->at(static_cast<size_t>(round))}))
                                  : layer.inputName(i));
        }
        const std::vector<std::string> outputs = run(body, layer.name(), round, inputs);
        for (size_t i = 0; i < outputs.size(); ++i)
            lists[i].push_back(builder.use(outputs[i]));
    }
    std::vector<std::string> names;
    for (std::vector<ValueId>& list : lists) {
        names.push_back(m_writer.unusedValue(layer.name() + "/list"));
        builder.addList(names.back(), std::move(list));
    }
    return names;
}

} // namespace halftone::onnx_format
