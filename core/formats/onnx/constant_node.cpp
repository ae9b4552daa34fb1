// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/onnx/constant_node.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/formats/onnx/outline.h"

#include <fmt/format.h>

namespace halftone::onnx_format {

bool isConstantNode(const onnx::NodeProto& node) {
    return node.op_type() == "Constant" && isDefaultDomain(node.domain());
}

Tensor constantOf(onnx::NodeProto& proto, const LayerView& view, TensorReader& tensors) {
    const std::string& name = view.name();
    if (proto.output_size() != 1 || proto.output(0).empty())
        view.fail("has no output, or more than one");
    if (proto.attribute_size() != 1)
        view.fail("needs exactly one value");
    onnx::AttributeProto& value = *proto.mutable_attribute(0);
    const auto has = [&](const char* attribute, onnx::AttributeProto::AttributeType type) {
        return value.name() == attribute && value.type() == type;
    };
    Tensor tensor;
    if (has("value", onnx::AttributeProto::TENSOR) && value.has_t())
        tensor = tensors.read(*value.mutable_t(), fmt::format("The constant \"{}\"", name));
    else if (has("value_float", onnx::AttributeProto::FLOAT))
        tensor = Tensor::fromFloats({}, std::vector<float>{value.f()});
    else if (has("value_floats", onnx::AttributeProto::FLOATS)) {
        const std::vector<float> values(value.floats().begin(), value.floats().end());
        tensor = Tensor::fromFloats({value.floats_size()}, values);
    } else if (has("value_int", onnx::AttributeProto::INT))
        tensor = Tensor::fromInt64s({}, std::vector<int64_t>{value.i()});
    else if (has("value_ints", onnx::AttributeProto::INTS)) {
        const std::vector<int64_t> values(value.ints().begin(), value.ints().end());
        tensor = Tensor::fromInt64s({value.ints_size()}, values);
    } else if (value.name() == "value_string" || value.name() == "value_strings" || value.name() == "sparse_value")
        throw Error(ErrorCode::Unsupported,
                    fmt::format("The constant \"{}\" is a text or a sparse tensor, which Halftone cannot read.", name),
                    name);
    else
        view.fail(fmt::format("has an attribute {} that is no value", displayText(value.name(), 64)));
    return tensor;
}

} // namespace halftone::onnx_format
