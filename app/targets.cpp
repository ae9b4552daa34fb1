// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/targets.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>

namespace halftone::app {

namespace {

namespace fs = std::filesystem;

/// Absolute, with symbolic links followed as writing does; nothing of it needs to exist.
fs::path resolved(const std::string& path) {
    std::error_code failed;
    const fs::path absolute = fs::absolute(path, failed);
    const fs::path canonical = fs::weakly_canonical(absolute, failed);
    return failed ? absolute : canonical;
}

[[noreturn]] void refuse(const std::string& path, const std::string& cause) {
    throw Error(ErrorCode::Io, fmt::format("{}: {}. Choose another place.", displayText(path), cause),
                displayText(path));
}

void checkFolder(const std::string& path, const fs::path& folder) {
    std::error_code failed;
    if (!fs::is_directory(folder, failed))
        refuse(path, fmt::format("{} is not a folder", displayText(folder.string())));
    if (access(folder.c_str(), W_OK | X_OK) != 0)
        refuse(path, fmt::format("the folder {} is not writable", displayText(folder.string())));
}

} // namespace

void checkFileTarget(const std::string& path) {
    std::error_code failed;
    const fs::path target = resolved(path);
    if (fs::exists(target, failed) && !fs::is_regular_file(target, failed))
        refuse(path, "it exists and is not a file");
    if (!fs::exists(target.parent_path(), failed))
        refuse(path, fmt::format("the folder {} does not exist", displayText(target.parent_path().string())));
    checkFolder(path, target.parent_path());
}

void checkFolderTarget(const std::string& path) {
    std::error_code failed;
    fs::path existing = resolved(path);
    while (!fs::exists(existing, failed) && existing != existing.parent_path())
        existing = existing.parent_path();
    checkFolder(path, existing);
}

} // namespace halftone::app
