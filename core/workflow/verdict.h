// The answer in one sentence.
#pragma once

#include "core/report/report.h"

namespace halftone {

/// From runs, accuracy and conversions of the report. `speedupCi95` is the interval of the interleaved rounds. Faster
/// or slower is said only when the intervals of both latencies do not overlap and the medians differ by 5 % or more.
Verdict judge(const Report& report, const Interval& speedupCi95);

} // namespace halftone
