// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/noise.h"

#include "core/profile/statistics.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <fmt/format.h>
#include <unistd.h>

namespace halftone {

namespace {

constexpr double kSteal = 0.02, kOthers = 0.05, kFrequency = 0.05, kCv = 0.10, kTail = 1.25, kDrift = 1.05;
constexpr double kShortestS = 0.5;

Diagnostic unstable(const std::string& where, const std::string& message) {
    return {Severity::Warning, "unstable-timing", where, message};
}

/// Ticks between two readings, when there are enough of them to tell shares.
std::optional<CpuTicks> ticksBetween(const MachineReading& before, const MachineReading& after) {
    if (!before.ticks || !after.ticks)
        return std::nullopt;
    const CpuTicks between{after.ticks->steal - before.ticks->steal, after.ticks->idle - before.ticks->idle,
                           after.ticks->all - before.ticks->all};
    if (static_cast<double>(between.all) < kShortestS * static_cast<double>(sysconf(_SC_CLK_TCK)))
        return std::nullopt;
    return between;
}

/// Share of the CPU time that neither this process, nor other guests, nor nobody had.
double othersShare(const CpuTicks& ticks, double ownCpuS) {
    const double own = ownCpuS * static_cast<double>(sysconf(_SC_CLK_TCK));
    return (static_cast<double>(ticks.all - ticks.idle - ticks.steal) - own) / static_cast<double>(ticks.all);
}

} // namespace

MachineReading MachineReading::now() {
    MachineReading reading;
    reading.ticks = cpuTicks();
    timespec own{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
    reading.ownCpuS = static_cast<double>(own.tv_sec) + static_cast<double>(own.tv_nsec) / 1e9;
    reading.frequencyMhz = cpuFrequencyMhz();
    return reading;
}

void MachineReading::skip(const MachineReading& from, const MachineReading& to) {
    if (ticks && from.ticks && to.ticks) {
        ticks->steal += to.ticks->steal - from.ticks->steal;
        ticks->idle += to.ticks->idle - from.ticks->idle;
        ticks->all += to.ticks->all - from.ticks->all;
    }
    ownCpuS += to.ownCpuS - from.ownCpuS;
}

std::optional<double> stealBetween(const MachineReading& before, const MachineReading& after) {
    const auto ticks = ticksBetween(before, after);
    if (!ticks)
        return std::nullopt;
    return static_cast<double>(ticks->steal) / static_cast<double>(ticks->all);
}

std::optional<double> othersBetween(const MachineReading& before, const MachineReading& after) {
    const auto ticks = ticksBetween(before, after);
    if (!ticks)
        return std::nullopt;
    return std::max(0.0, othersShare(*ticks, after.ownCpuS - before.ownCpuS));
}

bool isDisturbed(const std::optional<double>& steal, const std::optional<double>& others) {
    return steal.value_or(0) >= kSteal || others.value_or(0) >= kOthers;
}

std::vector<Diagnostic> disturbances(const MachineReading& before, const MachineReading& after) {
    std::vector<Diagnostic> found;
    if (const double steal = stealBetween(before, after).value_or(0); steal >= kSteal)
        found.push_back(unstable("", fmt::format("Other guests of this machine took {:.1f} % of the CPU time while "
                                                 "it was measured. Measure again on a quiet machine.",
                                                 100 * steal)));
    if (const double others = othersBetween(before, after).value_or(0); others >= kOthers)
        found.push_back(unstable("", fmt::format("Other programs took {:.0f} % of the CPU time while it was "
                                                 "measured. Close them and measure again.",
                                                 100 * others)));
    if (before.frequencyMhz && after.frequencyMhz &&
        std::abs(*after.frequencyMhz - *before.frequencyMhz) > kFrequency * *before.frequencyMhz)
        found.push_back(unstable("", fmt::format("The CPU's frequency moved from {:.0f} to {:.0f} MHz while it was "
                                                 "measured. Fix the frequency or measure longer.",
                                                 *before.frequencyMhz, *after.frequencyMhz)));
    return found;
}

std::vector<Diagnostic> scatter(const std::string& precision, std::span<const double> roundMs) {
    std::vector<Diagnostic> found;
    const double middle = median(roundMs), cv = coefficientOfVariation(roundMs), p95 = percentile(roundMs, 0.95);
    if (cv >= kCv || p95 >= kTail * middle)
        found.push_back(
            unstable(precision, fmt::format("The {} rounds scatter: coefficient of variation {:.0f} %, 95th "
                                            "percentile {:.2f}x the median. Something else runs at times; "
                                            "close other programs or measure longer.",
                                            precision, 100 * cv, p95 / middle)));
    const size_t third = roundMs.size() / 3;
    const auto first = roundMs.first(third), last = roundMs.last(third);
    const double from = median(first), to = median(last);
    const Interval fromCi = bootstrapMedian(first, 1), toCi = bootstrapMedian(last, 1);
    const bool apart = fromCi.hi < toCi.lo || toCi.hi < fromCi.lo;
    if (third >= 3 && apart && std::max(from, to) >= kDrift * std::min(from, to))
        found.push_back(
            unstable(precision, fmt::format("The {} rounds drifted from {:.3g} to {:.3g} ms: the CPU changed "
                                            "its speed, or another program began or ended. Measure longer.",
                                            precision, from, to)));
    return found;
}

} // namespace halftone
