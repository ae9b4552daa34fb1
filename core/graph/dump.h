// SPDX-License-Identifier: GPL-3.0-or-later
// The graph as text, one line a node, for tests of passes and for debugging.
#pragma once

#include "core/graph/graph.h"

#include <string>

namespace halftone {

/// "conv1 = Conv[s2,2 p3,3,3,3 d1,1 g1 +Relu](data:1x3x227x227, w:64x3x7x7*, b:64*) -> y:1x64x114x114 {conv1 bn1
/// relu1}" A constant is marked with *, a quantized value with its storage, e.g. y:u8:1x64x114x114.
std::string dump(const Graph& graph);
std::string dump(const Graph& graph, const Node& node);

} // namespace halftone
