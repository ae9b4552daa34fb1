// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/roofline.h"

#include "core/engine/machine/bandwidth.h"
#include "core/engine/machine/machine.h"
#include "core/engine/peaks.h"

#include <algorithm>
#include <map>

namespace halftone {

namespace {

void appendRates(Roofline& roofline, int threads, const Job& job, const std::function<void(double)>& progress) {
    useThreads(threads);
    for (const ArithmeticPeak& peak : measurePeaks(threads, job))
        roofline.peaks.push_back({peak.precision, threads, peak.gops, peak.kernel});
    progress(0.5);
    const std::vector<MemoryLevel> levels = memoryLevels(threads);
    const std::vector<ReadRate> rates = measureReadRates(levels, threads, job);
    for (size_t i = 0; i < levels.size(); ++i)
        roofline.bandwidths.push_back(
            {levels[i].name, threads, levels[i].capacityBytes, rates[i].workingSetBytes, rates[i].gbps});
    progress(1);
}

/// Of the fastest level from L2 on that holds so much; 0 when none was measured.
double bandwidthFor(const Roofline& roofline, int threads, int64_t bytes) {
    for (const Bandwidth& bandwidth : roofline.bandwidths)
        if (bandwidth.threads == threads && bandwidth.level != "L1" &&
            (bandwidth.capacityBytes == 0 || bytes <= bandwidth.capacityBytes))
            return bandwidth.gbps;
    return 0;
}

} // namespace

const Roofline& machineRoofline(int threads, const Job& job, const std::function<void(double)>& progress) {
    static std::map<int, Roofline> measured;
    const auto tell = [&](double done) {
        if (progress)
            progress(done);
    };
    if (const auto known = measured.find(threads); known != measured.end()) {
        tell(1);
        return known->second;
    }
    Roofline roofline;
    const double ofOne = threads != 1 ? 0.5 : 0;
    if (threads != 1)
        appendRates(roofline, 1, job, [&](double done) { tell(ofOne * done); });
    appendRates(roofline, threads, job, [&](double done) { tell(ofOne + (1 - ofOne) * done); });
    roofline.overheadMs = emptyStepMs(job);
    return measured.emplace(threads, std::move(roofline)).first->second;
}

const PeakRate* peakOf(const Roofline& roofline, const std::string& precision, int threads) {
    const auto found = std::ranges::find_if(
        roofline.peaks, [&](const PeakRate& peak) { return peak.precision == precision && peak.threads == threads; });
    return found == roofline.peaks.end() ? nullptr : &*found;
}

void applyRoofline(const Roofline& roofline, Run& run) {
    constexpr double perMs = 1e6; // operations or bytes in a ms, for a rate of 1e9 in a second
    const int64_t network = run.memory.weightsBytes + run.memory.arenaBytes;
    const double weightsRate = bandwidthFor(roofline, run.threads, network);
    for (Step& step : run.steps) {
        const double activationsRate = bandwidthFor(roofline, run.threads, step.bytes);
        const PeakRate* peak = step.macs > 0 ? peakOf(roofline, step.precision, run.threads) : nullptr;
        if (activationsRate <= 0 || weightsRate <= 0 || (step.macs > 0 && !peak))
            continue;
        const double weightsMs = static_cast<double>(step.weightsBytes) / (weightsRate * perMs);
        const double activationsMs = static_cast<double>(step.bytes - step.weightsBytes) / (activationsRate * perMs);
        const double computeMs = peak ? static_cast<double>(step.operations()) / (peak->gops * perMs) : 0;
        step.limitMs = roofline.overheadMs;
        step.bound = StepBound::Overhead;
        if (weightsMs + activationsMs > *step.limitMs) {
            step.limitMs = weightsMs + activationsMs;
            step.bound = StepBound::Memory;
        }
        if (computeMs > *step.limitMs) {
            step.limitMs = computeMs;
            step.bound = StepBound::Compute;
        }
    }
}

} // namespace halftone
