// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/lower/lower.h"

#include "core/base/text.h"
#include "core/engine/kernels/recurrent.h"

#include <fmt/format.h>
#include <span>

namespace halftone::engine {

namespace {

constexpr const char* kRecurrentKernel = "halftone:recurrent";

/// The numbers of an operand that is a constant, or none where it is omitted.
std::vector<float> numbersOf(const Builder& builder, size_t index) {
    const Node& node = builder.node();
    const bool given = index < node.inputs.size() && node.inputs[index] != kNoValue;
    return given ? builder.graph().value(node.inputs[index]).constant->toFloats() : std::vector<float>{};
}

bool hasConstantWeights(const Builder& builder) {
    const Node& node = builder.node();
    for (const size_t index : {1, 2, 3, 6})
        if (index < node.inputs.size() && node.inputs[index] != kNoValue &&
            !builder.graph().isConstant(node.inputs[index]))
            return false;
    return true;
}

Form constantOf(Builder& builder, const std::vector<float>& values) {
    return builder.constant(rowMajor({static_cast<int64_t>(values.size())}, DataType::f32), values.data());
}

} // namespace

void lowerRecurrent(Builder& builder, const Recurrent& op) {
    if (!hasConstantWeights(builder)) {
        lowerReference(builder, "Its weights are computed at run time.");
        return;
    }
    const Node& node = builder.node();
    const Shape& x = builder.shape(node.inputs[0]);
    const RecurrentShape shape{op, x[0], x[1], x[2], builder.shape(node.inputs[2])[2]};
    const RecurrentWeights weights = packRecurrent(shape, numbersOf(builder, 1), numbersOf(builder, 2),
                                                   numbersOf(builder, 3), numbersOf(builder, 6));
    const std::string need = fmt::format("{} computes on fp32 in the order of the file.", displayText(node.name));
    std::vector<ValueId> sources;
    std::vector<Form> forms;
    const auto take = [&](size_t index) -> std::optional<size_t> {
        if (index >= node.inputs.size() || node.inputs[index] == kNoValue)
            return std::nullopt;
        const ValueId id = node.inputs[index];
        sources.push_back(id);
        forms.push_back(builder.require(id, rowMajor(builder.shape(id), DataType::f32), std::nullopt, need));
        return forms.size() - 1;
    };
    const auto source = take(0), state = take(4), cell = take(5);
    for (const std::vector<float>* packed : {&weights.input, &weights.recurrent, &weights.bias})
        forms.push_back(constantOf(builder, *packed));
    const size_t firstWeights = forms.size() - 3;
    std::optional<size_t> peepholes;
    if (!weights.peepholes.empty()) {
        peepholes = forms.size();
        forms.push_back(constantOf(builder, weights.peepholes));
    }
    for (const size_t index : {1, 2, 3, 6})
        if (index < node.inputs.size() && node.inputs[index] != kNoValue)
            sources.push_back(node.inputs[index]);
    std::vector<Form> written;
    std::vector<std::pair<ValueId, Form>> observed;
    for (const ValueId output : node.outputs) {
        written.push_back(builder.define(output, rowMajor(builder.shape(output), DataType::f32), std::nullopt));
        observed.emplace_back(output, written.back());
    }
    const std::vector<Form> described(forms.begin(), forms.begin() + static_cast<ptrdiff_t>(sources.size()));
    StepInfo info = builder.describe(kRecurrentKernel, "fp32", sources, described, written);
    const size_t firstResult = forms.size();
    forms.insert(forms.end(), written.begin(), written.end());
    const size_t scratch = forms.size();
    forms.push_back(builder.temporary(rowMajor({shape.scratch()}, DataType::f32)));
    builder.addKernel(
        std::move(info), forms,
        [=](const std::vector<std::byte*>& at) {
            const auto floats = [&](std::optional<size_t> form) {
                return form ? reinterpret_cast<float*>(at[*form]) : nullptr;
            };
            const bool cells = shape.op.kind == RecurrentKind::Lstm;
            const RecurrentOperands operands{floats(source),
                                             floats(firstWeights),
                                             floats(firstWeights + 1),
                                             floats(firstWeights + 2),
                                             floats(peepholes),
                                             floats(state),
                                             floats(cell),
                                             floats(firstResult),
                                             floats(firstResult + 1),
                                             cells ? floats(firstResult + 2) : nullptr,
                                             floats(scratch)};
            return [shape, operands] { runRecurrent(shape, operands); };
        },
        observed);
}

} // namespace halftone::engine
