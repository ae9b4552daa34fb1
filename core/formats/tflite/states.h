// SPDX-License-Identifier: GPL-3.0-or-later
// What a TFLite network keeps from one inference to the next: tensors that are marked as variable, which recurrent
// layers change, and variables behind handles. They are inputs and outputs of the graph (common/kept_states.h).
#pragma once

#include "core/formats/model_source.h"
#include "core/formats/tflite/schema_generated.h"
#include "core/formats/tflite/tensors.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace halftone::tflite_format {

struct State {
    std::string name, next;      // of the input and of the output; the latter is empty where it never changes
    size_t tensor = 0;           // that says type and shape: the variable one, or what a variable is read into
    std::string variable;        // behind a handle: its name
    std::optional<Tensor> first; // before the first inference; absent: zeros, or what is not known (`firstUnknown`)
    bool firstUnknown = false;
};

struct States {
    std::vector<State> kept;                            // in the order of execution
    std::unordered_map<size_t, std::string> variableOf; // by the tensor of a handle
    std::map<std::string, Constant> fixed;              // variables that are set once and then read
    std::vector<size_t> setUp;                          // networks of the model that are run before the first inference
};

/// What the readers of files know of operators.
using CodeOf = std::function<int32_t(const schema::Operator&)>;

/// Every tensor that an operator refers to exists. Throws Error as Tensors does, for a network that sets variables.
States statesOf(const schema::Model& model, const schema::SubGraph& network, const Tensors& tensors,
                std::span<const std::byte> file, const ReadLimits& limits, const CodeOf& codeOf);

} // namespace halftone::tflite_format
