// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/load.h"
#include "core/workflow/profile.h"
#include "core/workflow/report_head.h"

#include "core/base/error.h"

namespace halftone {

Report inspectModel(const std::string& path, const InputShapes& inputShapes, const std::string& command, Job& job) {
    const MachineInfo machine = machineInfo();
    Report report = reportHead(command, machine, machine.cores);
    ModelFile file = readModel(path, {}, inputShapes);
    report.model = describeFile(file);
    report.diagnostics = file.diagnostics;
    try {
        report.model = describeModel(prepareModel(std::move(file), 1, job), 1);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Unsupported && error.code() != ErrorCode::BadInput)
            throw;
        report.diagnostics.push_back({Severity::Warning, name(error.code()), error.where(), error.message()});
    }
    return report;
}

} // namespace halftone
