// SPDX-License-Identifier: GPL-3.0-or-later
// The quantized tensors of a report as rows, the ways of choosing one tensor's range, and what is said about them.
#pragma once

#include "core/report/report.h"

#include <QString>

#include <vector>

namespace halftone {

/// Points into a report, which must outlive it.
struct TensorRow {
    const TensorRange* range = nullptr;
    double largestScale() const;
};

std::vector<TensorRow> tensorRows(const Report& report);

/// Points into a report, which must outlive it.
struct CandidateRow {
    const RangeCandidate* candidate = nullptr;
    bool chosen = false;
};

std::vector<CandidateRow> candidateRows(const TensorRange& range);

/// "1.1 %, by up to 3.2 steps" of the values outside the clip range; "none". Reports of before do not tell the steps.
QString outsideText(double share, double bySteps);
/// "scale 0.023 1", or "64 scales, 0.000 12 to 0.003 4"; an en dash when there is none.
QString scalesText(const TensorRange& range);
/// "zero point 128", or "64 zero points, 0 to 12".
QString zeroPointsText(const TensorRange& range);

} // namespace halftone
