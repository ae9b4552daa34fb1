// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/tensorflow/layer_view.h"

#include "core/base/text.h"

#include <fmt/format.h>

namespace halftone::tensorflow_format {

const graphdef::AttrValue* LayerView::value(std::string_view attribute) const {
    for (const graphdef::AttrEntry& entry : m_proto.attr())
        if (entry.key() == attribute)
            return &entry.value();
    return nullptr;
}

bool LayerView::has(std::string_view attribute) const {
    return value(attribute) != nullptr;
}

const graphdef::AttrValue* LayerView::find(std::string_view attribute, graphdef::AttrValue::ValueCase kind,
                                           const char* kindText) const {
    const graphdef::AttrValue* found = value(attribute);
    if (found && found->value_case() != kind)
        fail(fmt::format("has an attribute {} that is not {}", attribute, kindText));
    return found;
}

int64_t LayerView::integer(std::string_view attribute, int64_t fallback) const {
    const auto* found = find(attribute, graphdef::AttrValue::kI, "a whole number");
    return found ? found->i() : fallback;
}

bool LayerView::flag(std::string_view attribute, bool fallback) const {
    const auto* found = find(attribute, graphdef::AttrValue::kB, "true or false");
    return found ? found->b() : fallback;
}

float LayerView::real(std::string_view attribute, float fallback) const {
    const auto* found = find(attribute, graphdef::AttrValue::kF, "a number");
    return found ? found->f() : fallback;
}

std::string LayerView::text(std::string_view attribute, const char* fallback) const {
    const auto* found = find(attribute, graphdef::AttrValue::kS, "a text");
    return found ? found->s() : fallback;
}

std::vector<int64_t> LayerView::integers(std::string_view attribute) const {
    const auto* found = find(attribute, graphdef::AttrValue::kList, "a list");
    if (!found)
        return {};
    return {found->list().i().begin(), found->list().i().end()};
}

graphdef::DataType LayerView::type(std::string_view attribute, graphdef::DataType fallback) const {
    const auto* found = find(attribute, graphdef::AttrValue::kType, "a type");
    return found ? found->type() : fallback;
}

std::vector<int64_t> LayerView::fourSizes(std::string_view attribute, bool required) const {
    std::vector<int64_t> sizes = integers(attribute);
    if (sizes.empty() && !required)
        return {1, 1, 1, 1};
    return sizesOf(sizes, 4, 1, attribute);
}

bool LayerView::channelsLast() const {
    const std::string format = text("data_format", "NHWC");
    if (format != "NHWC" && format != "NCHW")
        cannotRun(fmt::format("with data_format {}", displayText(format, 32)));
    return format == "NHWC";
}

Operand LayerView::completed(const Operand& operand) {
    if (operand.areCodes)
        cannotRun("of codes that it would compute with");
    if (!operand.deferred)
        return operand;
    const auto* scaled = std::get_if<Scaled>(&operand.deferred->what);
    if (!scaled)
        return operand;
    Operand x = operand;
    x.deferred = nullptr;
    writer().startLayer(scaled->layer);
    const Oriented product =
        writer().addNamed({Binary{BinaryKind::Mul, {}}, {x, scaled->factor}}, m_network.resultName(scaled->layer));
    writer().startLayer(name());
    return product;
}

Operand LayerView::pointwiseInput(size_t index) {
    return completed(m_inputs.at(index));
}

Operand LayerView::input(size_t index) {
    Operand operand = pointwiseInput(index);
    if (operand.deferred)
        cannotRun("between SpaceToBatchND and BatchToSpaceND");
    return operand;
}

std::vector<Operand> LayerView::allInputs() {
    std::vector<Operand> operands;
    for (size_t i = 0; i < inputCount(); ++i)
        operands.push_back(input(i));
    return operands;
}

Operand LayerView::asInFile(Operand operand) {
    static_cast<Oriented&>(operand) = writer().asInFile(operand);
    return operand;
}

Operand LayerView::channelsFirst(Operand operand) {
    static_cast<Oriented&>(operand) = writer().channelsFirst(operand);
    return operand;
}

Operand LayerView::asFeatureMap(const Operand& operand) {
    const bool turns = m_network.channelsLast && !isConstant(operand) && !operand.deferred && rank(operand) == 4U;
    return turns ? channelsFirst(operand) : operand;
}

std::vector<Operand> LayerView::aligned(std::vector<Operand> operands) {
    const std::vector<Oriented> tensors = writer().aligned({operands.begin(), operands.end()});
    for (size_t i = 0; i < operands.size(); ++i)
        static_cast<Oriented&>(operands[i]) = tensors[i];
    return operands;
}

Operand LayerView::result(Op op, const std::vector<Operand>& inputs, const std::optional<QuantParams>& grid) {
    Operand result = this->result(Step{std::move(op), {inputs.begin(), inputs.end()}}, grid);
    for (const Operand& input : inputs)
        if (input.deferred)
            result.deferred = input.deferred;
    return result;
}

Operand LayerView::result(const Step& step, const std::optional<QuantParams>& grid) {
    return writer().addNamed(step, m_network.resultName(name()), grid);
}

Operand LayerView::step(Op op, const std::vector<Operand>& inputs) {
    Operand result = writer().addBefore({std::move(op), {inputs.begin(), inputs.end()}});
    for (const Operand& input : inputs)
        if (input.deferred)
            result.deferred = input.deferred;
    return result;
}

} // namespace halftone::tensorflow_format
