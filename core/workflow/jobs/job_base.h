// SPDX-License-Identifier: GPL-3.0-or-later
// What every measuring job begins with, and the report that it fills.
#pragma once

#include "core/base/job.h"
#include "core/engine/machine/machine.h"
#include "core/report/report.h"
#include "core/request/job_request.h"
#include "core/workflow/jobs/job_input.h"
#include "core/workflow/network/load.h"
#include "core/workflow/tell/stages.h"

#include <memory>
#include <optional>
#include <vector>

namespace halftone {

/// Throws Error{Usage} naming the value that is out of range.
void checkRequest(const JobRequest& request);

/// The threads that a job runs on: those asked for, or one for each CPU.
int threadsOf(const JobRequest& request, const MachineInfo& machine);

class JobBase {
protected:
    /// `threads`: 0 for those of the request.
    JobBase(JobKind kind, const JobRequest& request, Job& job, int threads = 0);

    /// Into the report, and told at once.
    void diagnose(const Diagnostic& diagnostic);
    void diagnose(Severity severity, const std::string& code, const std::string& message) {
        diagnose({severity, code, "", message});
    }

    /// Opens the data and reads the model, whose open sizes the data may tell.
    void loadModelAndData();
    /// Takes the model that was read. What it says of itself is told.
    void take(LoadedModel model);
    /// Feeds the model from m_dataset, and describes it and the options. `precisions` are those of the runs.
    void openInput(const std::vector<Precision>& precisions);
    /// What the input tells once all samples were used.
    void diagnoseInput();

    const JobRequest& m_request;
    Job& m_job;
    MachineInfo m_machine;
    int m_threads;
    Report m_report;
    std::shared_ptr<const Dataset> m_dataset; // null for random input
    LoadedModel m_model;
    std::optional<JobInput> m_input;
};

} // namespace halftone
