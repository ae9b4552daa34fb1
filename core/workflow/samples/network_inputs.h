// SPDX-License-Identifier: GPL-3.0-or-later
// What the inputs of a network mean, as far as its layers and their names tell.
#pragma once

#include "core/graph/graph.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace halftone {

enum class InputMeaning {
    Values,    // any numbers
    Ids,       // whole numbers below `limit`: rows of a table, or classes
    Mask,      // 1 where something is, 0 where it is filled up
    Positions, // 0, 1, 2 ... along the last dimension
    State,     // what an earlier inference left: zeros before the first
    Rate       // samples of sound a second
};

struct NetworkInput {
    std::string name; // as in the graph
    ElementType type = ElementType::F32;
    Shape shape; // as bound, with the batch
    InputMeaning meaning = InputMeaning::Values;
    int64_t limit = 0; // of Ids
};

/// The inputs in the graph's order. Ids are whole numbers that pick rows of constant tables (Gather) or are compared
/// with a row of constants (a one-hot code); the others are told by their names.
std::vector<NetworkInput> networkInputs(const Graph& graph);

/// One sample of an input that nobody gives: ids below their limit, masks of ones, positions, states of zeros, 16,000
/// as a rate, else numbers evenly spread over [0, 1) (of whole numbers 0 or 1, of bytes all). The same for the same
/// seed.
void fillByMeaning(const NetworkInput& input, uint64_t seed, std::span<float> dst);

} // namespace halftone
