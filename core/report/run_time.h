// SPDX-License-Identifier: GPL-3.0-or-later
// Where the time of a run went, as far as no step tells, and what its shares are of.
#pragma once

#include "core/report/report.h"

#include <optional>
#include <string>

namespace halftone {

/// Of unexplainedMs what is not waiting for a CPU. stepsMs, waitingMs and this add up to the whole latency; below zero
/// it is noise of the measurement.
double betweenStepsMs(const Run& run);

/// The one base of all shares: the whole latency of the run. Absent where that is not known.
std::optional<double> shareOfWhole(const Run& run, double ms);

/// Whether it is known how much of unexplainedMs was waiting: not where the system does not tell, and not in reports of
/// earlier versions.
bool knowsWaiting(const Run& run);

/// What proves the waiting: "its threads together waited as long as 12.0 % of an inference, within steps too; other
/// programs took 44.0 % of the CPUs; other guests took 3.0 % of them; load 2.1 before". What is not known is left out.
std::string waitingProof(const Machine& machine, const Run& run);

} // namespace halftone
