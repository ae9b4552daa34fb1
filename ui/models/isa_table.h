// SPDX-License-Identifier: GPL-3.0-or-later
// The table of the compared instruction sets: its columns.
#pragma once

#include "ui/facts/isas.h"
#include "ui/models/table_model.h"

namespace halftone {

/// A time for each precision that any run has, fp32 and int8 always; all in the unit that the largest asks for.
std::vector<Column<IsaRow>> isaColumns(const IsaComparison& isas);

} // namespace halftone
