// SPDX-License-Identifier: GPL-3.0-or-later
// One row of codes times a matrix of codes: a convolution over a single position, a fully connected layer of a single
// sample. What takes time there is reading the weights, and oneDNN's kernels for CPUs without VNNI, made for many rows,
// read them two to four times slower than memory and caches give them.
#pragma once

#include "core/graph/graph.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace halftone::engine {

/// This CPU has the kernel, and needs it: AVX2 without VNNI, with respect to ONEDNN_MAX_CPU_ISA. Pairs of products are
/// added in 16 bits as oneDNN's kernels do there (`graph/quant_params.h`).
bool hasRowProduct();

/// dst = rounded(postOps(scale * sum + bias)), with exact sums where the pairs of weights fit.
struct RowProduct {
    int64_t inputs = 0; // a multiple of 16
    int64_t outputs = 0;
    int32_t srcZeroPoint = 0;         // codes are u8
    std::vector<float> scales, bias;  // of each output; scales are those of the source times those of the weights
    std::vector<int32_t> weightSums;  // of each output, see rowWeightSums()
    PostOps postOps;                  // an AddInput adds what `dst` holds
    std::optional<QuantParams> added; // the grid of that, absent for floats
    std::optional<QuantParams> dst;   // absent for floats
};

/// `weights` are [outputs / 8][inputs / 4][8 outputs][4 inputs], padded with zeros to full eights: OIhw2i8o4i.
void rowProduct(const RowProduct& params, const std::byte* src, const std::byte* weights, std::byte* dst);

/// The sum of the weights of each output: what a zero point of the source is multiplied with.
std::vector<int32_t> rowWeightSums(int64_t inputs, int64_t outputs, const std::byte* weights);

} // namespace halftone::engine
