// SPDX-License-Identifier: GPL-3.0-or-later
// The part of every report that does not come from a measurement.
#pragma once

#include "core/engine/machine/machine.h"
#include "core/formats/model_source.h"
#include "core/report/report.h"
#include "core/request/job_request.h"

namespace halftone {

/// Tool, command, time and machine. `threads` is what the runs use.
Report reportHead(const std::string& command, const MachineInfo& machine, int threads);

/// The options section. `calibrated`: number of samples that the ranges are found with. `file` tells which sizes were
/// chosen.
Options reportOptions(const JobRequest& request, const MachineInfo& machine, int threads, size_t calibrated,
                      const std::vector<Precision>& precisions, const BoundModel& file);

/// When and how a section of the report was measured: the report's own command, time, options and machine as they are
/// while it holds nothing else. Call it when all of them are known.
Conditions conditionsOf(const Report& report);

/// The larger one of two shares of which each may be unknown.
std::optional<double> larger(const std::optional<double>& a, const std::optional<double>& b);

} // namespace halftone
