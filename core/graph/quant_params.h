// SPDX-License-Identifier: GPL-3.0-or-later
// What it means that a tensor lives on an 8-bit grid, and the scalar maths of it.
#pragma once

#include "core/graph/tensor.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace halftone {

/// real = scale * (q - zeroPoint). One scale for the whole tensor, or one per index of dimension `axis`.
struct QuantParams {
    ElementType storage = ElementType::U8; // U8 or S8
    std::vector<float> scales;
    std::vector<int32_t> zeroPoints; // as many as scales
    std::optional<int> axis;         // absent: per tensor
    /// The range is that of the values at each inference, widened to hold 0; scale and zero point mean nothing then.
    bool atRunTime = false;
    bool operator==(const QuantParams&) const = default;

    /// u8 codes of a range that is found at run time, as ONNX's DynamicQuantizeLinear makes them.
    static QuantParams foundAtRunTime() { return {ElementType::U8, {1}, {128}, std::nullopt, true}; }

    float scale() const { return scales.front(); }
    int32_t zeroPoint() const { return zeroPoints.front(); }
};

/// Smallest and largest code of an 8-bit type.
int32_t lowestCode(ElementType storage);
int32_t highestCode(ElementType storage);

/// saturate(roundHalfToEven(x / scale) + zeroPoint): ONNX QuantizeLinear and oneDNN's reorder. NaN gives the
/// zero point.
int32_t quantize(float x, float scale, int32_t zeroPoint, ElementType storage);
/// The same for many values; `codes` takes as many bytes.
void quantize(std::span<const float> values, float scale, int32_t zeroPoint, ElementType storage, std::byte* codes);
inline float dequantize(int32_t q, float scale, int32_t zeroPoint) {
    return scale * static_cast<float>(q - zeroPoint);
}

/// Parameters of an activation with values in [lo, hi]. The range is widened to hold 0, so that padding is
/// exact. A range that is never negative gives u8 with zero point 0; otherwise u8 with a zero point when
/// `asymmetric`, else s8 symmetric. A range that is a single 0 gets scale 1. Throws Error{BadInput} for a
/// range that is not finite or reversed.
QuantParams activationParams(float lo, float hi, bool asymmetric);

/// Symmetric s8 parameters of weights, one scale per index of `axis`, or one for all without it:
/// scale = max|w| / (2^(bits-1) - 1). Channels that are all zero get scale 1. Throws Error{BadInput} for weights that
/// are not finite.
QuantParams weightParams(const Tensor& weights, std::optional<int> axis, int bits);

/// CPUs without VNNI multiply u8 by s8 codes with vpmaddubsw, which adds the products of two neighbours in 16 bits. The
/// neighbours are input channels 2i and 2i+1 of one output channel at one place of the kernel, because kernels keep
/// four input channels beside each other in their packed weights and in channels-last sources, padded with zeros to
/// full fours, each group of a convolution for itself. So a sum fits whatever the source holds when no two such codes
/// add up to more than 128 in magnitude: 255 * 128 = 32640. Codes of opposite signs always fit, and so do those of
/// convolutions with one input channel a group.
inline constexpr int kLargestPair = 128;

/// `params` with scales enlarged as little as is needed for every such pair of codes to fit. Weights are
/// [output channels, input channels (of a group), ...]; their scales stand along dimension 0, or are one for all.
QuantParams limitedToPairs(const Tensor& weights, QuantParams params);

/// Whether every pair of these s8 codes fits. `inputStride` is the product of the dimensions behind the input channels.
bool pairsFit(std::span<const std::byte> codes, int64_t inputChannels, int64_t inputStride);

} // namespace halftone
