// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/evaluate_rules.h"

#include <limits>

namespace halftone {

namespace {

/// What one window covers of the input.
struct Covered {
    double largest = 0, sum = 0;
    int64_t inside = 0; // elements of the input
    int64_t padded = 0; // the same and elements of the padding; what ceil mode adds beyond it does not count
};

Covered cover(const SlidingWindow& w, const double* x, const std::array<int64_t, 3>& out) {
    Covered covered;
    std::array<int64_t, 3> k{}, at{};
    for (k[0] = 0; k[0] < w.kernel[0]; ++k[0])
        for (k[1] = 0; k[1] < w.kernel[1]; ++k[1])
            for (k[2] = 0; k[2] < w.kernel[2]; ++k[2]) {
                bool inside = true, padded = true;
                for (size_t i = 0; i < 3; ++i) {
                    at[i] = out[i] * w.stride[i] - w.padBegin[i] + k[i] * w.dilation[i];
                    inside = inside && at[i] >= 0 && at[i] < w.in[i];
                    padded = padded && at[i] < w.in[i] + w.padEnd[i];
                }
                covered.padded += padded ? 1 : 0;
                if (!inside)
                    continue;
                const double value = x[(at[0] * w.in[1] + at[1]) * w.in[2] + at[2]];
                covered.largest = covered.inside == 0 || value > covered.largest ? value : covered.largest;
                covered.sum += value;
                ++covered.inside;
            }
    return covered;
}

double lowestOf(ElementType type) {
    switch (type) {
    case ElementType::F16: return -65504;
    case ElementType::BF16: return -0x1.FEp127;
    case ElementType::F64: return std::numeric_limits<double>::lowest();
    case ElementType::S8: return std::numeric_limits<int8_t>::lowest();
    case ElementType::U8: return 0;
    default: return std::numeric_limits<float>::lowest();
    }
}

/// A window wholly in the padding gives the lowest number as maximum and 0 as average, as ONNX Runtime has
/// it; ONNX leaves it open.
double pooled(PoolKind kind, const Covered& covered, ElementType type) {
    switch (kind) {
    case PoolKind::Max: return covered.inside > 0 ? covered.largest : lowestOf(type);
    case PoolKind::AverageIncludePad: return covered.padded > 0 ? covered.sum / static_cast<double>(covered.padded) : 0;
    case PoolKind::AverageExcludePad: return covered.inside > 0 ? covered.sum / static_cast<double>(covered.inside) : 0;
    }
    return 0;
}

} // namespace

Tensor evaluateOp(const Pool& op, const Inputs& inputs, const TensorType& result) {
    const Shape& shape = inputs[0]->shape;
    const std::vector<double> x = inputs[0]->toDoubles();
    const size_t spatial = shape.size() - 2;
    const std::vector<int64_t> ones(spatial, 1), zeros(2 * spatial, 0);
    const SlidingWindow w = op.global
                                ? slidingWindow(shape, result.shape, std::span(shape).subspan(2), ones, ones, zeros)
                                : slidingWindow(shape, result.shape, op.kernel, op.strides, op.dilations, op.pads);
    std::vector<double> y;
    const int64_t planes = shape[0] * shape[1];
    for (int64_t plane = 0; plane < planes; ++plane)
        for (int64_t oz = 0; oz < w.out[0]; ++oz)
            for (int64_t oy = 0; oy < w.out[1]; ++oy)
                for (int64_t ox = 0; ox < w.out[2]; ++ox)
                    y.push_back(pooled(op.kind, cover(w, x.data() + plane * w.inSize(), {oz, oy, ox}), result.type));
    return tensorFromDoubles(result.type, result.shape, y);
}

} // namespace halftone
