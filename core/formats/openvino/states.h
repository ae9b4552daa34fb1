// SPDX-License-Identifier: GPL-3.0-or-later
// Variables that ReadValue reads and Assign writes: inputs and outputs of the graph (common/kept_states.h).
#pragma once

#include "core/formats/openvino/declared.h"
#include "core/formats/openvino/outline.h"

#include <string>
#include <vector>

namespace halftone::openvino_format {

struct State {
    std::string variable; // the file's name of it
    ModelInput input;     // by a name that no value of the file has
    std::string next;     // the output's name; empty where nothing is assigned
    std::string assigned; // the value that it becomes
    std::string first;    // the value that it holds at first; empty: zeros
};

/// Those that a result or an Assign needs, in the order of execution. Throws Error as declaredState() does.
std::vector<State> statesOf(const IrOutline& outline);

} // namespace halftone::openvino_format
