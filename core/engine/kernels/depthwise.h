// SPDX-License-Identifier: GPL-3.0-or-later
// Depthwise convolution of codes for CPUs with AVX2 and no VNNI. oneDNN's kernel there multiplies one pair of bytes
// where the instruction could do two, so it is slower than the fp32 one; ours lays the codes of neighbouring positions
// side by side as 16-bit numbers, once for all kernel rows that meet them, and multiplies two taps at a time.
#pragma once

#include "core/graph/quant_params.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace halftone::engine {

/// This CPU has the kernel, and needs it: AVX2 alone, with respect to ONEDNN_MAX_CPU_ISA.
bool hasDepthwise();

/// dst = rounded(clamp(scale * sum + bias)) with exact sums, channels last. Pairs are {rows, columns}.
struct Depthwise {
    int64_t batch = 1, channels = 1;
    std::array<int64_t, 2> in{}, out{}, kernel{}, strides{}, dilations{}, padBegin{};
    QuantParams src;
    std::vector<float> scales, bias; // of each channel; scales are those of the source times those of the weights
    float lowest = -std::numeric_limits<float>::infinity(), highest = std::numeric_limits<float>::infinity();
    std::optional<QuantParams> dst; // absent for floats
};

/// The sums of a kernel stay below 2^31, and a row of codes in the nearest caches.
bool suitsDepthwise(const Depthwise& params);

/// The weights as the kernel reads them. `weights` are [channels][rows][columns].
std::vector<int16_t> depthwiseWeights(const Depthwise& params, const int8_t* weights);

/// Bytes of scratch that each thread needs.
int64_t depthwiseScratch(const Depthwise& params);

/// Parallel over the OpenMP team, allocates nothing. `scratch` is depthwiseScratch() times the threads.
void depthwise(const Depthwise& params, const std::byte* src, const int16_t* weights, std::byte* scratch,
               std::byte* dst);

} // namespace halftone::engine
