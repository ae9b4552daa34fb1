// SPDX-License-Identifier: GPL-3.0-or-later
// Quantization by bits and zero points alone.
#pragma once

#include "core/request/quantization.h"

namespace halftone::test {

/// Weights of 7 or 8 bits; activations that are negative somewhere with a zero point or without.
inline QuantizeOptions gridOptions(int bits, bool asymmetric = true) {
    QuantizeOptions options;
    options.weightLimit = bits == 7 ? WeightLimit::SevenBits : WeightLimit::Full;
    options.scheme = asymmetric ? Scheme::Mixed : Scheme::Symmetric;
    return options;
}

} // namespace halftone::test
