// SPDX-License-Identifier: GPL-3.0-or-later
// The shape of an input or output in words, with the sizes that a file leaves open.
#pragma once

#include "core/report/report.h"

#include <string>

namespace halftone {

/// "1x3x224x224", "scalar"; "batch x sequence x 384" where open dimensions have names, "?x?" where they have none;
/// "unknown shape" where not even their number is known.
std::string portShape(const Port& port);

} // namespace halftone
