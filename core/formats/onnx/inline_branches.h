// SPDX-License-Identifier: GPL-3.0-or-later
// The branches of an If as layers of the graph around it.
#pragma once

#include "core/formats/onnx/messages.h"

#include <string>
#include <vector>

namespace halftone::onnx_format {

/// The domain of the layers that an If becomes, one for each result: condition, result of then, result of else.
inline constexpr const char* kBranchDomain = "halftone.branch";

/// A layer counts only where this value is true, or false.
struct Guard {
    std::string condition;
    bool holds = true;
    std::string layer; // the If
};

/// Moves the layers of both branches of every If into the graph, under names of their own, and the If becomes a choice
/// between their results. Gives the guards of each layer, by position. What is no proper If stays.
std::vector<std::vector<Guard>> inlineBranches(onnx::GraphProto& graph);

} // namespace halftone::onnx_format
