// SPDX-License-Identifier: GPL-3.0-or-later
// Whether results can be written, asked before the work that makes them.
#pragma once

#include <string>

namespace halftone::app {

/// Throws Error{Io} naming path and cause when a file cannot be written there. Creates nothing.
void checkFileTarget(const std::string& path);

/// The same for a folder that exists or will be created, with the folders above it.
void checkFolderTarget(const std::string& path);

} // namespace halftone::app
