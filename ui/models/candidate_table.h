// SPDX-License-Identifier: GPL-3.0-or-later
// The ways of choosing one tensor's range, as rows.
#pragma once

#include "core/report/report.h"
#include "ui/models/table_model.h"

namespace halftone {

/// Points into a report, which must outlive it.
struct CandidateRow {
    const RangeCandidate* candidate = nullptr;
    bool chosen = false;
};

std::vector<CandidateRow> candidateRows(const TensorRange& range);
std::vector<Column<CandidateRow>> candidateColumns();

} // namespace halftone
