// SPDX-License-Identifier: GPL-3.0-or-later
// Invariants that every reader and every pass must keep.
#pragma once

#include "core/graph/graph.h"

namespace halftone {

/// Throws Error{Internal} naming `stage` and the broken rule: topological order, single producer, unique names,
/// operand counts, complete shapes that agree with inference, constants with as many bytes as their shape says,
/// quantization parameters that fit (scale finite and > 0, zero point within the type, per-axis length = dimension).
void validate(const Graph& graph, const std::string& stage);

} // namespace halftone
