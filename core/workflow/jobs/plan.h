// SPDX-License-Identifier: GPL-3.0-or-later
// Which layers of a model should stay out of int8.
#pragma once

#include "core/base/job.h"
#include "core/report/report.h"
#include "core/request/job_request.h"

namespace halftone {

/// Reads, calibrates and quantizes the model, then plans (core/workflow/planner/layer_planner.h) within request.plan,
/// in request.timeBudgetS for everything. The report has no runs: its plan holds the result. Calibrates with fewer
/// pictures where the time would not allow for more. Without pictures the network is fed random numbers, and only the
/// distance of the outputs is known. Throws Error{Usage} for values out of range and pins of layers that the model has
/// not or that are not in int8 or out of it by themselves; what reading and calibrating throw; Cancelled.
Report planModel(const JobRequest& request, Job& job);

} // namespace halftone
