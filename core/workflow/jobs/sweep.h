// SPDX-License-Identifier: GPL-3.0-or-later
// The same model at several batches and numbers of threads.
#pragma once

#include "core/base/job.h"
#include "core/report/report.h"
#include "core/workflow/jobs/profile.h"

#include <vector>

namespace halftone {

struct SweepRequest {
    ProfileRequest profile; // timeBudgetS is that of each setting; batch and threads give way to the lists
    std::vector<int64_t> batches{1, 2, 4, 8, 16, 32};
    std::vector<int> threads; // 0: one for each CPU; empty: 1, 2, 4 ... and all CPUs
};

/// Calibrates once at batch 1 and measures the precisions in turn at every setting. The report has no runs: its sweep
/// holds the settings by batch, then threads, each once. A setting that cannot be run says why in `failure`. Throws
/// Error{Usage} for lists out of range, Cancelled, what reading and calibrating throw, and the first failure where no
/// setting could be run.
Report sweepModel(const SweepRequest& request, Job& job);

} // namespace halftone
