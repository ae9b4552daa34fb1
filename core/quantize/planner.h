// SPDX-License-Identifier: GPL-3.0-or-later
// Which layers of a network should compute in int8: the choice alone, from figures that others measured.
#pragma once

#include <functional>
#include <optional>
#include <vector>

namespace halftone {

/// A layer as the choice sees it.
struct PlannerNode {
    double otherMs = 0, int8Ms = 0;
    double noise = 0;          // that its int8 adds at the network's output, as power
    std::optional<bool> fixed; // in int8 or not, whatever it costs
    bool follows = false;      // a light layer: in int8 exactly where a reader of its result is, unless fixed
};

/// What flows between layers. It is converted where its producer and a reader differ.
struct PlannerTensor {
    int producer = -1;        // index of the node; -1: an input of the network, which is no code
    std::vector<int> readers; // indices of nodes, greater than the producer's
    bool leaves = false;      // it is an output of the network, read as no code
    double toInt8Ms = 0;      // once, where the producer is not in int8 and a reader is
    double toOtherMs = 0;     // once, where the producer is in int8 and a reader is not
};

struct PlannerProblem {
    std::vector<PlannerNode> nodes; // in the order of execution
    std::vector<PlannerTensor> tensors;
};

struct PlannerPoint {
    std::vector<bool> int8; // by node
    double ms = 0, noise = 0;
};

/// Time and noise of this choice; light layers are set to what they follow.
PlannerPoint evaluateChoice(const PlannerProblem& problem, std::vector<bool> int8);

/// The choice with the least msWeight * ms + noiseWeight * noise. Costs of layers and of tensors between two layers
/// that differ are submodular, so a minimum cut finds the best of all choices (Kolmogorov, Zabih 2004: "What energy
/// functions can be minimized via graph cuts?"); only a light layer with several readers may, in the cut, be in int8
/// without any of them. Of equal ones that with the most layers in int8.
PlannerPoint cheapestChoice(const PlannerProblem& problem, double msWeight, double noiseWeight);

/// All choices that are the best for some ratio of the two weights: the corners of the convex front, the fastest first,
/// ever less noise. Found by asking for the weights at which two neighbours cost the same (Eisner, Severance 1976).
std::vector<PlannerPoint> convexFront(const PlannerProblem& problem);

/// A point between two neighbours of the convex front, which leaves such points out: from `exact`, whose noise is
/// allowed, layers that `fast` has in int8 are taken back one after the other, the best gain first, as long as the
/// noise stays allowed. `exact` itself where none can be.
PlannerPoint filledUp(const PlannerProblem& problem, PlannerPoint exact, const PlannerPoint& fast,
                      const std::function<bool(double noise)>& allowed);

} // namespace halftone
