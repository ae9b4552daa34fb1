// SPDX-License-Identifier: GPL-3.0-or-later
// How much of each calibration sample is counted: enough of all samples together, however many there are, so that
// watching the network takes no larger part of the time than it must. What matters for single samples, such as the ends
// of ranges, is taken of all values.
#pragma once

#include <algorithm>
#include <cstdint>

namespace halftone {

/// The samples that are counted at the full rate; the default of calibration.
constexpr int64_t kFullyCountedSamples = 100;

/// Values of each activation that a histogram counts, where the activation has twice as many: from there on up to twice
/// as many are.
constexpr int64_t valuesPerSample(int64_t samples) {
    return std::clamp<int64_t>(4096 * kFullyCountedSamples / std::max<int64_t>(samples, 1), 512, 4096);
}

/// Patches of a layer's input that corrections of biases and weights are made from.
constexpr int64_t patchesPerSample(int64_t samples) {
    constexpr int64_t kWanted = 8 * kFullyCountedSamples;
    return std::clamp<int64_t>((kWanted + samples - 1) / std::max<int64_t>(samples, 1), 1, 8);
}

} // namespace halftone
