// SPDX-License-Identifier: GPL-3.0-or-later
// Which layers of a model should stay out of int8.
#pragma once

#include "core/base/job.h"
#include "core/report/report.h"
#include "core/workflow/jobs/profile.h"

#include <map>
#include <optional>
#include <string>

namespace halftone {

struct PlanRequest {
    ProfileRequest profile; // timeBudgetS is that of everything
    /// Largest accuracy drop that a plan may have: points of top-1, of agreement with fp32 where there are no labels,
    /// or percent of the outputs' norm where they are no classes. Absent: 1 point, 10 % of the norm.
    std::optional<double> maxDrop;
    bool relative = false;            // maxDrop is a share of the fp32 top-1 in percent
    std::map<std::string, bool> pins; // by layer of the file: it has to be in int8, or must not be
};

/// Reads, calibrates and quantizes the model, then plans (core/workflow/planner/layer_planner.h). The report has no
/// runs: its plan holds the result. Calibrates with fewer pictures where the time would not allow for more. Without
/// pictures the network is fed random numbers, and only the distance of the outputs is known. Throws Error{Usage} for
/// values out of range and pins of layers that the model has not or that are not in int8 or out of it by themselves;
/// what reading and calibrating throw; Cancelled.
Report planModel(const PlanRequest& request, Job& job);

} // namespace halftone
