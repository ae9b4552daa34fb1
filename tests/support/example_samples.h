// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures and outputs for the changed samples of an example report.
#pragma once

#include "core/report/accuracy_report.h"

namespace halftone {

/// Gives every changed sample its five largest outputs (logits of ten classes that fit its labels), all but the last
/// ones a picture, and adds 20 samples that moved most, and the names of the classes.
void addSampleDetails(Accuracy& accuracy);

} // namespace halftone
