// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/accuracy_change.h"

#include "core/report/certainty.h"

#include <fmt/format.h>

namespace halftone {

AccuracyChange accuracyChange(const Accuracy& accuracy) {
    if (!accuracy.mcnemar)
        return AccuracyChange::Unknown;
    const int64_t worse = accuracy.mcnemar->rightToWrong, better = accuracy.mcnemar->wrongToRight;
    if (worse == 0 && better == 0)
        return AccuracyChange::None;
    if (!isDecided(*accuracy.mcnemar) || worse == better)
        return AccuracyChange::Chance;
    return worse > better ? AccuracyChange::Worse : AccuracyChange::Better;
}

std::string accuracyChangeWords(const Accuracy& accuracy) {
    const AccuracyChange change = accuracyChange(accuracy);
    if (change == AccuracyChange::Unknown)
        return {};
    if (change == AccuracyChange::None)
        return fmt::format("none of {} got worse or better", accuracy.samples);
    return fmt::format("{} got worse, {} got better of {}: {}", accuracy.mcnemar->rightToWrong,
                       accuracy.mcnemar->wrongToRight, accuracy.samples,
                       change == AccuracyChange::Chance ? "chance" : "more than chance");
}

std::string accuracyChangeProof(const Accuracy& accuracy) {
    if (!accuracy.mcnemar)
        return {};
    const double p = accuracy.mcnemar->pValue;
    return p < 0.001 ? "McNemar p < 0.001" : fmt::format("McNemar p = {:.2g}", p);
}

} // namespace halftone
