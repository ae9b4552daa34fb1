// SPDX-License-Identifier: GPL-3.0-or-later
// Einstein's sums as products of matrices.
#pragma once

#include "core/formats/common/layer_writer.h"

#include <optional>
#include <string>
#include <vector>

namespace halftone {

/// "bid,bjd->bij": the dimensions of each operand and of the result.
struct EinsumEquation {
    std::vector<std::string> operands;
    std::string result;
};

/// Nothing for an equation that is none, or that has an ellipsis or one dimension twice in an operand.
std::optional<EinsumEquation> parseEinsum(std::string equation);

/// The steps of one layer; operands are taken in from the first to the last. Throws CannotRun for operands whose shapes
/// are unknown or do not fit the equation.
ValueId einsum(LayerWriter& writer, const EinsumEquation& equation, const std::vector<ValueId>& operands);

} // namespace halftone
