// The answer in one sentence.
#pragma once

#include "core/report/report.h"

namespace halftone {

/// From runs and accuracy of the report. Faster or slower is said only where the int8 run's speed-up is significant
/// (profile/comparison.h). Empty without a speed-up.
Verdict judge(const Report& report);

} // namespace halftone
