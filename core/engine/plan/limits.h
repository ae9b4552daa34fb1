// SPDX-License-Identifier: GPL-3.0-or-later
// What cannot run on this machine whatever is chosen, found before the library is asked.
#pragma once

#include "core/graph/graph.h"

namespace halftone::engine {

/// Bytes of memory that this machine has.
int64_t physicalMemory();

/// Throws Error{Limit} for a tensor that is larger than the memory of this machine, fp32 values taking `elementBytes`
/// at least, and Error{Unsupported} for a window (Conv, ConvTranspose, Pool) over more elements of a sample than
/// the library's kernels count. Both name the layer and both numbers.
void refuseExtremes(const Graph& graph, int64_t elementBytes);

} // namespace halftone::engine
