// SPDX-License-Identifier: GPL-3.0-or-later
// What rounding to a grid and clipping to its ends does to a distribution.
#pragma once

#include "core/graph/quant_params.h"
#include "core/quantize/range_histogram.h"

#include <vector>

namespace halftone {

/// Prepared once per histogram, then cheap for any number of grids. Keeps nothing of the histogram.
class HistogramNoise {
public:
    explicit HistogramNoise(const RangeHistogram& histogram);

    /// Sum of (x - q(x))^2 over all values: exact for those at the ends and for others that are evenly spread inside
    /// each bin, cut to the observed ends; exact zeros have no error. `grid` is per tensor.
    double operator()(const QuantParams& grid) const;

private:
    // The density, a step function, by its jumps: the integral over it is then one term for each jump.
    std::vector<double> m_position, m_jump;
    std::vector<RangeHistogram::Atom> m_points; // single values, not zero
};

} // namespace halftone
