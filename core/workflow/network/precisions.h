// SPDX-License-Identifier: GPL-3.0-or-later
// Which precisions a job runs its network in.
#pragma once

#include "core/engine/plan/plan.h"
#include "core/formats/model_source.h"

#include <string>
#include <vector>

namespace halftone {

/// fp32 and int8 first, whose ratio is the verdict, then the others in the order asked for. Throws Error{Usage} naming
/// what one of them needs and the instruction set (MachineInfo::isa) has not.
std::vector<Precision> precisionsToRun(const std::vector<Precision>& requested, const std::string& isa);

/// What a profile adds when nothing was requested: simulated int8 for a file whose own operators simulate it.
std::vector<Precision> usualPrecisions(const ModelFacts& file);

/// It computes the quantized network, so it needs ranges.
bool isQuantized(Precision precision);

} // namespace halftone
