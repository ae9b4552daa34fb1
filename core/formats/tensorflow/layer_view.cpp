// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/tensorflow/layer_view.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/graph/element.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

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
    if (sizes.size() != 4)
        fail(fmt::format("has {} numbers in its attribute {} and needs 4", sizes.size(), attribute));
    for (const int64_t size : sizes)
        if (size < 1 || size > std::numeric_limits<int32_t>::max())
            fail(fmt::format("has the impossible value {} in its attribute {}", size, attribute));
    return sizes;
}

bool LayerView::channelsLast() const {
    const std::string format = text("data_format", "NHWC");
    if (format != "NHWC" && format != "NCHW")
        cannotRun(fmt::format("with data_format {}", displayText(format, 32)));
    return format == "NHWC";
}

void LayerView::requireInputs(size_t least, size_t most) const {
    const size_t count = inputCount();
    if (count < least || count > most)
        fail(fmt::format("has {} inputs and needs {}", count,
                         least == most ? std::to_string(least) : fmt::format("{} to {}", least, most)));
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
    return m_network.emit(scaled->layer, "", Binary{BinaryKind::Mul, {}}, {x, scaled->factor});
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

const Tensor& LayerView::setting(size_t index, std::string_view what) const {
    if (!m_inputs.at(index).constant)
        cannotRun(fmt::format("with {} computed at run time", what));
    return m_inputs[index].constant->tensor;
}

std::vector<int64_t> LayerView::integerSetting(size_t index, std::string_view what) const {
    const Tensor& tensor = setting(index, what);
    if (isFloatType(tensor.type))
        fail(fmt::format("has {} that is not a list of whole numbers", what));
    if (tensor.elements() > 4096)
        fail(fmt::format("has {} of {} numbers", what, tensor.elements()));
    return tensor.toInt64s();
}

int64_t LayerView::integerSettingAt(size_t index, std::string_view what) const {
    const std::vector<int64_t> values = integerSetting(index, what);
    if (values.size() != 1)
        fail(fmt::format("has {} that is not a single number", what));
    return values.front();
}

float LayerView::realSetting(size_t index, std::string_view what) const {
    const Tensor& tensor = setting(index, what);
    if (tensor.elements() != 1)
        fail(fmt::format("has {} that is not a single number", what));
    return tensor.toFloats().front();
}

Shape LayerView::shapeOf(const Operand& operand) const {
    std::optional<Shape> shape = m_network.shape(operand);
    if (!shape)
        cannotRun("of a tensor of unknown shape");
    return std::move(*shape);
}

size_t LayerView::axisOf(const Operand& operand, int64_t axis) const {
    const std::optional<size_t> rank = m_network.rank(operand);
    if (!rank)
        cannotRun("of a tensor of unknown shape");
    const auto dimensions = static_cast<int64_t>(*rank);
    if (axis < -dimensions || axis >= dimensions)
        fail(fmt::format("has the axis {} for a tensor of {} dimensions", axis, dimensions));
    const auto normal = static_cast<size_t>(axis < 0 ? axis + dimensions : axis);
    return operand.channelsFirst ? channelsFirstAxis(normal) : normal;
}

void LayerView::fail(std::string_view cause) const {
    throw Error(ErrorCode::BadInput,
                fmt::format("Layer \"{}\" ({}) {}. The file is damaged or was exported wrongly; export it again.",
                            m_name, displayText(op(), 64), cause),
                m_name);
}

void LayerView::cannotRun(std::string_view with) const {
    throw CannotRun{fmt::format("{} {}", displayText(op(), 64), with)};
}

} // namespace halftone::tensorflow_format
