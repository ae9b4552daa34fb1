// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/tflite/layer_view.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone::tflite_format {

bool LayerView::has(size_t index) const {
    return index < inputCount() && m_operator.inputs()->Get(static_cast<flatbuffers::uoffset_t>(index)) != -1;
}

size_t LayerView::inputIndex(size_t index) const {
    if (!has(index))
        fail(fmt::format("lacks its input {}", index));
    return static_cast<size_t>(m_operator.inputs()->Get(static_cast<flatbuffers::uoffset_t>(index)));
}

const TensorInfo& LayerView::inputInfo(size_t index) const {
    return m_network.tensors[inputIndex(index)];
}

size_t LayerView::outputIndex(size_t index) const {
    if (index >= outputCount())
        fail(fmt::format("has {} outputs and needs more", outputCount()));
    return static_cast<size_t>(m_operator.outputs()->Get(static_cast<flatbuffers::uoffset_t>(index)));
}

const TensorInfo& LayerView::outputInfo(size_t index) const {
    return m_network.tensors[outputIndex(index)];
}

void LayerView::refuseSpread(std::string_view with) const {
    throw Error(ErrorCode::Unsupported,
                fmt::format("Halftone cannot run {} {} (layer \"{}\"). Convert the model with convolutions that have "
                            "dilations instead.",
                            shownOp(), with, name()),
                name());
}

const Spread* LayerView::spread(size_t index) {
    m_readsSpread = true;
    const auto found = m_network.spread.find(inputIndex(index));
    return found == m_network.spread.end() ? nullptr : &found->second;
}

std::vector<int64_t> LayerView::cropsAhead() const {
    const auto readerOf = [&](const schema::Operator& op) -> const schema::Operator* {
        const schema::Operator* reader = nullptr;
        if (!op.outputs() || op.outputs()->size() != 1)
            return nullptr;
        for (const schema::Operator* other : *m_network.graph.operators())
            if (other->inputs() && std::ranges::count(*other->inputs(), op.outputs()->Get(0)) > 0) {
                if (reader)
                    return nullptr;
                reader = other;
            }
        return reader;
    };
    const schema::Operator* convolution = readerOf(m_operator);
    const schema::Operator* end = convolution ? readerOf(*convolution) : nullptr;
    constexpr flatbuffers::uoffset_t cropsOperand = 2;
    if (!end || end->inputs()->size() != 3 || end->inputs()->Get(cropsOperand) < 0)
        return {};
    const auto tensor = static_cast<size_t>(end->inputs()->Get(cropsOperand));
    if (tensor >= m_network.tensors.count() || !m_network.tensors[tensor].hasData ||
        m_network.tensors[tensor].shape != Shape{2, 2} || m_network.tensors[tensor].type != ElementType::S32)
        return {};
    return m_network.tensors.constant(tensor).tensor.toInt64s();
}

std::optional<QuantParams> LayerView::constantGrid(size_t index) {
    const QuantParams* grid = m_network.builder.grid(input(index).name);
    return grid ? std::optional(*grid) : std::nullopt;
}

std::optional<QuantParams> LayerView::grid(size_t index) const {
    return m_network.tensors.grid(outputIndex(index));
}

Oriented LayerView::input(size_t index) {
    const size_t tensor = inputIndex(index);
    const TensorInfo& info = m_network.tensors[tensor];
    if (!m_readsSpread && m_network.spread.contains(tensor))
        refuseSpread("between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND");
    if (const auto made = m_network.made.find(tensor); made != m_network.made.end())
        return writer().atHand(made->second);
    if (m_network.builder.isConstant(info.name))
        return {info.name};
    if (info.variable)
        cannotRun("with a state of type " + typeName(info.typeCode)); // others are inputs
    if (info.sparse)
        cannotRun("with sparse weights");
    const bool isEmpty = std::find(info.shape.begin(), info.shape.end(), 0) != info.shape.end();
    if (!info.hasData && !isEmpty)
        fail(fmt::format("reads \"{}\", which no layer before it makes", info.name));
    if (!info.type)
        cannotRun("with weights of type " + typeName(info.typeCode));
    Constant constant = m_network.tensors.constant(tensor);
    m_network.builder.addConstant(info.name, std::move(constant.tensor), constant.grid);
    return {info.name};
}

std::vector<Oriented> LayerView::allInputs() {
    std::vector<Oriented> inputs;
    for (size_t i = 0; i < inputCount(); ++i)
        if (has(i))
            inputs.push_back(input(i));
    return inputs;
}

std::optional<Shape> LayerView::shape(size_t index) {
    return writer().shape(input(index));
}

size_t LayerView::rank(size_t index) {
    return writer().rank(input(index)).value_or(inputInfo(index).shape.size());
}

std::span<const uint8_t> LayerView::customOptions() const {
    if (!m_operator.custom_options())
        return {};
    return {m_operator.custom_options()->data(), m_operator.custom_options()->size()};
}

Unary LayerView::activation(schema::Activation activation) const {
    switch (activation) {
    case schema::Activation::None: cannotRun("without an activation");
    case schema::Activation::Relu: return {UnaryKind::Relu};
    case schema::Activation::ReluN1To1: return {UnaryKind::Clip, -1, 1};
    case schema::Activation::Relu6: return {UnaryKind::Clip, 0, 6};
    case schema::Activation::Tanh: return {UnaryKind::Tanh};
    case schema::Activation::SignBit: cannotRun("with the activation SIGN_BIT");
    }
    fail(fmt::format("has the activation {}, which TFLite does not know", static_cast<int>(activation)));
}

void LayerView::result(const Step& step, schema::Activation after) {
    if (after == schema::Activation::None)
        result(0, step);
    else
        result(0, {activation(after), {writer().add(step)}});
}

void LayerView::resultOn(const std::optional<QuantParams>& grid, const Step& step, size_t index) {
    m_network.made.emplace(outputIndex(index), writer().addNamed(step, output(index), grid));
}

void LayerView::valueResult(ValueId value, size_t index) {
    steps().nameValue(value, output(index), grid(index));
    m_network.made.emplace(outputIndex(index), Oriented{output(index)});
}

void LayerView::keep(size_t index, ValueId value) {
    const size_t tensor = inputIndex(index);
    const TensorInfo& info = m_network.tensors[tensor];
    if (!info.variable)
        fail(fmt::format("changes \"{}\", which is no variable", info.name));
    const std::string held = writer().unusedValue(info.name + "_held");
    steps().nameValue(value, held, m_network.tensors.grid(tensor));
    m_network.made.insert_or_assign(tensor, Oriented{held});
}

const std::string& LayerView::variableName(size_t index) const {
    const auto found = m_network.states.variableOf.find(inputIndex(index));
    if (found == m_network.states.variableOf.end())
        fail(fmt::format("has a handle \"{}\" that no layer makes", inputInfo(index).name));
    return found->second;
}

Oriented LayerView::variable(size_t index) {
    const auto found = m_network.variables.find(variableName(index));
    if (found == m_network.variables.end())
        cannotRun("of a variable of type " + typeName(outputInfo().typeCode));
    return found->second;
}

void LayerView::assign(size_t index, const Oriented& value) {
    m_network.variables.insert_or_assign(variableName(index), value);
}

void LayerView::constantResult(const Tensor& tensor, const std::optional<QuantParams>& grid) {
    m_network.builder.addConstant(output(), tensor, grid);
    m_network.made.emplace(outputIndex(0), Oriented{output()});
}

} // namespace halftone::tflite_format
