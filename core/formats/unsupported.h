// SPDX-License-Identifier: GPL-3.0-or-later
// Which operators of a model Halftone cannot run, in words.
#pragma once

#include "core/graph/graph.h"

#include <string>
#include <vector>

namespace halftone {

struct Unsupported {
    std::string reason;
    int layers = 0;
    std::string firstLayer;
};

/// Of the Opaque nodes, by reason in the order of the graph.
std::vector<Unsupported> unsupportedIn(const Graph& graph);

/// "NonMaxSuppression (layer nms), PriorBox (7 layers, first a)"; a long list is cut.
std::string listed(const std::vector<Unsupported>& found);

} // namespace halftone
