// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/openvino/declared.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/common/layer_checks.h"
#include "core/formats/openvino/operators.h"
#include "core/formats/openvino/xml.h"
#include "core/graph/element.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone::openvino_format {

namespace {

constexpr size_t kMaxRank = 64;

/// Ports write types in another way than attributes do: "FP32", "I64", "BOOL".
std::string attributeType(std::string precision) {
    std::ranges::transform(precision, precision.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (precision.starts_with("fp"))
        precision.erase(1, 1);
    return precision == "bool" ? "boolean" : precision;
}

ElementType fedType(const IrLayer& layer, const std::string& typeName) {
    const std::optional<ElementType> type = elementTypeOf(typeName);
    if (!type)
        throw Error(ErrorCode::Unsupported,
                    fmt::format("The input \"{}\" has the element type \"{}\", which Halftone cannot feed.", layer.name,
                                displayText(typeName, 64)),
                    layer.name);
    return isFloatType(*type) ? ElementType::F32 : *type;
}

/// Numbers; "?", -1 and ranges are unknown dimensions.
std::vector<Size> shapeIn(const std::string& text, const IrLayer& layer) {
    const LayerChecks checks(layer.name, layer.type);
    if (text.find("...") != std::string::npos)
        throw Error(
            ErrorCode::Unsupported,
            fmt::format("The input \"{}\" has an unknown number of dimensions. Convert the model with the shape "
                        "of its input.",
                        layer.name),
            layer.name);
    std::vector<Size> shape;
    for (size_t begin = 0; begin < text.size() || (begin == text.size() && begin > 0);) {
        const size_t end = std::min(text.find(',', begin), text.size());
        const auto dim = integersOf(text.substr(begin, end - begin));
        const bool known = dim && dim->size() == 1 && dim->front() > 0;
        if (dim && (dim->size() != 1 || dim->front() < -1))
            checks.fail(fmt::format("has the shape \"{}\"", displayText(text, 64)));
        shape.push_back({known ? std::optional(dim->front()) : std::nullopt, {}});
        begin = end + 1;
        if (shape.size() > kMaxRank)
            checks.fail(fmt::format("has more than {} dimensions", kMaxRank));
    }
    return shape;
}

void requireOneOutput(const IrLayer& layer) {
    if (layer.outputs.size() != 1)
        LayerChecks(layer.name, layer.type).fail("needs exactly one output");
}

} // namespace

ModelInput declaredInput(const IrLayer& layer) {
    requireOneOutput(layer);
    const ElementType type = fedType(layer, attributeOf(layer, "element_type"));
    return {displayText(layer.outputs.front().value), type, shapeIn(attributeOf(layer, "shape"), layer)};
}

/// Before operator set 6 the port alone says type and shape.
ModelInput declaredState(const IrLayer& layer) {
    requireOneOutput(layer);
    const Port& port = layer.outputs.front();
    const std::string type = attributeOf(layer, "variable_type"), shape = attributeOf(layer, "variable_shape");
    ModelInput input{{}, fedType(layer, type.empty() ? attributeType(port.precision) : type), shapeIn(shape, layer)};
    if (shape.empty())
        for (const int64_t size : port.shape)
            input.shape.push_back({size > 0 ? std::optional(size) : std::nullopt, {}});
    return input;
}

ModelOutput declaredOutput(const Port& port, const std::string& name) {
    ModelOutput output{name, port.precision, {}};
    if (const std::optional<ElementType> type = elementTypeOf(attributeType(port.precision)))
        output.type = halftone::name(isFloatType(*type) ? ElementType::F32 : *type);
    for (const int64_t size : port.shape)
        output.shape.push_back({size >= 0 ? std::optional(size) : std::nullopt, {}});
    return output;
}

} // namespace halftone::openvino_format
