// SPDX-License-Identifier: GPL-3.0-or-later
// The figures that a mixed plan is chosen by, from measured steps.
#pragma once

#include "core/graph/graph.h"
#include "core/profile/comparison.h"
#include "core/profile/step_times.h"
#include "core/quantize/planner.h"
#include "core/workflow/planner/layer_trials.h"

#include <map>
#include <vector>

namespace halftone {

struct MeasuredSteps {
    std::vector<StepInfo> steps;
    std::vector<double> ms;
    std::vector<StepSum> sums = {}; // with the rounds; empty where they were not kept

    /// All compute steps of this node. 0 for a node without steps, which is a view.
    double ofNode(const Node& node) const;
    /// The same with its rounds.
    StepSum sumOfNode(const Node& node) const;
    /// The node computes in int8.
    bool inInt8(const Node& node) const;
    /// Conversions of this value.
    double conversionsOf(const Value& value) const;
};

struct PlanFigures {
    const Graph& graph;        // quantized
    MeasuredSteps other, int8; // all layers in the other precision, all in int8
    std::vector<LayerTrial> trials;
    std::map<NodeId, bool> fixed; // in int8 or not, by the user's wish
    bool hasClasses = false;      // of the noise
};

/// Nodes and values of the graph as the planner sees them. A layer with weights is free where int8 has a kernel for it;
/// light layers follow where they computed in int8. What a tensor costs to convert is read off the trials of the layers
/// at its ends, or taken by its bytes where it has none: into int8 the steps on it when its reader alone is in int8;
/// out of int8 those when its producer is, and what the producer takes longer to write fp32. A layer without a trial
/// counts with the mean noise of the others. The noise is scaled to add up to `int8Noise`, that of all layers together.
PlannerProblem planProblem(const PlanFigures& figures, const StepTimes& times, double int8Noise);

/// A layer leaves int8 for a gain of this share of its int8 time or more: what is less lies within the noise.
inline constexpr double kLeastGain = 0.02;

} // namespace halftone
