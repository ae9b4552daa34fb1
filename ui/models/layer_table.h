// The layers of a report as rows: one per node of the user's file, fp32 and int8 side by side.
#pragma once

#include "core/report/report.h"
#include "ui/models/filter_bar.h"
#include "ui/models/table_model.h"

namespace halftone {

/// Points into a report, which must outlive it.
struct LayerRow {
    const Layer* layer = nullptr;
    const LayerRun* fp32 = nullptr; // null when the report has no such run
    const LayerRun* int8 = nullptr;
    std::optional<double> int8Share; // of the sum of the int8 run's steps, 0 to 1

    /// The run whose grouping and status the table shows: int8, or fp32 where there is no int8 run.
    const LayerRun* shown() const { return int8 ? int8 : fp32; }
};

std::vector<LayerRow> layerRows(const Report& report);

/// For each row the row of the layer that it is fused into, else -1. Chains end at the layer that is
/// executed; names that do not exist and circles are taken as not fused.
std::vector<int> layerParents(const std::vector<LayerRow>& rows);

/// The units of times, MACs and bytes follow the largest value of `rows`.
std::vector<Column<LayerRow>> layerColumns(const std::vector<LayerRow>& rows);

/// Chips with counts; their keys are for layerMatches().
QList<Chip> layerChips(const std::vector<LayerRow>& rows);
bool layerMatches(const LayerRow& row, const QString& chip, const QString& text);

/// "Executed", "Fused into conv1", "Eliminated"; `run` may be null.
QString statusText(const LayerRun* run);

/// Why `run` (null: not in the report) has no time of its own; for tooltips.
QString noTimeReason(const LayerRun* run, const QString& precision);

} // namespace halftone
