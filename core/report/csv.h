// SPDX-License-Identifier: GPL-3.0-or-later
// The report's tables as CSV (RFC 4180, UTF-8, comma, one header line), for spreadsheets.
#pragma once

#include "core/report/report.h"

#include <string>
#include <vector>

namespace halftone {

/// Text cells that a spreadsheet would run as a formula (= + - @, tab, CR at the start) get a leading
/// apostrophe. Missing values are empty cells. Times in ms, shares 0 to 1.
std::string layersCsv(const Report& report);
std::string tensorsCsv(const Report& report);
std::string conversionsCsv(const Report& report);
/// One row a run: whole = steps + waiting + between steps; where it is not known how much was waiting, that is empty
/// and all that is in no step stands between them.
std::string runsCsv(const Report& report);
/// All steps of all runs, shares of the whole latency; operations as Step::operations counts them.
std::string stepsCsv(const Report& report);
/// One row a setting. Samples/s are batch / median.
std::string sweepCsv(const Sweep& sweep);
/// One row an instruction set and number of weight bits.
std::string isasCsv(const IsaComparison& isas);
/// One row a layer: its error alone in int8, and with all layers before it in int8 too.
std::string errorsCsv(const ErrorAnalysis& errors);
/// One row a layer that can run in int8.
std::string planCsv(const MixedPlan& plan);
/// One row a point of the front, the layers that it keeps out in one cell, joined by spaces.
std::string planFrontCsv(const MixedPlan& plan);

/// A figure a row, of each precision: shares from 0 to 1, with their intervals.
std::string accuracyCsv(const Accuracy& accuracy);

/// One row a sample: those with another top-1, then those that moved most. `fp32 top` and `int8 top` list the five
/// largest outputs as class:value; the pictures are left out.
std::string changedCsv(const Accuracy& accuracy);

/// The tables that saveCsv writes: runs.csv, layers.csv, tensors.csv, conversions.csv and steps.csv, and sweep.csv,
/// isas.csv, errors.csv, plan.csv, plan-front.csv, accuracy.csv and changed.csv where the report has them.
std::vector<std::string> csvFiles(const Report& report);

/// Writes csvFiles() below `folder` (created when missing), each atomically.
void saveCsv(const Report& report, const std::string& folder);

} // namespace halftone
