// SPDX-License-Identifier: GPL-3.0-or-later
// Tensors that a network keeps from one inference to the next. A graph keeps nothing: what a file keeps is one more
// input, and its new value one more output.
#pragma once

#include "core/base/diagnostic.h"
#include "core/graph/tensor.h"

#include <optional>
#include <span>
#include <string>

namespace halftone {

struct KeptState {
    std::string input, output; // output: empty where it never changes
    std::string first;         // what it holds before the first inference: "0", "the numbers that the file computes"
};

/// What the new value of a state is called, unless the file has that name already.
std::string keptStateOutput(const std::string& input);

/// A state's first value in words: "0", or "0.5 to 2" where its numbers differ.
std::string firstValueText(const Tensor& tensor);

/// The note that says so, with up to four of the states. `states`: one at least.
Diagnostic aboutKeptStates(std::span<const KeptState> states);

} // namespace halftone
