// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/graph/quant_params.h"

#include "core/base/error.h"
#include "core/base/vectors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace halftone {

namespace {

/// A scale of 0 would divide by zero; it happens for ranges near the smallest float.
float usableScale(double scale) {
    return static_cast<float>(std::max(scale, static_cast<double>(std::numeric_limits<float>::min())));
}

[[noreturn]] void refuseInfinite(std::span<const float> values) {
    const auto at = std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
    throw Error(ErrorCode::BadInput,
                fmt::format("Weight number {} is {}; weights must be finite. The file is damaged or its "
                            "training failed; export it again.",
                            at - values.begin(), *at));
}

} // namespace

int32_t lowestCode(ElementType storage) {
    return storage == ElementType::S8 ? -128 : 0;
}

int32_t highestCode(ElementType storage) {
    return storage == ElementType::S8 ? 127 : 255;
}

int32_t quantize(float x, float scale, int32_t zeroPoint, ElementType storage) {
    const float steps = std::nearbyint(x / scale);
    if (std::isnan(steps))
        return zeroPoint;
    return static_cast<int32_t>(std::clamp(static_cast<double>(steps) + zeroPoint,
                                           static_cast<double>(lowestCode(storage)),
                                           static_cast<double>(highestCode(storage))));
}

HALFTONE_VECTORS void quantize(std::span<const float> values, float scale, int32_t zeroPoint, ElementType storage,
                               std::byte* codes) {
    // Clamped first, so that adding 1.5 * 2^23 rounds half to even, many at once, on any CPU.
    const float lowest = static_cast<float>(lowestCode(storage) - zeroPoint);
    const float highest = static_cast<float>(highestCode(storage) - zeroPoint);
    constexpr float rounder = 0x1.8p23F;
    for (size_t i = 0; i < values.size(); ++i) {
        const float x = values[i] / scale;
        const float number = x == x ? x : 0.0F;
        const float aboveLowest = number > lowest ? number : lowest;
        const float steps = (aboveLowest < highest ? aboveLowest : highest) + rounder - rounder;
        codes[i] = static_cast<std::byte>(static_cast<int32_t>(steps) + zeroPoint);
    }
}

QuantParams activationParams(float lo, float hi, bool asymmetric) {
    if (!std::isfinite(lo) || !std::isfinite(hi) || lo > hi)
        throw Error(ErrorCode::BadInput,
                    fmt::format("The range from {} to {} cannot be quantized: both ends must be finite and in order. "
                                "Check the model for NaN and the data for wrong preprocessing.",
                                lo, hi));
    const double low = std::min(lo, 0.0F);
    const double high = std::max(hi, 0.0F);
    QuantParams params{ElementType::U8, {1.0F}, {0}, std::nullopt};
    if (low == 0 && high == 0)
        return params;
    if (low == 0) {
        params.scales = {usableScale(high / 255)};
    } else if (asymmetric) {
        // Zero gets a code of its own; of the two scales that keep one end of the range exact, the larger one
        // clips nothing.
        const double zeroCode = std::nearbyint(-low * 255 / (high - low));
        const double keepsHigh = zeroCode < 255 ? high / (255 - zeroCode) : 0;
        const double keepsLow = zeroCode > 0 ? -low / zeroCode : 0;
        params.scales = {usableScale(std::max(keepsHigh, keepsLow))};
        params.zeroPoints = {static_cast<int32_t>(zeroCode)};
    } else {
        params.storage = ElementType::S8;
        params.scales = {usableScale(std::max(-low, high) / 127)};
    }
    return params;
}

