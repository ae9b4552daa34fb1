#include "core/profile/comparison.h"

#include "core/profile/statistics.h"
#include "core/report/certainty.h"

namespace halftone {

Speedup compareRounds(std::span<const double> referenceMs, std::span<const double> ms, bool disturbed, uint64_t seed) {
    const double reference = median(referenceMs), other = median(ms);
    if (reference <= 0 || other <= 0)
        return {};
    Speedup speedup{reference / other, bootstrapRatio(referenceMs, ms, seed)};
    speedup.grade = gradeOf(speedup.factor, speedup.ci95, disturbed);
    return speedup;
}

} // namespace halftone
