// Which precisions a job runs its network in.
#pragma once

#include "core/engine/plan.h"

#include <string>
#include <vector>

namespace halftone {

/// fp32 and int8 first, whose ratio is the verdict, then the others in the order asked for; without any asked for, those
/// that suit the instruction set (MachineInfo::isa). Throws Error{Usage} naming what an asked one needs and this CPU has.
std::vector<Precision> precisionsToRun(const std::vector<Precision>& requested, const std::string& isa);

/// It computes the quantized network, so it needs ranges.
bool isQuantized(Precision precision);

} // namespace halftone
