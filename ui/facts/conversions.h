// SPDX-License-Identifier: GPL-3.0-or-later
// The conversions of a report as rows, and their sums.
#pragma once

#include "core/report/report.h"
#include "ui/format.h"

#include <optional>
#include <string>
#include <vector>

namespace halftone {

/// Points into a report, which must outlive it.
struct ConversionRow {
    const Conversion* conversion = nullptr;
    bool ofInput = false; // the converted tensor is an input of the network
};

std::vector<ConversionRow> conversionRows(const Report& report);

/// Of a constant, when the model is compiled; else in every inference.
bool isOnce(const Conversion& conversion);

/// "type", "layout", "type and layout"; "compute" and "copy" are no conversions.
QString conversionKindText(StepKind kind);
/// "every inference", "once".
QString whenText(When when);
/// "conv1 → pool1"; the borders of the network are called input, output and constant.
QString edgeText(const ConversionRow& row);

/// Sum and share of one run's conversions.
struct ConversionSum {
    std::string run;
    int everyInference = 0, once = 0;
    int64_t bytes = 0;           // moved in every inference
    std::optional<double> ms;    // of one inference; missing when one of them has no time
    std::optional<double> share; // of the run's median latency, 0 to 1
};
/// One per run of the report, runs without conversions included.
std::vector<ConversionSum> conversionSums(const Report& report);
/// The unit of a page of conversions: that of the largest sum.
TimeUnit conversionUnit(const std::vector<ConversionSum>& sums);
/// "int8: 4 conversions in every inference, 31.2 µs, 6.2 % of the whole latency, 1.2 MB moved; 12 more once at the
/// start"
QString conversionSumText(const ConversionSum& sum, TimeUnit unit);

} // namespace halftone
