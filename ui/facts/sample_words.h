// SPDX-License-Identifier: GPL-3.0-or-later
// What a sample of a report's data is called.
#pragma once

#include "core/report/report.h"

#include <QString>

namespace halftone {

/// "1,000 pictures", "500 texts", "1 recording", "8 samples".
QString countedSamples(int64_t count, SampleKind kind);
/// Of a report without data pictures where its network takes them, else samples.
SampleKind sampleKindOf(const Report& report);

/// What an output is compared as: "embedding", "boxes of a detector".
QString judgedText(OutputKind kind);
/// "Cosine", "Nearest neighbour kept".
QString measureText(MeasureKind kind);

} // namespace halftone
