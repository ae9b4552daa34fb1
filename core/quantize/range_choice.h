// Which grid every activation gets.
#pragma once

#include "core/graph/graph.h"
#include "core/quantize/calibration.h"
#include "core/quantize/options.h"

#include <map>

namespace halftone {

struct RangeChoice {
    RangeMethod method;                       // that was taken
    std::map<RangeMethod, QuantParams> grids; // by every method that was tried, this one included
};

enum class Search { ChosenMethod, AllMethods };

/// Of all activations of `graph` that were observed or share a grid with one that was. Tensors that a layer only moves
/// (pooling, concatenation, reshape, padding, slice, transpose) share one grid with their source, so that no
/// requantization is needed: the range is searched over the values of all of them, and a method named for one of them
/// (the first one in the graph's order counts) holds for all.
std::map<ValueId, RangeChoice> chooseRanges(const Graph& graph, const Calibration& calibration,
                                            const QuantizeOptions& options, Search search);

} // namespace halftone
