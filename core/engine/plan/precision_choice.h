// SPDX-License-Identifier: GPL-3.0-or-later
// What each node of a plan computes in, and what each tensor is stored as.
#pragma once

#include "core/engine/plan/layout.h"
#include "core/graph/graph.h"

#include <string>
#include <vector>

namespace halftone::engine {

struct PrecisionChoice {
    std::vector<bool> computes;       // by NodeId: the node runs in int8
    std::vector<DataType> floats;     // by NodeId: the type of what it reads and writes that is no code
    std::vector<std::string> reasons; // by NodeId: why it is in fp32 though the plan is not, as a sentence
    std::vector<bool> stored;         // by ValueId: the producer writes 8-bit codes
    std::vector<bool> rounded;        // by ValueId: kept in fp32, but rounded to its grid by a step of its own

    /// Everything in fp32.
    static PrecisionChoice fp32(const Graph& graph);
};

/// Why a primitive cannot be used in this precision, as a sentence: oneDNN has none (it is empty), or its reference
/// loop.
std::string whyNotKernel(const dnnl::primitive_desc_base& desc, const std::string& precision);

} // namespace halftone::engine
