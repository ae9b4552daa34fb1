// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/clipped_counts.h"

#include "core/quantize/batch_rows.h"
#include "core/quantize/clip_range.h"

namespace halftone {

void ClippedCounts::observe(ValueId value, std::span<const float> elements, int64_t samples) {
    const std::optional<QuantParams>& grid = m_graph.value(value).quant;
    if (!grid || grid->axis || grid->atRunTime)
        return;
    elements = firstSamples(elements, batchOf(m_graph), static_cast<size_t>(samples));
    const ClipRange clip(*grid);
    const auto lo = static_cast<float>(clip.leastRounded()), hi = static_cast<float>(clip.mostRounded());
    int64_t clipped = 0;
#pragma omp parallel for simd reduction(+ : clipped) if (elements.size() > (1 << 16))
    for (size_t i = 0; i < elements.size(); ++i) // NOLINT(modernize-loop-convert): OpenMP counts
        clipped += !(elements[i] >= lo && elements[i] <= hi);
    Count& count = m_counts[value];
    count.all += static_cast<int64_t>(elements.size());
    count.clipped += clipped;
}

std::map<ValueId, double> ClippedCounts::shares() const {
    std::map<ValueId, double> shares;
    for (const auto& [value, count] : m_counts)
        shares.emplace(value, static_cast<double>(count.clipped) / static_cast<double>(count.all));
    return shares;
}

} // namespace halftone
