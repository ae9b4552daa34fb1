// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/sweep_choice.h"

#include "core/report/compared.h"

#include <algorithm>

namespace halftone {

namespace {

double rate(const SweepPoint& point, double ms) {
    return ms > 0 ? 1000 * static_cast<double>(point.batch) / ms : 0;
}

} // namespace

double samplesPerSecond(const SweepPoint& point, const std::string& precision) {
    const auto latency = point.latencyMs.find(precision);
    return latency == point.latencyMs.end() ? 0 : rate(point, latency->second.median);
}

double leastSamplesPerSecond(const SweepPoint& point, const std::string& precision) {
    const auto latency = point.latencyMs.find(precision);
    if (latency == point.latencyMs.end())
        return 0;
    return rate(point, std::max(latency->second.median, latency->second.ci95.hi));
}

const SweepPoint* bestPoint(const Sweep& sweep, const std::string& precision) {
    const SweepPoint* best = nullptr;
    double most = 0;
    for (const SweepPoint& point : sweep.points)
        if (const double rate = leastSamplesPerSecond(point, precision); rate > most) {
            most = rate;
            best = &point;
        }
    return best;
}

const SweepPoint* bestSpeedup(const Sweep& sweep) {
    const SweepPoint* best = nullptr;
    for (const SweepPoint& point : sweep.points) {
        const GradedSpeedup speedup = gradedSpeedup(point);
        if (isFaster(speedup) && (!best || leastGain(speedup) > leastGain(gradedSpeedup(*best))))
            best = &point;
    }
    return best;
}

} // namespace halftone
