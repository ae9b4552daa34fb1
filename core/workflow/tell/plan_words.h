// SPDX-License-Identifier: GPL-3.0-or-later
// A mixed plan in words.
#pragma once

#include "core/base/diagnostic.h"
#include "core/report/quantization_report.h"

#include <optional>
#include <string>

namespace halftone {

/// "3 layers", "1 layer", "no layer".
std::string layersWords(size_t count);

/// A drop in the unit of the criterion: "top-1 falls by 0.50 points", "0.50 % of the samples change their class", "the
/// outputs move by 3.2 % of their norm".
std::string dropWords(const std::string& criterion, double drop);

/// What speaks for and against int8 in one layer.
struct LayerCase {
    double otherMs = 0, int8Ms = 0;
    bool decided = false;    // which of these is less
    bool int8Faster = false; // the whole plan would be, with this layer in int8 too, its conversions included
    bool outAnyway = false;  // the fastest of all plans leaves it out as well
    std::string criterion;
};

/// Why this layer is not in int8.
std::string whyOut(const PlanLayer& layer, const LayerCase& why);

/// The answer of a plan that is complete but for its sentence. `limit` is that of the drop, in the criterion's unit.
std::string planSentence(const MixedPlan& plan, double limit);

/// A warning "plan-budget" where a plan took longer than it was allowed to: it says what the least is.
std::optional<Diagnostic> warnOfBudget(double timeBudgetS, double usedS);

} // namespace halftone
