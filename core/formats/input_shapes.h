// SPDX-License-Identifier: GPL-3.0-or-later
// Shapes that the user gives for inputs whose size the file leaves open.
#pragma once

#include "core/graph/tensor.h"

#include <map>
#include <string>

namespace halftone {

/// By the name of the input in the file; "" names the only input.
using InputShapes = std::map<std::string, Shape>;

} // namespace halftone
