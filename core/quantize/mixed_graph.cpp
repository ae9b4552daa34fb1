// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/mixed_graph.h"

#include "core/base/error.h"
#include "core/graph/op_traits.h"

#include <algorithm>
#include <map>

namespace halftone {

Graph mixedGraph(const Graph& reference, const Graph& quantized, const std::vector<bool>& int8) {
    if (reference.nodes().size() != quantized.nodes().size() || reference.values().size() > quantized.values().size())
        throw Error(ErrorCode::Internal, "The quantized network has other layers than the one it was made from.");
    Graph mixed = quantized;
    const auto consumers = quantized.consumers();
    for (NodeId id = 0; id < static_cast<NodeId>(quantized.nodes().size()); ++id) {
        const Node& node = quantized.node(id);
        if (!isInt8Candidate(node.op) || int8[static_cast<size_t>(id)])
            continue;
        mixed.node(id).keptInFp32 = true;
        for (const size_t input : parameterOperands(node.op)) {
            const ValueId value = input < node.inputs.size() ? node.inputs[input] : kNoValue;
            if (!quantized.isConstant(value))
                continue;
            const std::vector<ValueId>& before = reference.node(id).inputs;
            if (input >= before.size() || before[input] == kNoValue) { // the correction added a bias
                mixed.node(id).inputs[input] = kNoValue;
                continue;
            }
            Value original = reference.value(before[input]);
            original.quant.reset();
            const bool shared = std::ranges::any_of(consumers[static_cast<size_t>(value)], [&](NodeId reader) {
                return isInt8Candidate(quantized.node(reader).op) && int8[static_cast<size_t>(reader)];
            });
            if (!shared) {
                original.name = mixed.value(value).name;
                mixed.value(value) = std::move(original);
                continue;
            }
            original.name = mixed.uniqueValueName(original.name);
            mixed.node(id).inputs[input] = mixed.addValue(std::move(original));
        }
    }
    return mixed;
}

Graph layerAlone(const Graph& quantized, NodeId id) {
    Graph alone;
    std::map<ValueId, ValueId> added;
    Node node = quantized.node(id);
    for (ValueId& input : node.inputs) {
        if (input == kNoValue)
            continue;
        const auto [at, isNew] = added.try_emplace(input, kNoValue);
        if (isNew) {
            at->second = alone.addValue(quantized.value(input));
            if (!quantized.isConstant(input))
                alone.inputs.push_back(at->second);
        }
        input = at->second;
    }
    for (ValueId& output : node.outputs) {
        Value value = quantized.value(output);
        if (isInt8Candidate(node.op))
            value.quant.reset();
        output = alone.addValue(std::move(value));
    }
    alone.addNode(node);
    for (const ValueId output : node.outputs) {
        Value result = alone.value(output);
        if (!result.quant) {
            alone.outputs.push_back(output);
            continue;
        }
        result.quant.reset(); // behind an Identity, so that the codes are read
        result.name = alone.uniqueValueName(result.name);
        alone.outputs.push_back(alone.addValue(std::move(result)));
        alone.addNode({alone.uniqueNodeName(node.name), Identity{}, {output}, {alone.outputs.back()}, node.origins});
    }
    return alone;
}

} // namespace halftone
