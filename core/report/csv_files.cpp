// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/report/csv.h"

#include <filesystem>
#include <fmt/format.h>
#include <functional>

namespace halftone {

namespace {

struct Table {
    std::string file;
    std::function<std::string()> text;
};

/// Those that the report has. Their texts refer to it.
std::vector<Table> tables(const Report& report) {
    std::vector<Table> result{{"runs.csv", [&] { return runsCsv(report); }},
                              {"layers.csv", [&] { return layersCsv(report); }},
                              {"tensors.csv", [&] { return tensorsCsv(report); }},
                              {"conversions.csv", [&] { return conversionsCsv(report); }},
                              {"steps.csv", [&] { return stepsCsv(report); }}};
    if (report.sweep)
        result.push_back({"sweep.csv", [&] { return sweepCsv(*report.sweep); }});
    if (report.isas)
        result.push_back({"isas.csv", [&] { return isasCsv(*report.isas); }});
    if (report.errors)
        result.push_back({"errors.csv", [&] { return errorsCsv(*report.errors); }});
    if (report.plan) {
        result.push_back({"plan.csv", [&] { return planCsv(*report.plan); }});
        result.push_back({"plan-front.csv", [&] { return planFrontCsv(*report.plan); }});
    }
    if (report.accuracy) {
        result.push_back({"accuracy.csv", [&] { return accuracyCsv(*report.accuracy); }});
        result.push_back({"changed.csv", [&] { return changedCsv(*report.accuracy); }});
    }
    return result;
}

} // namespace

std::vector<std::string> csvFiles(const Report& report) {
    std::vector<std::string> files;
    for (const Table& table : tables(report))
        files.push_back(table.file);
    return files;
}

void saveCsv(const Report& report, const std::string& folder) {
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure)
        throw Error(ErrorCode::Io,
                    fmt::format("{}: cannot create the folder: {}.", displayText(folder), failure.message()),
                    displayText(folder));
    for (const Table& table : tables(report))
        writeFileAtomically(std::filesystem::path(folder) / table.file, table.text());
}

} // namespace halftone
