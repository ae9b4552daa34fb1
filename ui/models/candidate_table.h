// SPDX-License-Identifier: GPL-3.0-or-later
// The table of the ways of choosing one tensor's range.
#pragma once

#include "ui/facts/tensors.h"
#include "ui/models/table_model.h"

namespace halftone {

std::vector<Column<CandidateRow>> candidateColumns();

} // namespace halftone
