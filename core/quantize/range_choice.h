// SPDX-License-Identifier: GPL-3.0-or-later
// Which grid every activation gets.
#pragma once

#include "core/graph/graph.h"
#include "core/quantize/calibration.h"
#include "core/request/quantization.h"

#include <map>
#include <set>

namespace halftone {

struct RangeChoice {
    RangeMethod method;                       // that was taken
    std::map<RangeMethod, QuantParams> grids; // by every method that was tried, this one included
};

enum class Search { ChosenMethod, AllMethods };

/// Of all activations of `graph` that were observed or share a grid with one that was. Tensors that a layer only moves
/// (pooling, concatenation, reshape, padding, slice, transpose) share one grid with their source, so that no
/// requantization is needed: the range is searched over the values of all of them, and a method named for one of them
/// (the first one in the graph's order counts) holds for all. Those that are notFinite() are left out.
std::map<ValueId, RangeChoice> chooseRanges(const Graph& graph, const Calibration& calibration,
                                            const QuantizeOptions& options, Search search);

/// Activations that held NaN or infinity while they were observed, and those that were not observed because they only
/// show the values of such a one. No code stands for these, so they get no grid.
std::set<ValueId> notFinite(const Graph& graph, const Calibration& calibration);

} // namespace halftone
