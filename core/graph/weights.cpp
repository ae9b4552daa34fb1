// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/weights.h"

#include "core/base/block_bytes.h"

#include <algorithm>

namespace halftone {

namespace {

/// Elements of one index of dimension `dimension` that lie together.
size_t runBehind(const Shape& shape, size_t dimension) {
    size_t run = 1;
    for (size_t i = dimension + 1; i < shape.size(); ++i)
        run *= static_cast<size_t>(shape[i]);
    return run;
}

} // namespace

Tensor outputsFirst(const Tensor& weights, int outputDimension) {
    if (outputDimension == 0)
        return weights;
    std::vector<float> store;
    const std::span<const float> from = weights.floats(store);
    const auto inputs = static_cast<size_t>(weights.shape[0]), outputs = static_cast<size_t>(weights.shape[1]);
    const size_t run = runBehind(weights.shape, 1);
    BlockBytes bytes(from.size_bytes());
    auto* to = reinterpret_cast<float*>(bytes.data());
#pragma omp parallel for
    for (size_t output = 0; output < outputs; ++output)
        for (size_t input = 0; input < inputs; ++input)
            std::copy_n(from.data() + (input * outputs + output) * run, run, to + (output * inputs + input) * run);
    Shape shape = weights.shape;
    std::swap(shape[0], shape[1]);
    return Tensor::fromBytes(ElementType::F32, std::move(shape), std::move(bytes));
}

void weightCodes(std::span<const float> weights, const Shape& shape, const QuantParams& grid, std::byte* codes) {
    const size_t run = runBehind(shape, static_cast<size_t>(grid.axis.value_or(0)));
    const size_t runs = run > 0 ? weights.size() / run : 0;
#pragma omp parallel for
    for (size_t i = 0; i < runs; ++i) {
        const size_t at = grid.axis ? i % grid.scales.size() : 0;
        quantize(weights.subspan(i * run, run), grid.scales[at], grid.zeroPoints[at], grid.storage, codes + i * run);
    }
}

} // namespace halftone
