// SPDX-License-Identifier: GPL-3.0-or-later
// What another precision keeps of an output, in words: one rule for the verdict, the window and the exports.
#pragma once

#include "core/report/accuracy_report.h"

#include <string>
#include <vector>

namespace halftone {

/// "0.9958" of a cosine, "96.2 %" of a share, "0.0031 nats" of a divergence.
std::string figureOf(const Measure& measure);
/// "0.9951 to 0.9965"; "" where the interval is not known.
std::string intervalOf(const Measure& measure);
/// "cosine 0.9958, nearest neighbour kept for 96.2 %"; "" for none.
std::string measureWords(const std::vector<Measure>& measures);

} // namespace halftone
