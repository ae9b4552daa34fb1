// SPDX-License-Identifier: GPL-3.0-or-later
// Thrown by readers of layers, caught by those of files.
#pragma once

#include <string>

namespace halftone {

/// The layer is valid in its format but more than Halftone can run. It becomes Opaque.
struct CannotRun {
    std::string reason; // "Resize with mode cubic"
};

} // namespace halftone
