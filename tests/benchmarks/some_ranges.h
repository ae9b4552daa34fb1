// SPDX-License-Identifier: GPL-3.0-or-later
// Ranges for networks that are measured for time alone.
#pragma once

#include "core/quantize/calibration.h"

namespace halftone {

/// Ranges as calibration would find them, without running the network: every activation in -4 to 4.
inline Calibration someRanges(const Graph& graph) {
    Calibration calibration(graph);
    const std::vector<float> ends{-4, 4};
    for (ValueId value = 0; value < static_cast<ValueId>(graph.values().size()); ++value)
        if (!graph.isConstant(value))
            calibration.observe(value, ends);
    calibration.endBatch();
    return calibration;
}

} // namespace halftone
