// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/openvino/layer_view.h"

#include "core/formats/openvino/xml.h"
#include "core/graph/element.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <sstream>
#include <utility>

namespace halftone::openvino_format {

bool LayerView::has(const char* attribute) const {
    return !find(attribute).empty();
}

int64_t LayerView::integer(const char* attribute, std::optional<int64_t> fallback) const {
    if (!has(attribute) && fallback)
        return *fallback;
    const auto value = integersOf(find(attribute).as_string());
    if (!value || value->size() != 1)
        fail(fmt::format("has no whole number as {}", attribute));
    return value->front();
}

float LayerView::real(const char* attribute, std::optional<float> fallback) const {
    if (!has(attribute) && fallback)
        return *fallback;
    const auto value = realOf(find(attribute).as_string());
    if (!value || !std::isfinite(*value))
        fail(fmt::format("has no number as {}", attribute));
    return static_cast<float>(*value);
}

bool LayerView::flag(const char* attribute, std::optional<bool> fallback) const {
    if (!has(attribute) && fallback)
        return *fallback;
    const std::string_view text = find(attribute).as_string();
    if (text == "true" || text == "True" || text == "1")
        return true;
    if (text != "false" && text != "False" && text != "0")
        fail(fmt::format("has an attribute {} that is neither true nor false", attribute));
    return false;
}

std::string LayerView::text(const char* attribute, const char* fallback) const {
    return find(attribute).as_string(fallback);
}

std::vector<int64_t> LayerView::integers(const char* attribute) const {
    const auto values = integersOf(find(attribute).as_string());
    if (!values)
        fail(fmt::format("has no whole numbers as {}", attribute));
    return *values;
}

std::vector<std::string> LayerView::texts(const char* attribute) const {
    std::vector<std::string> result;
    std::istringstream parts(text(attribute));
    for (std::string part; std::getline(parts, part, ',');) {
        const size_t begin = part.find_first_not_of(' ');
        if (begin != std::string::npos)
            result.push_back(part.substr(begin, part.find_last_not_of(' ') - begin + 1));
    }
    return result;
}

std::vector<float> LayerView::reals(const char* attribute) const {
    std::vector<float> result;
    for (const std::string& word : texts(attribute)) {
        const auto value = realOf(word);
        if (!value || !std::isfinite(*value))
            fail(fmt::format("has no numbers as {}", attribute));
        result.push_back(static_cast<float>(*value));
    }
    return result;
}

std::vector<int64_t> LayerView::sizes(const char* attribute, size_t count, int64_t least,
                                      std::optional<int64_t> fallback) const {
    if (!has(attribute) && fallback)
        return std::vector<int64_t>(count, *fallback);
    return sizesOf(integers(attribute), count, least, attribute);
}

std::vector<ValueId> LayerView::allInputs() {
    std::vector<ValueId> values;
    for (size_t i = 0; i < inputCount(); ++i)
        values.push_back(input(i));
    return values;
}

void LayerView::productResult(Op op, std::vector<ValueId> inputs) {
    const ElementType type = writer().builder().type(inputs.front());
    if (isFloatType(type)) {
        result(std::move(op), std::move(inputs));
        return;
    }
    for (ValueId& input : inputs)
        input = writer().addBefore(Cast{ElementType::F32}, {input});
    result(Cast{type}, {writer().add(std::move(op), std::move(inputs))});
}

void LayerView::results(const std::vector<ValueId>& values) {
    for (size_t i = 0; i < std::min(values.size(), outputCount()); ++i)
        writer().nameValue(values[i], output(i));
}

} // namespace halftone::openvino_format
