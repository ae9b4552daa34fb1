// SPDX-License-Identifier: GPL-3.0-or-later
// The table of the errors of the layers: its columns and filters.
#pragma once

#include "ui/facts/errors.h"
#include "ui/models/chip.h"
#include "ui/models/table_model.h"

namespace halftone {

std::vector<Column<ErrorRow>> errorColumns();
QList<Chip> errorChips(const std::vector<ErrorRow>& rows);
bool errorMatches(const ErrorRow& row, const QString& chip, const QString& text);

} // namespace halftone
