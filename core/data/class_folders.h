// SPDX-License-Identifier: GPL-3.0-or-later
// The files of a folder and of its sub-folders, which may stand for classes.
#pragma once

#include "core/data/labels.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace halftone {

struct ClassFolders {
    std::vector<std::string> files;   // relative, "/"-separated; loose ones first, then by folder, both sorted
    std::vector<std::string> folders; // sorted, empty ones included
};

/// Files that `wanted` accepts, and that are not hidden. Broken links and the like are listed: opening them says what
/// is wrong. Throws Error{Io} when a folder cannot be listed and Error{Limit} for more than a million files.
ClassFolders listClassFolders(const std::string& path, const std::function<bool(std::string_view name)>& wanted);

/// Labels of the files: from `labelsPath`, else from "labels.csv" beside loose files, else from the folders.
LabelledNames labelsOf(const std::string& path, const ClassFolders& found, const std::string& labelsPath);

} // namespace halftone
