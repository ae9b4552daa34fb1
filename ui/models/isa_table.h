// SPDX-License-Identifier: GPL-3.0-or-later
// The runs of a comparison of instruction sets as rows, and what is to be said about them.
#pragma once

#include "core/report/report.h"
#include "ui/models/table_model.h"

#include <QStringList>

namespace halftone {

/// Points into a report, which must outlive it.
struct IsaRow {
    const IsaRun* run = nullptr;
};

std::vector<IsaRow> isaRows(const IsaComparison& isas);
/// A time for each precision that any run has, fp32 and int8 always; all in the unit that the largest asks for.
std::vector<Column<IsaRow>> isaColumns(const IsaComparison& isas);

/// "AVX2, weights limited in pairs"; the limit only where the comparison has runs with others.
QString isaName(const IsaRun& run, const IsaComparison& isas);

/// One sentence or two for each run that saturated, with the remedy and what it brought where it was run too, and for
/// each that failed or is not measurably faster in int8.
QStringList isaRemarks(const IsaComparison& isas);

} // namespace halftone
