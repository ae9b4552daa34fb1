#include "core/report/merge.h"

#include "core/base/error.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace halftone {

namespace {

template <class Section>
void take(Report& report, const Report& addition, std::optional<Section> Report::*section, const std::string& prefix) {
    if (!(addition.*section))
        return;
    report.*section = addition.*section;
    const auto belongs = [&](const Diagnostic& diagnostic) { return diagnostic.code.starts_with(prefix); };
    std::erase_if(report.diagnostics, belongs);
    std::ranges::copy_if(addition.diagnostics, std::back_inserter(report.diagnostics), belongs);
}

} // namespace

Report merged(const Report& base, const Report& addition) {
    if (base.model.sha256 != addition.model.sha256)
        throw Error(
            ErrorCode::BadInput,
            fmt::format("The report is of another model file than {}, so the two cannot be joined. Save the new "
                        "measurement as a report of its own.",
                        addition.model.name),
            addition.model.name);
    if (base.machine.cpu != addition.machine.cpu)
        throw Error(
            ErrorCode::BadInput,
            fmt::format("The report was made on another CPU ({}) than this measurement ({}), so the two cannot be "
                        "joined. Save the new measurement as a report of its own.",
                        base.machine.cpu, addition.machine.cpu));
    Report report = base;
    take(report, addition, &Report::sweep, "sweep-");
    take(report, addition, &Report::isas, "isa-");
    take(report, addition, &Report::plan, "plan-");
    take(report, addition, &Report::roofline, "roofline-");
    return report;
}

} // namespace halftone
