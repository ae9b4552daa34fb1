// SPDX-License-Identifier: GPL-3.0-or-later
// The quantized tensors of a report as rows: what was observed, what the quantizer clips to, and what that
// costs.
#pragma once

#include "core/report/report.h"
#include "ui/models/chip.h"
#include "ui/models/table_model.h"

namespace halftone {

/// Points into a report, which must outlive it.
struct TensorRow {
    const TensorRange* range = nullptr;
    double largestScale() const;
};

std::vector<TensorRow> tensorRows(const Report& report);
std::vector<Column<TensorRow>> tensorColumns();
QList<Chip> tensorChips(const std::vector<TensorRow>& rows);
bool tensorMatches(const TensorRow& row, const QString& chip, const QString& text);

/// "1.1 %, by up to 3.2 steps" of the values outside the clip range; "none". Reports of before do not tell the steps.
QString outsideText(double share, double bySteps);
/// "scale 0.023 1", or "64 scales, 0.000 12 to 0.003 4"; an en dash when there is none.
QString scalesText(const TensorRange& range);
/// "zero point 128", or "64 zero points, 0 to 12".
QString zeroPointsText(const TensorRange& range);

} // namespace halftone
