// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/jobs/job_base.h"

#include "core/base/error.h"
#include "core/request/command_line.h"
#include "core/workflow/describe/report_head.h"
#include "core/workflow/samples/calibrate.h"

namespace halftone {

void checkRequest(const JobRequest& request) {
    const auto require = [](bool ok, const std::string& message) {
        if (!ok)
            throw Error(ErrorCode::Usage, message);
    };
    require(!request.modelPath.empty(), "The MODEL is missing.");
    checkSettings(request.threads, request.calibrationSamples, request.quantization);
    require(request.batch >= 1 && request.batch <= 4096, "The batch must be 1 to 4096.");
    require(request.timeBudgetS > 0 && request.timeBudgetS <= 3600,
            "The time budget must be above 0 and at most 3600 s.");
    require(request.maxSamples >= 0, "The number of samples must not be negative (0 takes all).");
}

int threadsOf(const JobRequest& request, const MachineInfo& machine) {
    return request.threads > 0 ? request.threads : machine.cores;
}

JobBase::JobBase(JobKind kind, const JobRequest& request, Job& job, int threads)
    : m_request(request), m_job(job), m_machine(machineInfo()),
      m_threads(threads > 0 ? threads : threadsOf(request, m_machine)),
      m_report(reportHead(commandLine(kind, request), m_machine, m_threads)) {}

void JobBase::diagnose(const Diagnostic& diagnostic) {
    m_report.diagnostics.push_back(diagnostic);
    m_job.listener().diagnostic(diagnostic);
}

void JobBase::loadModelAndData() {
    m_dataset = openData(m_request);
    take(loadModel(m_request.modelPath, m_request.sizes, m_request.batch, m_job, m_dataset.get()));
}

void JobBase::take(LoadedModel model) {
    m_model = std::move(model);
    m_report.model = describeModel(m_model);
    for (const Diagnostic& diagnostic : m_model.file.diagnostics)
        diagnose(diagnostic);
}

void JobBase::openInput(const std::vector<Precision>& precisions) {
    m_input.emplace(m_request, m_model, m_dataset);
    m_report.options =
        reportOptions(m_request, m_machine, m_threads, m_input->calibration().size(), precisions, m_model.file);
    m_report.data = m_input->describe();
}

void JobBase::diagnoseInput() {
    for (const Diagnostic& found : m_input->findings())
        diagnose(found);
}

} // namespace halftone
