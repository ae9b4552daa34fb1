// SPDX-License-Identifier: GPL-3.0-or-later
// The table of the quantized tensors: what was observed, what the quantizer clips to, and what that costs.
#pragma once

#include "ui/facts/tensors.h"
#include "ui/models/chip.h"
#include "ui/models/table_model.h"

namespace halftone {

std::vector<Column<TensorRow>> tensorColumns();
QList<Chip> tensorChips(const std::vector<TensorRow>& rows);
bool tensorMatches(const TensorRow& row, const QString& chip, const QString& text);

} // namespace halftone
