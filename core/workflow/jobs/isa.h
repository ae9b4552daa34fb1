// SPDX-License-Identifier: GPL-3.0-or-later
// What a model would do on lesser CPUs: the same job in processes of their own, each with the instruction set capped.
// oneDNN reads the cap once, at its first use, so one process can only ever see one.
#pragma once

#include "core/base/job.h"
#include "core/report/report.h"
#include "core/request/job_request.h"

#include <string>
#include <vector>

namespace halftone {

struct IsaRequest {
    JobRequest job; // timeBudgetS is that of each instruction set
    /// Command line of a program that calls serveIsaComparison() with the same request; the path that it shall write to
    /// is appended.
    std::vector<std::string> worker;
};

/// Every instruction set that oneDNN can be capped at and this CPU has, the least first: speed of fp32 and int8,
/// measured in turn with that of the other processes, accuracy, and whether the int8 sums leave 16 bits. Without VNNI
/// int8 runs with full 8-bit weights and with limited ones, so that both can be compared. The report has no runs. An
/// instruction set that fails says why; throws what the first one said when all fail, and as profileModel.
Report compareIsas(const IsaRequest& request, Job& job);

/// The other side, in a process of its own: speaks with compareIsas over standard input and output, and writes a report
/// whose isas hold this process's rows. Ends quietly with false when the other side is gone or the work failed.
bool serveIsaComparison(const JobRequest& request, const std::string& resultPath);

} // namespace halftone
