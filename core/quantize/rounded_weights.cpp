// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/rounded_weights.h"

#include <cstdint>

namespace halftone {

std::vector<float> roundedWeights(const Tensor& weights, const QuantParams& grid) {
    std::vector<float> values = weights.toFloats();
    const size_t perScale = values.size() / grid.scales.size();
    std::vector<std::byte> codes(perScale);
    for (size_t channel = 0; channel < grid.scales.size(); ++channel) {
        const std::span<float> some(values.data() + channel * perScale, perScale);
        quantize(some, grid.scales[channel], grid.zeroPoints[channel], grid.storage, codes.data());
        for (size_t i = 0; i < perScale; ++i) {
            const int32_t code =
                grid.storage == ElementType::S8 ? static_cast<int8_t>(codes[i]) : static_cast<uint8_t>(codes[i]);
            some[i] = dequantize(code, grid.scales[channel], grid.zeroPoints[channel]);
        }
    }
    return values;
}

} // namespace halftone
