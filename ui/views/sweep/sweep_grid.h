// SPDX-License-Identifier: GPL-3.0-or-later
// A sweep as the grid of a heat map.
#pragma once

#include "ui/facts/sweep.h"
#include "ui/plots/heat_map.h"

namespace halftone {

/// Rows are threads, columns batches. Speed-ups are shaded by what is gained or lost at least, so that the best cell is
/// the one with the best lower bound; what is not decided is grey. Latency and throughput are shaded on a logarithmic
/// scale, which the scale's ends name. `unit` is that of the page.
HeatGrid heatGrid(const SweepTable& table, const SweepMeasure& measure, TimeUnit unit);

} // namespace halftone
