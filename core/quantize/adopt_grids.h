// SPDX-License-Identifier: GPL-3.0-or-later
// The grids of a model that was quantized before, in the form that the engine computes with.
#pragma once

#include "core/base/diagnostic.h"
#include "core/graph/graph.h"
#include "core/request/quantization.h"

#include <vector>

namespace halftone {

struct AdoptedGrids {
    Graph graph;
    std::vector<Diagnostic> diagnostics;
};

/// Weights of the layers that have weightOperands() keep the scales of the file in channels whose codes have zero point
/// 0, 8 bits and respect the limit; the others get scales of their own, and the diagnostic "weights-rounded-anew"
/// counts them. Weights with scales along another dimension than that of the output channels lose their grid. All grids
/// of activations are meant (Graph::gridsAreMeant); "channel-grids" tells of those that have a grid for each channel.
AdoptedGrids adoptGrids(Graph graph, WeightLimit limit);

/// The network without any grid: what the model was before it was quantized, but for its weights, which keep the values
/// that their codes mean.
Graph withoutGrids(Graph graph);

/// The model was quantized with its activations, not in its weights alone.
bool hasActivationGrids(const Graph& graph);

} // namespace halftone
