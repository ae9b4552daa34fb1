// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/merge.h"

#include "core/base/error.h"
#include "core/report/differences.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace halftone {

namespace {

bool belongs(const Diagnostic& diagnostic, const std::string& prefix) {
    return diagnostic.code.starts_with(prefix);
}

/// A section that is measured apart: that of `newer` where it has one, with its diagnostics, else that of `older`.
template <class Section>
void join(Report& report, const Report& older, const Report& newer, std::optional<Section> Report::*section,
          const std::string& prefix) {
    const Report& source = newer.*section ? newer : older;
    report.*section = source.*section;
    std::erase_if(report.diagnostics, [&](const Diagnostic& each) { return belongs(each, prefix); });
    std::ranges::copy_if(source.diagnostics, std::back_inserter(report.diagnostics),
                         [&](const Diagnostic& each) { return belongs(each, prefix); });
    if (report.*section && (report.*section)->conditions)
        (report.*section)->conditions->differences =
            report.runs.empty()
                ? std::vector<std::string>()
                : differences((report.*section)->conditions->options, report.options, prefix == "sweep-");
}

} // namespace

Report merged(const Report& older, const Report& newer) {
    if (older.model.sha256 != newer.model.sha256)
        throw Error(
            ErrorCode::BadInput,
            fmt::format("The report is of another model file than {}, so the two cannot be joined. Save the new "
                        "measurement as a report of its own.",
                        newer.model.name),
            newer.model.name);
    if (older.machine.cpu != newer.machine.cpu)
        throw Error(
            ErrorCode::BadInput,
            fmt::format("The report was made on another CPU ({}) than this measurement ({}), so the two cannot be "
                        "joined. Save the new measurement as a report of its own.",
                        older.machine.cpu, newer.machine.cpu),
            newer.model.name);
    // All that one run measures belongs together: its layers, limits, accuracy, errors and options are never mixed.
    Report report = newer.runs.empty() ? older : newer;
    join(report, older, newer, &Report::sweep, "sweep-");
    join(report, older, newer, &Report::isas, "isa-");
    join(report, older, newer, &Report::plan, "plan-");
    std::erase_if(report.diagnostics, [](const Diagnostic& each) { return belongs(each, kDisagreement); });
    std::ranges::copy(disagreements(report), std::back_inserter(report.diagnostics));
    return report;
}

} // namespace halftone
