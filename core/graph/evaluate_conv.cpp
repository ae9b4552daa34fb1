// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/evaluate_rules.h"

#include <algorithm>

namespace halftone {

namespace {

/// Output positions [first, last) along one dimension whose window element `k` lies inside the input.
struct Span {
    int64_t first, last;
};

Span insideSpan(const SlidingWindow& w, size_t dim, int64_t k) {
    const auto ceilDiv = [](int64_t a, int64_t b) { return a <= 0 ? 0 : (a - 1) / b + 1; };
    const int64_t shift = w.padBegin[dim] - k * w.dilation[dim];
    const int64_t first = ceilDiv(shift, w.stride[dim]);
    const int64_t last = std::min(w.out[dim], ceilDiv(w.in[dim] + shift, w.stride[dim]));
    return {first, last};
}

/// Calls visit(position in the input, position in the output, weight) for all that the kernel connects in one channel.
template <class Visit> void forEachProduct(const SlidingWindow& w, const double* kernel, const Visit& visit) {
    const auto inputIndex = [&](size_t dim, int64_t out, int64_t k) {
        return out * w.stride[dim] - w.padBegin[dim] + k * w.dilation[dim];
    };
    for (int64_t kz = 0; kz < w.kernel[0]; ++kz)
        for (int64_t ky = 0; ky < w.kernel[1]; ++ky)
            for (int64_t kx = 0; kx < w.kernel[2]; ++kx) {
                const double weight = *kernel++;
                const Span zs = insideSpan(w, 0, kz), ys = insideSpan(w, 1, ky), xs = insideSpan(w, 2, kx);
                for (int64_t oz = zs.first; oz < zs.last; ++oz)
                    for (int64_t oy = ys.first; oy < ys.last; ++oy) {
                        const int64_t inputRow = (inputIndex(0, oz, kz) * w.in[1] + inputIndex(1, oy, ky)) * w.in[2];
                        const int64_t outputRow = (oz * w.out[1] + oy) * w.out[2];
                        for (int64_t ox = xs.first; ox < xs.last; ++ox)
                            visit(inputRow + inputIndex(2, ox, kx), outputRow + ox, weight);
                    }
            }
}

/// Adds one channel of the input, correlated with its kernel, to `sums` (one a position of the output).
void addChannel(const SlidingWindow& w, const double* x, const double* kernel, double* sums) {
    forEachProduct(w, kernel, [&](int64_t in, int64_t out, double weight) { sums[out] += weight * x[in]; });
}

/// The same the other way round: every position of `y`, the input of a convolution, gets what the sums would take.
void scatterChannel(const SlidingWindow& w, const double* sums, const double* kernel, double* y) {
    forEachProduct(w, kernel, [&](int64_t in, int64_t out, double weight) { y[in] += weight * sums[out]; });
}

} // namespace

Tensor evaluateOp(const ConvTranspose& op, const Inputs& inputs, const TensorType& result) {
    const Shape& shape = inputs[0]->shape;
    const Shape& weightShape = inputs[1]->shape;
    const std::vector<double> x = inputs[0]->toDoubles();
    const std::vector<double> weights = inputs[1]->toDoubles();
    const int64_t groupFilters = weightShape[1];
    const int64_t filters = groupFilters * op.groups;
    const int64_t groupChannels = shape[1] / op.groups;
    const std::vector<double> bias = biasOf(inputs, 2, filters);
    // Of the convolution whose gradient this is: its input is the result here.
    const SlidingWindow w =
        slidingWindow(result.shape, shape, std::span(weightShape).subspan(2), op.strides, op.dilations, op.pads);
    std::vector<double> y(static_cast<size_t>(elementCount(result.shape)));
    double* plane = y.data();
    for (int64_t n = 0; n < shape[0]; ++n)
        for (int64_t filter = 0; filter < filters; ++filter, plane += w.inSize()) {
            std::fill_n(plane, w.inSize(), bias[static_cast<size_t>(filter)]);
            const int64_t firstChannel = filter / groupFilters * groupChannels;
            for (int64_t c = firstChannel; c < firstChannel + groupChannels; ++c)
                scatterChannel(w, x.data() + (n * shape[1] + c) * w.outSize(),
                               weights.data() + (c * groupFilters + filter % groupFilters) * w.kernelSize(), plane);
        }
    applyPostOps(op.postOps, inputs, y);
    return tensorFromDoubles(result.type, result.shape, y);
}

Tensor evaluateOp(const Conv& op, const Inputs& inputs, const TensorType& result) {
    const Shape& shape = inputs[0]->shape;
    const Shape& weightShape = inputs[1]->shape;
    const std::vector<double> x = inputs[0]->toDoubles();
    const std::vector<double> weights = inputs[1]->toDoubles();
    const int64_t filters = weightShape[0];
    const int64_t groupChannels = weightShape[1];
    const int64_t groupFilters = filters / op.groups;
    const std::vector<double> bias = biasOf(inputs, 2, filters);
    const SlidingWindow w =
        slidingWindow(shape, result.shape, std::span(weightShape).subspan(2), op.strides, op.dilations, op.pads);

    std::vector<double> y(static_cast<size_t>(elementCount(result.shape)));
    double* sums = y.data();
    for (int64_t n = 0; n < shape[0]; ++n)
        for (int64_t filter = 0; filter < filters; ++filter, sums += w.outSize()) {
            std::fill_n(sums, w.outSize(), bias[static_cast<size_t>(filter)]);
            const int64_t firstChannel = filter / groupFilters * groupChannels;
            for (int64_t c = 0; c < groupChannels; ++c)
                addChannel(w, x.data() + (n * shape[1] + firstChannel + c) * w.inSize(),
                           weights.data() + (filter * groupChannels + c) * w.kernelSize(), sums);
        }
    applyPostOps(op.postOps, inputs, y);
    return tensorFromDoubles(result.type, result.shape, y);
}

} // namespace halftone
