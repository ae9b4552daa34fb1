// Which nodes of an int8 plan run in int8, and which tensors are stored as 8-bit codes.
#pragma once

#include "core/graph/graph.h"

#include <string>
#include <vector>

namespace halftone::engine {

struct Int8Choice {
    std::vector<bool> computes; // by NodeId: the node runs in int8
    std::vector<std::string> reasons; // by NodeId: why it does not, as a sentence; "" when it does
    std::vector<bool> stored;   // by ValueId: the producer writes 8-bit codes
    std::vector<bool> rounded;  // by ValueId: kept in fp32, but rounded to its grid by a step of its own

    /// Nothing in int8: an fp32 plan.
    static Int8Choice none(const Graph& graph);
};

/// Convolutions and fully connected layers run in int8 when their tensors lie on 8-bit grids and oneDNN has a kernel
/// for it that is not its plain reference loop. Layers that only move or combine values (pooling, addition,
/// concatenation, reshape, activation) stay in int8 when an int8 layer follows; a tensor is stored as codes when an
/// int8 layer reads it.
Int8Choice chooseInt8(const Graph& graph);

/// Computes nothing in int8 and rounds in fp32 what chooseInt8() would compute with: weights of int8 layers, what they
/// read and what they store. What lies on the grid already, because it was only moved there, is not rounded again.
Int8Choice simulateInt8(const Graph& graph);

} // namespace halftone::engine
