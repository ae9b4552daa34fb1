// SPDX-License-Identifier: GPL-3.0-or-later
// Operators whose results are known from shapes and settings: constants.
#include "core/formats/tensorflow/operators.h"

#include "core/base/text.h"
#include "core/graph/element.h"

#include <algorithm>
#include <cmath>
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
    const Tensor& start = layer.setting(0, "a start");
    const double from = layer.realSetting(0, "a start"), to = layer.realSetting(1, "an end"),
                 step = layer.realSetting(2, "a step");
    const double count = step == 0 ? -1 : std::max(0.0, std::ceil((to - from) / step));
    if (!(count >= 0 && count <= kMostMade))
        layer.fail("makes an impossible list of numbers");
    std::vector<double> values;
    for (int64_t i = 0; i < static_cast<int64_t>(count); ++i)
        values.push_back(from + static_cast<double>(i) * step);
    return {layer.constantResult(tensorFromDoubles(start.type, {static_cast<int64_t>(count)}, values))};
}

const OperatorReaders kReaders = {
    {"Fill", readFill}, {"Range", readRange}, {"Rank", readRank}, {"Shape", readShape}, {"Size", readSize},
};

} // namespace

OperatorReader madeReader(std::string_view op) {
    return readerOf(kReaders, op);
}

} // namespace halftone::tensorflow_format
