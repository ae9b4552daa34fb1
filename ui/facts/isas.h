// SPDX-License-Identifier: GPL-3.0-or-later
// The runs of a comparison of instruction sets as rows, and what is to be said about them.
#pragma once

#include "core/report/report.h"

#include <QStringList>

#include <string>
#include <vector>

namespace halftone {

/// Points into a report, which must outlive it.
struct IsaRow {
    const IsaRun* run = nullptr;
};

std::vector<IsaRow> isaRows(const IsaComparison& isas);

// Null where it was not measured.
const Latency* latencyOf(const IsaRun& run, const std::string& precision);
const double* top1Of(const IsaRun& run, const std::string& precision);

/// How its weights were limited: "full", "pairs", "7-bit".
QString weightsText(const IsaRun& run);

/// "AVX2, weights limited in pairs"; the limit only where the comparison has runs with others.
QString isaName(const IsaRun& run, const IsaComparison& isas);

/// One sentence or two for each run that saturated, with the remedy and what it brought where it was run too, and for
/// each that failed or is not measurably faster in int8.
QStringList isaRemarks(const IsaComparison& isas);

} // namespace halftone
