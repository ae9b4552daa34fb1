// SPDX-License-Identifier: GPL-3.0-or-later
// Operators whose results are known from shapes and settings: constants.
#include "core/formats/common/layers.h"
#include "core/formats/tensorflow/operators.h"

#include "core/base/text.h"
#include "core/graph/element.h"

#include <fmt/format.h>

namespace halftone::tensorflow_format {

namespace {

using Results = std::vector<Operand>;

ElementType integerType(LayerView& layer, std::string_view attribute) {
    return layer.type(attribute, graphdef::DT_INT32) == graphdef::DT_INT64 ? ElementType::S64 : ElementType::S32;
}

Tensor integers(ElementType type, Shape shape, const std::vector<int64_t>& values) {
    return castTensor(Tensor::fromInt64s(std::move(shape), values), type);
}

Results readShape(LayerView& layer) {
    layer.requireInputs(1, 1);
    const Shape shape = layer.shapeOf(layer.rawInput(0));
    return {
        layer.constantResult(integers(integerType(layer, "out_type"), {static_cast<int64_t>(shape.size())}, shape))};
}

Results readSize(LayerView& layer) {
    layer.requireInputs(1, 1);
    const Shape shape = layer.shapeOf(layer.rawInput(0));
    return {layer.constantResult(integers(integerType(layer, "out_type"), {}, {elementCount(shape)}))};
}

Results readRank(LayerView& layer) {
    layer.requireInputs(1, 1);
    const Shape shape = layer.shapeOf(layer.rawInput(0));
    return {layer.constantResult(integers(ElementType::S32, {}, {static_cast<int64_t>(shape.size())}))};
}

constexpr int64_t kMostMade = 1 << 24;

Results readFill(LayerView& layer) {
    layer.requireInputs(2, 2);
    const Shape shape = layer.integerSetting(0, "a shape");
    const Tensor& value = layer.setting(1, "a value");
    if (value.elements() != 1 || elementCount(shape) > kMostMade)
        layer.fail(fmt::format("fills a tensor of shape {}", shapeText(shape)));
    const size_t size = value.bytes.size();
    std::vector<std::byte> bytes(size * static_cast<size_t>(elementCount(shape)));
    for (size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = value.bytes.data()[i % size];
    return {layer.constantResult(Tensor::fromBytes(value.type, shape, std::move(bytes)))};
}

Results readRange(LayerView& layer) {
    layer.requireInputs(3, 3);
    std::optional<Tensor> numbers =
        numbersBetween(layer.realSetting(0, "a start"), layer.realSetting(1, "an end"), layer.realSetting(2, "a step"),
                       layer.setting(0, "a start").type, kMostMade);
    if (!numbers)
        layer.fail("makes an impossible list of numbers");
    return {layer.constantResult(std::move(*numbers))};
}

const OperatorReaders kMadeReaders = {
    {"Fill", readFill}, {"Range", readRange}, {"Rank", readRank}, {"Shape", readShape}, {"Size", readSize},
};

} // namespace

OperatorReader madeReader(std::string_view op) {
    return readerOf(kMadeReaders, op);
}

} // namespace halftone::tensorflow_format
