// SPDX-License-Identifier: GPL-3.0-or-later
// A sweep by batch and threads: what can be shown of it, and what is said about one setting.
#pragma once

#include "core/report/report.h"
#include "ui/format.h"

#include <optional>
#include <string>
#include <vector>

namespace halftone {

/// What the cells show.
struct SweepMeasure {
    enum class Kind { Speedup, Latency, Throughput };
    Kind kind = Kind::Speedup;
    std::string precision; // of latency and throughput
    bool operator==(const SweepMeasure&) const = default;
};

/// Speed-up, then latency and throughput of each precision that the sweep holds.
std::vector<SweepMeasure> sweepMeasures(const Sweep& sweep);
QString measureName(const SweepMeasure& measure); // "Speed-up", "fp32 latency"

/// Above zero, or nothing where it was not measured. Of a speed-up what is gained or lost at least, latency in ms,
/// throughput in samples a second.
std::optional<double> valueOf(const SweepPoint& point, const SweepMeasure& measure);

/// Threads and batches that occur, ascending; a setting that was not measured is null.
class SweepTable {
public:
    /// Points into `sweep`, which must outlive it.
    explicit SweepTable(const Sweep& sweep);

    const std::vector<int>& threads() const { return m_threads; }
    const std::vector<int64_t>& batches() const { return m_batches; }
    const SweepPoint* at(size_t thread, size_t batch) const { return m_points[thread * m_batches.size() + batch]; }
    const Sweep& sweep() const { return *m_sweep; }
    /// Row by row.
    const SweepPoint* at(size_t cell) const { return m_points[cell]; }

private:
    const Sweep* m_sweep;
    std::vector<int> m_threads;
    std::vector<int64_t> m_batches;
    std::vector<const SweepPoint*> m_points;
};

QString threadsText(int threads); // "1 thread"
/// Samples in a second at this latency of a batch.
double throughput(int64_t batch, double ms);
/// All that was measured of one setting, with intervals; lines of plain text. Why there are no figures where it failed.
QString pointText(const SweepPoint& point, TimeUnit unit);
/// "Best: batch 16 with 2 threads, int8 is 3.12× faster than fp32, at least 3.05×."; says so where it is nowhere
/// decided to be faster.
QString bestText(const Sweep& sweep);
/// "1 of 20 settings failed: batch 64 with 8 threads: There is not enough memory."; "" when none did.
QString failuresText(const Sweep& sweep);

} // namespace halftone
