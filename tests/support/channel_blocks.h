// SPDX-License-Identifier: GPL-3.0-or-later
// Tensors in the order of a layout with blocks of channels, as Activation says.
#pragma once

#include "core/graph/tensor.h"

#include <cstddef>
#include <vector>

namespace halftone::test {

/// Of a tensor [N, C, ...] in the order of its file; `block` divides C.
inline std::vector<float> inChannelBlocks(const Tensor& tensor, size_t block) {
    const std::vector<float> values = tensor.toFloats();
    const auto channels = static_cast<size_t>(tensor.shape[1]);
    const size_t places = values.size() / (static_cast<size_t>(tensor.shape[0]) * channels);
    std::vector<float> blocked(values.size());
    for (size_t i = 0; i < values.size(); ++i) {
        const size_t n = i / (channels * places), c = i / places % channels, p = i % places;
        blocked[(n * channels + c / block * block) * places + p * block + c % block] = values[i];
    }
    return blocked;
}

} // namespace halftone::test
