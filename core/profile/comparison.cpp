#include "core/profile/comparison.h"

#include "core/profile/statistics.h"

#include <algorithm>

namespace halftone {

namespace {

/// What two launches of the same program differ by on a shared machine stays below this.
constexpr double kLeastDifference = 1.05;

} // namespace

Speedup compareRounds(std::span<const double> referenceMs, std::span<const double> ms, uint64_t seed) {
    const double reference = median(referenceMs), other = median(ms);
    if (reference <= 0 || other <= 0)
        return {};
    Speedup speedup{reference / other, bootstrapRatio(referenceMs, ms, seed)};
    const bool excludes1 = speedup.ci95.lo > 1 || speedup.ci95.hi < 1;
    speedup.significant = excludes1 && std::max(speedup.factor, 1 / speedup.factor) >= kLeastDifference;
    return speedup;
}

} // namespace halftone
