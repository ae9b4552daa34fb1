// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/class_folders.h"

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace halftone {

namespace {

namespace fs = std::filesystem;

constexpr size_t maxTableBytes = size_t{256} << 20;
constexpr size_t maxFiles = 1'000'000;

void checkCount(size_t count, const fs::path& folder) {
    if (count > maxFiles)
        throw Error(ErrorCode::Limit,
                    fmt::format("{}: holds more than {} files and folders. Choose a smaller folder.",
                                displayText(folder.string()), maxFiles),
                    displayText(folder.string()));
}

ClassFolders listFolder(const fs::path& folder, const std::function<bool(std::string_view)>& wanted) {
    ClassFolders listing;
    try {
        for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
            std::string name = entry.path().filename().string();
            std::error_code unreadable;
            if (name.starts_with('.') || name == "__MACOSX")
                continue;
            if (entry.is_directory(unreadable))
                listing.folders.push_back(std::move(name));
            else if (wanted(name))
                listing.files.push_back(std::move(name));
            checkCount(listing.files.size() + listing.folders.size(), folder);
        }
    } catch (const fs::filesystem_error& error) {
        throw Error(
            ErrorCode::Io,
            fmt::format("{}: the folder cannot be listed: {}.", displayText(folder.string()), error.code().message()),
            displayText(folder.string()));
    }
    std::ranges::sort(listing.files);
    std::ranges::sort(listing.folders);
    return listing;
}

} // namespace

ClassFolders listClassFolders(const std::string& path, const std::function<bool(std::string_view)>& wanted) {
    ClassFolders listing = listFolder(path, wanted);
    for (const std::string& folder : listing.folders) {
        for (const std::string& name : listFolder(fs::path(path) / folder, wanted).files)
            listing.files.push_back(fmt::format("{}/{}", folder, name));
        checkCount(listing.files.size(), path);
    }
    return listing;
}

LabelledNames labelsOf(const std::string& path, const ClassFolders& found, const std::string& labelsPath) {
    const std::string ownTable = (fs::path(path) / "labels.csv").string();
    const bool hasLooseFiles = found.files.front().find('/') == std::string::npos;
    std::error_code failure;
    const bool useOwnTable = labelsPath.empty() && hasLooseFiles && fs::exists(ownTable, failure);
    const std::string& tablePath = useOwnTable ? ownTable : labelsPath;
    if (tablePath.empty())
        return labelsFromFolders(found.files, found.folders, displayText(path));
    const std::string tableWhere = displayText(tablePath);
    return labelsFromTable(found.files, parseLabelCsv(readTextFile(tablePath, maxTableBytes), tableWhere), tableWhere);
}

} // namespace halftone
