// SPDX-License-Identifier: GPL-3.0-or-later
// What has no fast kernel: the plain loops of graph/evaluate, run at every inference.
#include "core/engine/lower/lower.h"

#include "core/base/checked.h"
#include "core/base/text.h"
#include "core/graph/element.h"
#include "core/graph/evaluate.h"

#include <algorithm>
#include <fmt/format.h>
#include <span>

namespace halftone::engine {

namespace {

/// One operand: a constant, or what lies at an address when the step runs.
struct Operand {
    bool omitted = false;
    std::optional<Tensor> constant;
    ElementType type = ElementType::F32;
    Shape shape;
    size_t pointer = 0; // index into the step's addresses
};

Tensor tensorAt(const std::byte* data, ElementType type, const Shape& shape) {
    const size_t size = static_cast<size_t>(elementCount(shape)) * sizeOf(type);
    return Tensor::fromBytes(type, shape, std::vector<std::byte>(data, data + size));
}

} // namespace

bool isOfOtherTypes(const Graph& graph, const Node& node) {
    const auto isOrdinary = [&](ValueId id) {
        if (id == kNoValue)
            return true;
        const Value& value = graph.value(id);
        const bool isFloat = value.type == ElementType::F32 || (value.constant && isFloatType(value.type));
        return isFloat && elementCount(value.shape) > 0;
    };
    const bool constantIndices = std::holds_alternative<Gather>(node.op) && graph.isConstant(node.inputs[1]) &&
                                 elementCount(graph.value(node.inputs[1]).shape) > 0;
    const std::span<const ValueId> inputs = std::span(node.inputs).first(constantIndices ? 1 : node.inputs.size());
    return !std::ranges::all_of(inputs, isOrdinary) || !std::ranges::all_of(node.outputs, isOrdinary);
}

void lowerReference(Builder& builder, const std::string& why) {
    const Graph& graph = builder.graph();
    const Node& node = builder.node();
    const std::string need =
        fmt::format("{} is computed by plain loops, on fp32 in the order of the file.", displayText(node.name));
    std::vector<Operand> operands;
    std::vector<ValueId> sources;
    std::vector<Form> forms;
    for (const ValueId id : node.inputs) {
        if (id == kNoValue) {
            operands.push_back({true, {}, {}, {}, 0});
            continue;
        }
        const Value& value = graph.value(id);
        operands.push_back({false, value.constant, value.type, value.shape, forms.size()});
        sources.push_back(id);
        forms.push_back(value.type == ElementType::F32
                            ? builder.require(id, rowMajor(value.shape, DataType::f32), std::nullopt, need)
                            : builder.form(id));
    }
    std::vector<Form> written;
    std::vector<std::pair<ValueId, Form>> observed;
    for (const ValueId output : node.outputs) {
        written.push_back(builder.define(output, plainDesc(graph.value(output)), std::nullopt));
        if (graph.value(output).type == ElementType::F32)
            observed.emplace_back(output, written.back());
    }
    StepInfo info = builder.describe("halftone:reference", "fp32", sources, forms, written);
    if (info.why.empty())
        info.why = why;
    const size_t firstResult = forms.size();
    forms.insert(forms.end(), written.begin(), written.end());
    Node alone = node;
    alone.inputs.clear(); // evaluation reads the operator and the name
    builder.addKernel(
        std::move(info), forms,
        [operands, alone, firstResult](const std::vector<std::byte*>& pointers) {
            return [operands, alone, firstResult, pointers] {
                std::vector<std::optional<Tensor>> inputs;
                for (const Operand& operand : operands)
                    inputs.push_back(operand.omitted ? std::nullopt
                                     : operand.constant
                                         ? operand.constant
                                         : tensorAt(pointers[operand.pointer], operand.type, operand.shape));
                const std::vector<Tensor> results = evaluate(Graph(), alone, inputs);
                for (size_t i = 0; i < results.size(); ++i)
                    std::ranges::copy(results[i].bytes, pointers[firstResult + i]);
            };
        },
        observed);
}

} // namespace halftone::engine
