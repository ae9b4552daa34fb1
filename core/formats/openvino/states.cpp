// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/openvino/states.h"

#include "core/base/text.h"
#include "core/formats/common/kept_states.h"
#include "core/formats/openvino/operators.h"
#include "core/graph/name_index.h"

#include <algorithm>

namespace halftone::openvino_format {

namespace {

std::string variableOf(const IrLayer& layer) {
    return layer.xml.child("data").attribute("variable_id").as_string();
}

const StateNames& stateOf(LayerView& layer) {
    const auto found = layer.network().states.find(layer.text("variable_id"));
    if (found == layer.network().states.end())
        layer.fail("has a variable that nothing reads");
    return found->second;
}

void readReadValue(LayerView& layer) {
    layer.requireInputs(0, 1);
    layer.result(Identity{}, {layer.network().builder.use(stateOf(layer).input)});
}

/// The new value; what the layer itself gives is the same one.
void readAssign(LayerView& layer) {
    layer.requireInputs(1, 1);
    const StateNames& state = stateOf(layer);
    layer.result(Identity{}, {layer.input(0)});
    layer.writer().addNamed(Identity{}, {layer.network().builder.use(layer.output())}, {state.next});
}

} // namespace

std::vector<State> statesOf(const IrOutline& outline) {
    NameIndex taken;
    taken.start();
    for (const IrLayer& layer : outline.layers)
        for (const Port& port : layer.outputs)
            taken.add(port.value);
    const auto unused = [&](const std::string& base) {
        std::string name = taken.unique(base);
        taken.add(name);
        return name;
    };
    std::vector<State> states;
    const auto find = [&](const std::string& variable) {
        return std::ranges::find(states, variable, &State::variable);
    };
    for (const size_t position : outline.order) {
        const IrLayer& layer = outline.layers[position];
        if (layer.type != "ReadValue" || find(variableOf(layer)) != states.end())
            continue;
        State state{variableOf(layer), declaredState(layer), {}, {}, {}};
        state.input.name = unused(displayText(state.variable));
        state.first = layer.inputs.empty() ? std::string() : layer.inputs.front().value;
        states.push_back(std::move(state));
    }
    for (const size_t position : outline.order) {
        const IrLayer& layer = outline.layers[position];
        if (layer.type != "Assign")
            continue;
        const auto state = find(variableOf(layer));
        if (state == states.end() || layer.inputs.size() != 1 || !state->next.empty())
            continue;
        state->next = unused(keptStateOutput(state->input.name));
        state->assigned = layer.inputs.front().value;
    }
    return states;
}

OperatorReader stateReader(std::string_view type) {
    return type == "ReadValue" ? readReadValue : type == "Assign" ? readAssign : nullptr;
}

} // namespace halftone::openvino_format
