// SPDX-License-Identifier: GPL-3.0-or-later
// What a model would do on lesser CPUs: the same job in processes of their own, each with the instruction set capped.
// oneDNN reads the cap once, at its first use, so one process can only ever see one.
#pragma once

#include "core/base/job.h"
#include "core/report/report.h"
#include "core/request/job_request.h"

#include <functional>
#include <string>
#include <vector>

namespace halftone {

struct IsaRequest {
    JobRequest job; // timeBudgetS is that of each instruction set
    /// Command line of a program that calls measureOwnIsa() with the same request, tells its course on standard output
    /// (core/report/progress.h) and writes the report to the path that is appended.
    std::vector<std::string> worker;
};

/// Every instruction set that oneDNN can be capped at and this CPU has, the least first: speed of fp32 and int8,
/// measured in turn with that of the other processes, accuracy, and whether the int8 sums leave 16 bits. Without VNNI
/// int8 runs with full 8-bit weights and with limited ones, so that both can be compared. The report has no runs. An
/// instruction set that fails says why; throws what the first one said when all fail, and as profileModel.
Report compareIsas(const IsaRequest& request, Job& job);

/// What one process does of compareIsas(): the rows of its own instruction set, as a report that holds these and what
/// goes with them. `wait` tells the other side what was found (JobWaits) and returns the line that it answers. It is
/// called first with the name of the instruction set, where "check" asks this process to check the preprocessing for
/// all, then when all is prepared, and while measuring, so that the processes take turns. Throws as profileModel.
Report measureOwnIsa(const JobRequest& request, Job& job,
                     const std::function<std::string(const std::string& found)>& wait);

} // namespace halftone
