// SPDX-License-Identifier: GPL-3.0-or-later
// Resize, and codes that are explicit.
#include "core/graph/evaluate_rules.h"
#include "core/graph/resize.h"

#include <algorithm>
#include <cmath>

namespace halftone {

namespace {

/// One dimension resized. `outside`, of the same size as the result, marks what lies outside the input.
std::vector<double> resizedAlong(size_t dim, const ResizeTaps& taps, const std::vector<double>& x,
                                 const std::vector<bool>& outsideBefore, Shape& shape, std::vector<bool>& outside) {
    const std::span<const int64_t> dims(shape);
    const auto outer = static_cast<size_t>(elementCount(dims.first(dim)));
    const auto inner = static_cast<size_t>(elementCount(dims.subspan(dim + 1)));
    const auto in = static_cast<size_t>(dims[dim]);
    std::vector<double> y;
    y.reserve(outer * taps.size() * inner);
    outside.clear();
    for (size_t row = 0; row < outer; ++row)
        for (const std::vector<ResizeTap>& position : taps)
            for (size_t i = 0; i < inner; ++i) {
                double sum = 0;
                bool isOutside = position.empty();
                for (const ResizeTap& tap : position) {
                    const size_t from = (row * in + static_cast<size_t>(tap.index)) * inner + i;
                    sum += tap.weight * x[from];
                    isOutside = isOutside || outsideBefore[from];
                }
                y.push_back(sum);
                outside.push_back(isOutside);
            }
    shape[dim] = static_cast<int64_t>(taps.size());
    return y;
}

/// Of each element: its scale or zero point.
std::vector<double> perElement(const Tensor& parameter, const Shape& shape, int64_t axis) {
    Shape along(shape.size(), 1);
    if (parameter.elements() > 1)
        along[normalizedAxis(axis, shape.size())] = parameter.elements();
    return expanded({parameter.type, along, parameter.bytes}, shape).toDoubles();
}

std::vector<double> zeroPoints(const Inputs& inputs, const Shape& shape, int64_t axis) {
    if (inputs.size() > 2 && inputs[2])
        return perElement(*inputs[2], shape, axis);
    return std::vector<double>(static_cast<size_t>(elementCount(shape)), 0.0);
}

} // namespace

Tensor evaluateOp(const Resize& op, const Inputs& inputs, const TensorType& result) {
    Shape shape = inputs[0]->shape;
    std::vector<double> values = inputs[0]->toDoubles();
    std::vector<bool> outside(values.size(), false);
    for (size_t dim = 0; dim < shape.size(); ++dim) {
        const ResizeTaps taps = resizeTaps(op, dim, shape[dim], result.shape[dim]);
        if (keepsDimension(taps, shape[dim]))
            continue;
        const std::vector<bool> before = std::move(outside);
        values = resizedAlong(dim, taps, values, before, shape, outside);
    }
    for (size_t i = 0; i < values.size(); ++i)
        if (outside[i])
            values[i] = op.extrapolation;
    if (!isFloatType(result.type) && op.mode != ResizeMode::Nearest)
        for (double& value : values)
            value = std::nearbyint(value);
    return tensorFromDoubles(result.type, result.shape, values);
}

Tensor evaluateOp(const QuantizeLinear& op, const Inputs& inputs, const TensorType& result) {
    std::vector<double> values = inputs[0]->toDoubles();
    const std::vector<double> scales = perElement(*inputs[1], result.shape, op.axis);
    const std::vector<double> points = zeroPoints(inputs, result.shape, op.axis);
    for (size_t i = 0; i < values.size(); ++i) {
        // In fp32, as everybody computes codes: a quotient halfway between two of them must be so here too.
        const float quotient = static_cast<float>(values[i]) / static_cast<float>(scales[i]);
        values[i] = std::isnan(quotient) ? points[i] : std::nearbyint(static_cast<double>(quotient)) + points[i];
    }
    return tensorFromDoubles(result.type, result.shape, values); // saturates
}

Tensor evaluateOp(const DequantizeLinear& op, const Inputs& inputs, const TensorType& result) {
    std::vector<double> values = inputs[0]->toDoubles();
    const std::vector<double> scales = perElement(*inputs[1], result.shape, op.axis);
    const std::vector<double> points = zeroPoints(inputs, result.shape, op.axis);
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = (values[i] - points[i]) * scales[i];
    return tensorFromDoubles(result.type, result.shape, values);
}

} // namespace halftone
