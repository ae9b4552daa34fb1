// SPDX-License-Identifier: GPL-3.0-or-later
// The table of the conversions: its columns and filters.
#pragma once

#include "ui/facts/conversions.h"
#include "ui/models/chip.h"
#include "ui/models/table_model.h"

namespace halftone {

/// Times in the unit of the page; the unit of bytes follows the largest value of `rows`.
std::vector<Column<ConversionRow>> conversionColumns(const std::vector<ConversionRow>& rows,
                                                     TimeUnit unit = TimeUnit::Ms);
/// All, then the runs, kinds and times that occur.
QList<Chip> conversionChips(const std::vector<ConversionRow>& rows);
bool conversionMatches(const ConversionRow& row, const QString& chip, const QString& text);

} // namespace halftone
