// The grids of a model that was quantized before, in the form that the engine computes with.
#pragma once

#include "core/base/diagnostic.h"
#include "core/graph/graph.h"
#include "core/quantize/options.h"

#include <vector>

namespace halftone {

struct AdoptedGrids {
    Graph graph;
    std::vector<Diagnostic> diagnostics;
};

/// Weights of Conv and FullyConnected keep their codes where those are symmetric, have 8 bits and respect the limit;
/// channels that do not are rounded anew, to scales of their own, and a diagnostic says how many and what they lose.
/// Activations with signed codes become unsigned ones with the same values where `unsignedActivations`: without VNNI the
/// kernels for signed codes lose a bit of the weights.
AdoptedGrids adoptGrids(Graph graph, WeightLimit limit, bool unsignedActivations);

/// The network without any grid: what the model was before it was quantized, but for its weights, which keep the values
/// that their codes mean.
Graph withoutGrids(Graph graph);

} // namespace halftone
