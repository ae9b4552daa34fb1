// SPDX-License-Identifier: GPL-3.0-or-later
// The same model at several batches and numbers of threads.
#pragma once

#include "core/base/job.h"
#include "core/report/report.h"
#include "core/request/job_request.h"

namespace halftone {

/// Measures the settings of request.sweep, each for request.timeBudgetS; the batch and threads of the request do not
/// count. Calibrates once at batch 1 and measures the precisions in turn at every setting. The report has no runs: its
/// sweep holds the settings by batch, then threads, each once. A setting that cannot be run says why in `failure`.
/// Throws Error{Usage} for lists out of range, Cancelled, what reading and calibrating throw, and the first failure
/// where no setting could be run.
Report sweepModel(const JobRequest& request, Job& job);

} // namespace halftone
