// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/comparison.h"

#include "core/profile/statistics.h"
#include "core/report/certainty.h"

#include <algorithm>

namespace halftone {

Speedup compareRounds(std::span<const double> referenceMs, std::span<const double> ms, bool disturbed) {
    const double reference = median(referenceMs), other = median(ms);
    if (reference <= 0 || other <= 0)
        return {};
    Speedup speedup{reference / other, pairedRatioInterval(referenceMs, ms)};
    speedup.ci95 = {std::min(speedup.ci95.lo, speedup.factor), std::max(speedup.ci95.hi, speedup.factor)};
    speedup.grade = gradeOf(speedup.factor, speedup.ci95, disturbed);
    return speedup;
}

void StepSum::add(const StepSum& other) {
    ms += other.ms;
    ci95.lo += other.ci95.lo;
    ci95.hi += other.ci95.hi;
    roundMs.resize(std::max(roundMs.size(), other.roundMs.size()));
    for (size_t i = 0; i < other.roundMs.size(); ++i)
        roundMs[i] += other.roundMs[i];
}

Speedup compareSteps(const StepSum& reference, const StepSum& sum, bool disturbed) {
    if (reference.ms <= 0 || sum.ms <= 0 || reference.roundMs.empty() || sum.roundMs.empty())
        return {};
    const auto ci95 = [](const StepSum& of) {
        const Interval byOrder = orderInterval(of.roundMs);
        return Interval{std::min(of.ms, byOrder.lo), std::max(of.ms, byOrder.hi)};
    };
    Speedup speedup{reference.ms / sum.ms, ratioInterval(reference.ms, ci95(reference), sum.ms, ci95(sum))};
    speedup.grade = gradeOf(speedup.factor, speedup.ci95, disturbed);
    return speedup;
}

} // namespace halftone
