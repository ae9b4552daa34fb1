// SPDX-License-Identifier: GPL-3.0-or-later
// Which setting of a sweep is the best one: one rule for the sentence, the window and the command line.
#pragma once

#include "core/report/report.h"

#include <string>

namespace halftone {

/// Samples a second at the median latency; 0 where the precision was not measured.
double samplesPerSecond(const SweepPoint& point, const std::string& precision);

/// The same at the far end of the latency's interval: what can be relied on.
double leastSamplesPerSecond(const SweepPoint& point, const std::string& precision);

/// The point with the largest lower bound of samples a second, or null where none has this precision.
const SweepPoint* bestPoint(const Sweep& sweep, const std::string& precision);

/// The point whose speed-up has the largest lower bound, of those where int8 is decided to be faster; null where there
/// is none.
const SweepPoint* bestSpeedup(const Sweep& sweep);

} // namespace halftone
