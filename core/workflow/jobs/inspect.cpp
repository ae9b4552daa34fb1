// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/describe/report_head.h"
#include "core/workflow/jobs/profile.h"
#include "core/workflow/network/load.h"

#include "core/base/error.h"

namespace halftone {

Report inspectModel(const std::string& path, const GivenSizes& given, const std::string& command, Job& job) {
    const MachineInfo machine = machineInfo();
    Report report = reportHead(command, machine, machine.cores);
    const std::unique_ptr<ModelSource> source = openModel(path);
    const Sizes sizes = sizesOf(source->facts(), given, 1);
    report.model = describeFile(source->facts());
    report.diagnostics = source->facts().diagnostics;
    try {
        BoundModel bound = source->bind(sizes);
        report.model = describeFile(bound);
        report.diagnostics = bound.diagnostics;
        report.model = describeModel(prepareModel(std::move(bound), job));
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Unsupported && error.code() != ErrorCode::BadInput)
            throw;
        report.diagnostics.push_back({Severity::Warning, name(error.code()), error.where(), error.message()});
    }
    return report;
}

} // namespace halftone
