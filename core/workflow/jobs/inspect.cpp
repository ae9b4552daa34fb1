// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/request/command_line.h"
#include "core/workflow/describe/report_head.h"
#include "core/workflow/jobs/profile.h"
#include "core/workflow/network/load.h"

#include "core/base/error.h"

namespace halftone {

Report inspectModel(const JobRequest& request, Job& job) {
    if (request.modelPath.empty())
        throw Error(ErrorCode::Usage, "The MODEL is missing.");
    const MachineInfo machine = machineInfo();
    Report report = reportHead(commandLine(JobKind::Inspect, request), machine, machine.cores);
    const std::unique_ptr<ModelSource> source = openModel(request.modelPath);
    const Sizes sizes = sizesOf(source->facts(), request.sizes, 1);
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
