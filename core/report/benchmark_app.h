// SPDX-License-Identifier: GPL-3.0-or-later
// A run as OpenVINO's benchmark_app would have written it, so that both can be compared by the same tools.
#pragma once

#include "core/report/report.h"

#include <array>
#include <string>
#include <string_view>

namespace halftone {

enum class BenchmarkAppFormat {
    AverageCounters,      // benchmark_average_counters_report.csv
    DetailedCounters,     // benchmark_detailed_counters_report.csv
    AverageCountersJson,  // benchmark_average_counters_report.json
    DetailedCountersJson, // benchmark_detailed_counters_report.json
    Summary,              // benchmark_report.csv
    SummaryJson           // benchmark_report.json
};

struct NamedBenchmarkAppFormat {
    BenchmarkAppFormat value;
    std::string_view name; // as on the command line
};
inline constexpr std::array kBenchmarkAppFormats{
    NamedBenchmarkAppFormat{BenchmarkAppFormat::AverageCounters, "openvino-average"},
    NamedBenchmarkAppFormat{BenchmarkAppFormat::DetailedCounters, "openvino-detailed"},
    NamedBenchmarkAppFormat{BenchmarkAppFormat::AverageCountersJson, "openvino-json"},
    NamedBenchmarkAppFormat{BenchmarkAppFormat::DetailedCountersJson, "openvino-detailed-json"},
    NamedBenchmarkAppFormat{BenchmarkAppFormat::Summary, "openvino-summary"},
    NamedBenchmarkAppFormat{BenchmarkAppFormat::SummaryJson, "openvino-summary-json"}};

/// The layers of `run`, which is one of the report's: a row for each step that ran (a layer, or a conversion as
/// Reorder) with its median in ms as both real and CPU time, and behind it, as NOT_RUN, the layers that it computes as
/// well; last, as OPTIMIZED_OUT, those that nothing needs. execType is the kernel with _I8, _FP32, _BF16 or _FP16
/// behind it. The summaries tell how the run was made and its latencies: what was given as options of benchmark_app's
/// own names, and the throughput as it computes that for its synchronous mode, from the median. A report has one table
/// of medians, so average and detailed counters tell the same.
std::string benchmarkAppText(const Report& report, const Run& run, BenchmarkAppFormat format);

} // namespace halftone
