// SPDX-License-Identifier: GPL-3.0-or-later
// Which precisions a table of latencies has columns for.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace halftone {

/// Those that any row (SweepPoint, IsaRun) was measured in: fp32 and int8 always and first, so that the columns of two
/// reports agree.
template <class Row> std::vector<std::string> measuredPrecisions(const std::vector<Row>& rows) {
    std::vector<std::string> names{"fp32", "int8"};
    for (const Row& row : rows)
        for (const auto& [precision, latency] : row.latencyMs)
            if (std::ranges::find(names, precision) == names.end())
                names.push_back(precision);
    return names;
}

} // namespace halftone
