// SPDX-License-Identifier: GPL-3.0-or-later
// The layers of a report as rows: one per node of the user's file, fp32 and another precision side by side; and what is
// said about them.
#pragma once

#include "core/report/compared.h"
#include "core/report/report.h"
#include "ui/format.h"

#include <optional>
#include <string>
#include <vector>

namespace halftone {

/// Points into a report, which must outlive it.
struct LayerRow {
    const Layer* layer = nullptr;
    const LayerRun* fp32 = nullptr; // null when the report has no such run
    const LayerRun* other = nullptr;
    bool inPrecision = false;            // the other run computes it in that run's own type
    GradedSpeedup comparison;            // fp32 time / other time of the layer's group, on one layer of the group
    int64_t rounds = 0;                  // that the times are of; 0: not known
    std::optional<double> otherShare;    // of the other run's whole latency, 0 to 1
    const std::string* reason = nullptr; // why it is not in the other precision; null: none is given

    /// The run whose grouping and status the table shows: the other one, or fp32 where there is none.
    const LayerRun* shown() const { return other ? other : fp32; }
};

// What became of the layer; `run` may be null.
bool isExecuted(const LayerRun* run);
bool isFused(const LayerRun* run);
bool isEliminated(const LayerRun* run);

/// The type that a run is meant to compute in: simulated int8 rounds to 8 bits and computes in fp32.
std::string arithmetic(const std::string& precision);

/// `precision` is the other one. Speed-ups of int8 are the report's; those of further precisions are computed like
/// them, from the sums of the group's times, with the interval that the intervals of both sums allow.
std::vector<LayerRow> layerRows(const Report& report, const std::string& precision = "int8");

/// For each row the row of the layer that it is fused into, else -1. Chains end at the layer that is
/// executed; names that do not exist and circles are taken as not fused.
std::vector<int> layerParents(const std::vector<LayerRow>& rows);

/// What stands below the table, how the wholes are made up: "sum of the steps 777 / 411 µs · whole 817 / 431 µs · in no
/// step 40.0 / 20.0 µs", fp32 first; "" without either run.
QString layerSums(const Report& report, const std::string& precision, TimeUnit unit);
/// What is in no step, divided into waiting for a CPU, with its proof, and what passes between the steps.
QString layerSumsTooltip(const Report& report, const std::string& precision, TimeUnit unit);

/// "Executed", "Fused into conv1", "Eliminated"; `run` may be null.
QString statusText(const LayerRun* run);

/// Why `run` (null: not in the report) has no time of its own; for tooltips.
QString noTimeReason(const LayerRun* run, const QString& precision);

} // namespace halftone
