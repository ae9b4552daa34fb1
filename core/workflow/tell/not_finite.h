// SPDX-License-Identifier: GPL-3.0-or-later
// What is said where calibration met NaN or infinity.
#pragma once

#include "core/base/diagnostic.h"
#include "core/quantize/calibration.h"
#include "core/report/report.h"

#include <map>
#include <string>
#include <vector>

namespace halftone {

/// "not-finite" names the activations of `graph` that held such values, with their counts: masks of -infinity and 0 / 0
/// that a later layer takes out are meant, and stay out of int8 alone. "outputs-not-finite", a warning, where an output
/// of the network holds them in fp32 already.
std::vector<Diagnostic> tellNotFinite(const Graph& graph, const Calibration& calibration);

/// Why each such tensor has no grid, a sentence by its name as reports have it.
std::map<std::string, std::string> whyWithoutGrid(const Graph& graph, const Calibration& calibration);

/// Adds the sentence to the reason of every step that is not in int8 and reads such a tensor.
void explainNotFinite(Run& int8, const std::map<std::string, std::string>& whyWithoutGrid);

} // namespace halftone
