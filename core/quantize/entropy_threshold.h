// SPDX-License-Identifier: GPL-3.0-or-later
// The clip threshold of least information loss.
#pragma once

#include "core/quantize/range_histogram.h"

namespace halftone {

/// The magnitude beyond which to clip, by the least Kullback-Leibler divergence; see RangeMethod::Entropy at
/// searchRange. Exact zeros do not count. 0 without other values.
float entropyThreshold(const RangeHistogram& histogram);

} // namespace halftone
