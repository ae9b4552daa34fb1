// SPDX-License-Identifier: GPL-3.0-or-later
// The table of the layers: its columns and filters.
#pragma once

#include "ui/facts/layers.h"
#include "ui/models/chip.h"
#include "ui/models/table_model.h"

namespace halftone {

/// Times in the unit of the page; the units of MACs and bytes follow the largest value of `rows`.
std::vector<Column<LayerRow>> layerColumns(const std::vector<LayerRow>& rows, const std::string& precision = "int8",
                                           TimeUnit unit = TimeUnit::Ms);

/// Chips with counts; their keys are for layerMatches().
QList<Chip> layerChips(const std::vector<LayerRow>& rows, const std::string& precision = "int8");
bool layerMatches(const LayerRow& row, const QString& chip, const QString& text);

} // namespace halftone
