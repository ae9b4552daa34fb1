// SPDX-License-Identifier: GPL-3.0-or-later
// Transforms that make the weights of a file smaller, or easier to compress.
#include "core/formats/tensorflow/tensors.h"
#include "core/formats/tensorflow/transforms/graph_editor.h"
#include "core/formats/tensorflow/transforms/transforms.h"

#include "core/base/error.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace halftone::tensorflow_format {

namespace {

/// Elements of the tensor of a Const of floats, 0 for other nodes, without reading it.
int64_t floatElements(const graphdef::NodeDef& node) {
    const graphdef::AttrValue* type = attributeOf(node, "dtype");
    const graphdef::AttrValue* value = attributeOf(node, "value");
    if (node.op() != "Const" || !type || type->type() != graphdef::DT_FLOAT || !value || !value->has_tensor())
        return 0;
    double elements = 1; // exact up to what any file holds
    for (const auto& dim : value->tensor().tensor_shape().dim())
        elements *= static_cast<double>(dim.size());
    return static_cast<int64_t>(std::clamp(elements, 0.0, 1e15));
}

void requireFinite(const graphdef::NodeDef& node, std::span<const float> values) {
    if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); }))
        throw Error(
            ErrorCode::BadInput,
            fmt::format("The constant \"{}\" holds values that are no numbers, which have no range.", shownName(node)),
            shownName(node));
}

struct Range {
    float min, max;
};

/// The range of the values with 0 in it, never empty.
Range rangeOf(std::span<const float> values) {
    const auto [least, most] = std::ranges::minmax_element(values);
    Range range{std::min(*least, 0.0F), std::max(*most, 0.0F)};
    if (range.min != range.max)
        return range;
    if (std::abs(range.min) < 1e-6F)
        range.max = range.min + 1;
    else if (range.min > 0)
        range.max = 2 * range.min;
    else
        range.max = range.min / 2;
    return range;
}

/// Codes of 8 bits in the way that TensorFlow calls MIN_FIRST.
std::vector<std::byte> codesOf(std::span<const float> values, const Range& range) {
    const double steps = 255.0 / (static_cast<double>(range.max) - range.min);
    const double lowest = std::round(range.min * steps);
    std::vector<std::byte> codes;
    codes.reserve(values.size());
    for (const float value : values)
        codes.push_back(static_cast<std::byte>(std::clamp(std::round(value * steps) - lowest, 0.0, 255.0)));
    return codes;
}

} // namespace

void quantizeWeights(graphdef::GraphDef& graph, const TransformContext& context) {
    const int64_t least = context.call.integer("minimum_size", 1024);
    graphdef::GraphDef result;
    for (graphdef::NodeDef& node : *graph.mutable_node()) {
        if (floatElements(node) < std::max<int64_t>(least, 1)) {
            result.add_node()->Swap(&node);
            continue;
        }
        const Tensor weights = constantOf(node);
        requireFinite(node, weights.floats());
        const Range range = rangeOf(weights.floats());
        const std::string name = node.name();
        const Tensor codes = Tensor::fromBytes(ElementType::U8, weights.shape, codesOf(weights.floats(), range));
        *result.add_node() = constantNode(name + "_quantized_const", codes, graphdef::DT_QUINT8);
        *result.add_node() = constantNode(name + "_quantized_min",
                                          Tensor::fromFloats({}, std::vector<float>{range.min}), graphdef::DT_FLOAT);
        *result.add_node() = constantNode(name + "_quantized_max",
                                          Tensor::fromFloats({}, std::vector<float>{range.max}), graphdef::DT_FLOAT);
        graphdef::NodeDef& dequantize = *result.add_node();
        dequantize.set_name(name);
        dequantize.set_op("Dequantize");
        dequantize.set_device(node.device());
        for (const char* part : {"_quantized_const", "_quantized_min", "_quantized_max"})
            dequantize.add_input(name + part);
        for (const std::string& input : node.input()) // a Const has control inputs only
            dequantize.add_input(input);
        attributeFor(dequantize, "T").set_type(graphdef::DT_QUINT8);
        attributeFor(dequantize, "mode").set_s("MIN_FIRST");
        node.Clear();
    }
    graph.mutable_node()->Swap(result.mutable_node());
}

/// Values become the middles of equal parts of their range, as TensorFlow computes them: the largest one falls into a
/// part of its own above the range, and 0 becomes the middle of its part.
void roundWeights(graphdef::GraphDef& graph, const TransformContext& context) {
    constexpr int64_t kLeastElements = 16;
    const int64_t steps = context.call.integer("num_steps", 256);
    if (steps < 1)
        throw Error(ErrorCode::Usage, fmt::format("{}: num_steps must be at least 1.", context.call.name));
    for (graphdef::NodeDef& node : *graph.mutable_node()) {
        if (floatElements(node) < kLeastElements)
            continue;
        const Tensor weights = constantOf(node);
        requireFinite(node, weights.floats());
        float min = std::numeric_limits<float>::max(), max = std::numeric_limits<float>::min();
        for (const float value : weights.floats()) {
            min = std::min(min, value);
            max = std::max(max, value);
        }
        const float width = (max - min) / static_cast<float>(steps);
        if (!(width > 0))
            continue; // all the same: nothing to round
        std::vector<float> values = weights.toFloats();
        for (float& value : values)
            value = min + width * (std::floor((value - min) / width) + 0.5F);
        setTensor(*attributeFor(node, "value").mutable_tensor(), Tensor::fromFloats(weights.shape, values),
                  graphdef::DT_FLOAT);
    }
}

} // namespace halftone::tensorflow_format