QuantParams weightParams(const Tensor& weights, std::optional<int> axis, int bits) {
    if ((axis && (*axis < 0 || static_cast<size_t>(*axis) >= weights.shape.size())) || bits < 2 || bits > 8)
        throw Error(ErrorCode::Internal,
                    fmt::format("Weights with {} dimensions were to be quantized to {} bits along axis {}. Please "
                                "report this.",
                                weights.shape.size(), bits, axis.value_or(-1)));
    std::vector<float> store;
    const std::span<const float> values = weights.floats(store);
    size_t channels = 1, inner = std::max<size_t>(values.size(), 1);
    if (axis) {
        channels = static_cast<size_t>(weights.shape[static_cast<size_t>(*axis)]);
        inner = 1;
        for (size_t i = static_cast<size_t>(*axis) + 1; i < weights.shape.size(); ++i)
            inner *= static_cast<size_t>(weights.shape[i]);
    }
    std::vector<float> largest(channels, 0.0F);
#pragma omp parallel for
    for (size_t channel = 0; channel < channels; ++channel) {
        // Without their sign, the bits of floats are in the order of their magnitudes, infinity and NaN above all
        // others; whole numbers can be compared many at once.
        int32_t bits = 0;
        for (size_t first = channel * inner; first < values.size(); first += channels * inner)
            for (const float value : values.subspan(first, inner))
                bits = std::max(bits, std::bit_cast<int32_t>(value) & 0x7FFFFFFF);
        largest[channel] = std::bit_cast<float>(bits);
    }
    if (!std::ranges::all_of(largest, [](float value) { return std::isfinite(value); }))
        refuseInfinite(values);
    QuantParams params{ElementType::S8, {}, std::vector<int32_t>(channels, 0), axis};
    const double highest = (1 << (bits - 1)) - 1;
    for (float channel : largest)
        params.scales.push_back(channel == 0 ? 1.0F : usableScale(channel / highest));
    return params;
}

namespace {

/// Calls visit(a, b) for all weights of one output channel that meet in one sum.
template <class T, class Visit>
void forEachPair(std::span<const T> row, size_t inputChannels, size_t stride, const Visit& visit) {
    for (size_t channel = 0; channel + 1 < inputChannels; channel += 2)
        for (size_t i = channel * stride; i < (channel + 1) * stride; ++i)
            visit(row[i], row[i + stride]);
}

/// The least scale at which `magnitude` has a smaller code than this one.
float scaleBelow(float magnitude, float code) {
    float scale = magnitude / (code - 0.5F);
    while (std::nearbyint(magnitude / scale) >= code) // halves round to even
        scale = std::nextafter(scale, std::numeric_limits<float>::max());
    return scale;
}

/// The least scale from `scale` on at which all pairs of an output channel fit. Of opposite signs a sum is never larger
/// than its larger part.
float pairScale(std::span<const float> row, size_t inputChannels, size_t stride, float scale) {
    float largest = 0;
    forEachPair(row, inputChannels, stride, [&](float a, float b) { largest = std::max(largest, std::abs(a + b)); });
    scale = std::max(scale, largest / kLargestPair);
    // Where both parts are rounded up, the sum of the codes may still be one too large: one of them has to give way. No
    // sum grows with the scale.
    const float nearLargest = (kLargestPair - 0.01F) * scale;
    forEachPair(row, inputChannels, stride, [&](float a, float b) {
        if (std::abs(a + b) < nearLargest)
            return;
        for (;;) {
            const float codeA = std::nearbyint(std::abs(a) / scale), codeB = std::nearbyint(std::abs(b) / scale);
            if (codeA + codeB <= kLargestPair || codeA == 0 || codeB == 0)
                return;
            scale = std::min(scaleBelow(std::abs(a), codeA), scaleBelow(std::abs(b), codeB));
        }
    });
    return scale;
}

size_t inputStrideOf(const Shape& weights) {
    size_t stride = 1;
    for (size_t i = 2; i < weights.size(); ++i)
        stride *= static_cast<size_t>(weights[i]);
    return stride;
}

} // namespace

QuantParams limitedToPairs(const Tensor& weights, QuantParams params) {
    std::vector<float> store;
    const std::span<const float> values = weights.floats(store);
    const auto outputs = static_cast<size_t>(weights.shape[0]), inputs = static_cast<size_t>(weights.shape[1]);
    const size_t stride = inputStrideOf(weights.shape), rowSize = inputs * stride;
#pragma omp parallel for if (params.axis)
    for (size_t output = 0; output < outputs; ++output) {
        float& scale = params.scales[params.axis ? output : 0];
        scale = pairScale(values.subspan(output * rowSize, rowSize), inputs, stride, scale);
    }
    return params;
}

bool pairsFit(std::span<const std::byte> codes, int64_t inputChannels, int64_t inputStride) {
    const auto inputs = static_cast<size_t>(inputChannels), stride = static_cast<size_t>(inputStride);
    bool fit = true;
    for (size_t first = 0; first < codes.size(); first += inputs * stride)
        forEachPair(codes.subspan(first, inputs * stride), inputs, stride, [&](std::byte a, std::byte b) {
            fit = fit && std::abs(static_cast<int8_t>(a) + static_cast<int8_t>(b)) <= kLargestPair;
        });
    return fit;
}

} // namespace halftone
