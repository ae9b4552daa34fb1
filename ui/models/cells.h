// SPDX-License-Identifier: GPL-3.0-or-later
// Cells and units that the tables share.
#pragma once

#include "core/report/compared.h"
#include "ui/models/table_model.h"

#include <string>

namespace halftone {

/// Cell with an en dash; `reason` says why there is no value.
Cell missingCell(const QString& reason);

/// A name or sentence from a report; an empty one is missing for `reason`.
Cell textCell(const std::string& text, const QString& reason);

/// What a column of speed-ups sorts and copies by: nothing where it is not decided, as the cell has words there.
std::optional<double> speedupValue(const GradedSpeedup& comparison);

/// One unit for a whole column: value / divisor is shown with three digits, `unit` stands in the header.
struct ColumnUnit {
    double divisor = 1;
    QString unit; // "kB", "M"; may be empty
};
ColumnUnit bytesUnit(int64_t largest); // B, kB, MB, GB
ColumnUnit countUnit(int64_t largest); // "", k, M, G

/// Where every word of `needle` occurs in `haystack`, letters without case; an empty needle matches all.
bool matchesWords(const QString& haystack, const QString& needle);

} // namespace halftone
