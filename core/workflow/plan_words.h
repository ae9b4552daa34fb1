// A mixed plan in words.
#pragma once

#include "core/report/quantization_report.h"

#include <string>

namespace halftone {

/// "3 layers", "1 layer", "no layer".
std::string layersWords(size_t count);

/// A drop in the unit of the criterion: "top-1 falls by 0.50 points", "0.50 % of the samples change their class", "the
/// outputs move by 3.2 % of their norm".
std::string dropWords(const std::string& criterion, double drop);

/// Why this layer is not in int8. `gainMs` is what the whole network would gain if it were, its conversions included.
std::string whyOut(const PlanLayer& layer, double otherMs, double int8Ms, double gainMs, const std::string& criterion);

/// The answer of a plan that is complete but for its sentence. `limit` is that of the drop, in the criterion's unit.
std::string planSentence(const MixedPlan& plan, double limit);

} // namespace halftone
