// The part of every report that does not come from a measurement.
#pragma once

#include "core/engine/machine.h"
#include "core/report/report.h"

namespace halftone {

/// Tool, command, time and machine. `threads` is what the runs use.
Report reportHead(const std::string& command, const MachineInfo& machine, int threads);

} // namespace halftone
