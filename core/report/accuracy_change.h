// SPDX-License-Identifier: GPL-3.0-or-later
// Whether int8 gets more pictures wrong than fp32, or only others: one rule for the window and the command line.
#pragma once

#include "core/report/accuracy_report.h"

#include <string>

namespace halftone {

enum class AccuracyChange {
    Unknown, // no labels, or a report of before the test
    None,    // both are right and wrong on the same pictures
    Chance,  // so uneven a split comes by chance in one of 20 or more
    Worse,
    Better,
};

/// By isDecided() of certainty.h.
AccuracyChange accuracyChange(const Accuracy& accuracy);

/// "2 got worse, 1 got better of 200: chance", "29 got worse, 5 got better of 1000: more than chance", "none of 200 got
/// worse or better"; "" where it is not known.
std::string accuracyChangeWords(const Accuracy& accuracy);

/// "McNemar p = 0.73", "McNemar p < 0.001": how often so uneven a split comes by chance, for tooltips; "" where it is
/// not known.
std::string accuracyChangeProof(const Accuracy& accuracy);

} // namespace halftone
