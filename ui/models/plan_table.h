// SPDX-License-Identifier: GPL-3.0-or-later
// The table of a plan's layers: its columns and filters.
#pragma once

#include "ui/facts/plan.h"
#include "ui/models/chip.h"
#include "ui/models/table_model.h"

namespace halftone {

std::vector<Column<PlanRow>> planColumns(const MixedPlan& plan);
QList<Chip> planChips(const std::vector<PlanRow>& rows);
bool planMatches(const PlanRow& row, const QString& chip, const QString& text);

} // namespace halftone
