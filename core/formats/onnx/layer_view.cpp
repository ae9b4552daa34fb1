// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/layer_view.h"

#include "core/base/text.h"
#include "core/graph/element.h"

#include <fmt/format.h>
#include <unordered_set>

namespace halftone::onnx_format {

LayerView::LayerView(onnx::NodeProto& proto, int64_t opset, LayerWriter& writer, TensorReader& tensors)
    : LayerChecks(writer.layer(), proto.op_type()), m_proto(proto), m_opset(opset), m_writer(writer),
      m_tensors(tensors) {
    std::unordered_set<std::string_view> seen;
    for (const onnx::AttributeProto& attribute : m_proto.attribute()) {
        if (!seen.insert(attribute.name()).second)
            fail(fmt::format("has the attribute {} twice", displayText(attribute.name(), 64)));
        if (!attribute.ref_attr_name().empty())
            fail(fmt::format("takes its attribute {} from a function, but is not part of one",
                             displayText(attribute.name(), 64)));
    }
}

bool LayerView::has(std::string_view attribute) const {
    for (const onnx::AttributeProto& candidate : m_proto.attribute())
        if (candidate.name() == attribute)
            return true;
    return false;
}

onnx::AttributeProto* LayerView::find(std::string_view attribute, onnx::AttributeProto::AttributeType type,
                                      const char* typeText) {
    m_read.emplace(attribute);
    for (onnx::AttributeProto& candidate : *m_proto.mutable_attribute())
        if (candidate.name() == attribute) {
            if (candidate.type() != type)
                fail(fmt::format("has an attribute {} that is not {}", attribute, typeText));
            return &candidate;
        }
    return nullptr;
}

int64_t LayerView::integer(std::string_view attribute, std::optional<int64_t> fallback) {
    if (const auto* found = find(attribute, onnx::AttributeProto::INT, "a whole number"))
        return found->i();
    if (!fallback)
        fail(fmt::format("lacks the attribute {}", attribute));
    return *fallback;
}

bool LayerView::flag(std::string_view attribute, bool fallback) {
    return integer(attribute, fallback) != 0;
}

float LayerView::real(std::string_view attribute, float fallback) {
    const auto* found = find(attribute, onnx::AttributeProto::FLOAT, "a number");
    return found ? found->f() : fallback;
}

std::string LayerView::text(std::string_view attribute, const char* fallback) {
    const auto* found = find(attribute, onnx::AttributeProto::STRING, "a text");
    return found ? found->s() : fallback;
}

std::optional<std::vector<int64_t>> LayerView::integers(std::string_view attribute) {
    const auto* found = find(attribute, onnx::AttributeProto::INTS, "a list of whole numbers");
    if (!found)
        return std::nullopt;
    return std::vector<int64_t>(found->ints().begin(), found->ints().end());
}

std::vector<float> LayerView::reals(std::string_view attribute) {
    const auto* found = find(attribute, onnx::AttributeProto::FLOATS, "a list of numbers");
    return found ? std::vector<float>(found->floats().begin(), found->floats().end()) : std::vector<float>{};
}

std::vector<std::string> LayerView::texts(std::string_view attribute) {
    const auto* found = find(attribute, onnx::AttributeProto::STRINGS, "a list of texts");
    return found ? std::vector<std::string>(found->strings().begin(), found->strings().end())
                 : std::vector<std::string>{};
}

ElementType LayerView::elementType(std::string_view attribute, ElementType fallback) {
    if (!has(attribute))
        return fallback;
    const int64_t given = integer(attribute, {});
    const int number = given < 0 || given > 1000 ? -1 : static_cast<int>(given);
    const std::optional<ElementType> type = elementTypeOf(number);
    if (!type)
        cannotRun(fmt::format("to {}", dataTypeName(number)));
    return *type;
}

std::optional<Tensor> LayerView::tensor(std::string_view attribute) {
    auto* found = find(attribute, onnx::AttributeProto::TENSOR, "a tensor");
    if (!found)
        return std::nullopt;
    return m_tensors.readCopy(found->t(), fmt::format("The attribute {} of \"{}\"", attribute, name()));
}

std::vector<int64_t> LayerView::sizes(std::string_view attribute, size_t rank, int64_t least, int64_t fallback) {
    const auto values = integers(attribute);
    return values ? sizesOf(*values, rank, least, attribute) : std::vector<int64_t>(rank, fallback);
}

std::optional<std::string> LayerView::unreadAttribute() const {
    for (const onnx::AttributeProto& attribute : m_proto.attribute())
        if (!m_read.contains(attribute.name()))
            return attribute.name();
    return std::nullopt;
}

size_t LayerView::inputCount() const {
    int count = m_proto.input_size();
    while (count > 0 && m_proto.input(count - 1).empty())
        --count;
    return static_cast<size_t>(count);
}

void LayerView::requireInputs(size_t least, size_t most) const {
    requireCount(inputCount(), least, most);
    for (size_t i = 0; i < least; ++i)
        if (!hasInput(i))
            fail(fmt::format("lacks its input number {}", i + 1));
}

bool LayerView::hasInput(size_t index) const {
    return !inputName(index).empty() && !isMissing(index);
}

ValueId LayerView::input(size_t index) {
    if (!hasInput(index))
        fail(fmt::format("lacks its input number {}", index + 1));
    if (list(index))
        cannotRun("of a list of tensors");
    return m_writer.builder().use(m_proto.input(static_cast<int>(index)));
}

ValueId LayerView::optionalInput(size_t index) {
    return hasInput(index) ? input(index) : kNoValue;
}

std::vector<ValueId> LayerView::allInputs() {
    std::vector<ValueId> ids;
    for (size_t i = 0; i < inputCount(); ++i)
        ids.push_back(optionalInput(i));
    return ids;
}

const std::vector<ValueId>* LayerView::list(size_t index) const {
    return m_writer.builder().list(inputName(index));
}

std::vector<ValueId> LayerView::tensorsRead() {
    std::vector<ValueId> ids;
    for (size_t i = 0; i < inputCount(); ++i)
        if (const std::vector<ValueId>* elements = list(i))
            ids.insert(ids.end(), elements->begin(), elements->end());
        else
            ids.push_back(optionalInput(i));
    return ids;
}

std::string LayerView::inputName(size_t index) const {
    return index < inputCount() ? m_proto.input(static_cast<int>(index)) : std::string();
}

const Shape* LayerView::shape(size_t index) const {
    return hasInput(index) ? m_writer.builder().shape(m_proto.input(static_cast<int>(index))) : nullptr;
}

const Tensor& LayerView::setting(size_t index, std::string_view what) const {
    return settingOf(m_writer.builder().constant(m_proto.input(static_cast<int>(index))), what);
}

ElementType LayerView::type(size_t index) {
    return m_writer.builder().type(input(index));
}

ValueId LayerView::number(double value, ElementType type) {
    return operand(tensorFromDoubles(type, {}, std::span(&value, 1)));
}

bool LayerView::isConstant(size_t index) const {
    return hasInput(index) && m_writer.builder().constant(m_proto.input(static_cast<int>(index)));
}

const QuantParams* LayerView::codes(size_t index) const {
    return hasInput(index) ? m_writer.builder().codes(m_proto.input(static_cast<int>(index))) : nullptr;
}

ValueId LayerView::addConstant(size_t index, Tensor tensor, const std::optional<QuantParams>& grid) {
    const std::string name = m_proto.output(0) + "/" + m_proto.input(static_cast<int>(index)) + "/dequantized";
    m_writer.builder().addConstant(name, std::move(tensor), grid);
    return m_writer.builder().use(name);
}

} // namespace halftone::onnx_format
