// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/plan/scalars.h"

#include "core/graph/op_traits.h"

namespace halftone::engine {

Graph withDimensions(Graph graph) {
    const auto isScalar = [&](ValueId value) { return graph.value(value).shape.empty(); };
    for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id) {
        const std::vector<ValueId>& inputs = graph.node(id).inputs;
        if (inputs.empty() || inputs.front() == kNoValue || !isScalar(inputs.front()))
            continue;
        Op& op = graph.node(id).op;
        if (auto* shape = std::get_if<ShapeOf>(&op))
            *shape = {0, 0}; // that of a scalar is empty
        else if (traitsOf(op).settingsOfDimensions && isScalar(graph.node(id).output()))
            op = Reshape{{1}};
    }
    for (ValueId id = 0; id < static_cast<ValueId>(graph.values().size()); ++id) {
        if (!isScalar(id))
            continue;
        Value& value = graph.value(id);
        value.shape = {1};
        if (value.constant)
            value.constant->shape = {1};
    }
    return graph;
}

} // namespace halftone::engine
