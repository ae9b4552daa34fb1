// SPDX-License-Identifier: GPL-3.0-or-later
// The main job: from a model file to the report.
#pragma once

#include "core/base/job.h"
#include "core/report/report.h"
#include "core/request/job_request.h"

#include <string>

namespace halftone {

/// Throws Error, or Cancelled when the job was cancelled.
Report profileModel(const JobRequest& request, Job& job);

/// A report with tool, machine and model alone: what the file is, before anything is measured. A model that was read
/// but cannot be run (unsupported operators, open sizes) is described too, without MACs; the reason is a
/// diagnostic.
Report inspectModel(const JobRequest& request, Job& job);

/// A report with tool, machine and its measured limits alone. Throws Error{Usage}, Cancelled.
Report describeMachine(int threads, const Job& job);

/// Name and version of this program, set once by the front end.
void setToolVersion(const std::string& version);

} // namespace halftone
