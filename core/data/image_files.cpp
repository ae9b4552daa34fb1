// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures that are files of their own: a folder, or what a CSV lists.
#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/data/dataset_kinds.h"
#include "core/data/labels.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace halftone {

namespace {

namespace fs = std::filesystem;

constexpr size_t maxFileBytes = size_t{256} << 20;
constexpr size_t maxFiles = 1'000'000;

class ImageFiles final : public Dataset {
public:
    ImageFiles(const std::string& path, const char* kind, std::vector<std::string> files, LabelledNames names)
        : Dataset(path, kind, std::move(names.samples), std::move(names.classNames)), m_files(std::move(files)) {}

    Picture picture(int64_t index) const override {
        const std::string& file = m_files.at(static_cast<size_t>(index));
        return decodePicture(readFile(file, maxFileBytes), displayText(file));
    }

private:
    std::vector<std::string> m_files;
};

struct Listing {
    std::vector<std::string> pictures; // relative, sorted
    std::vector<std::string> folders;  // sorted
};

/// The entries of one folder that are not hidden. Broken links and the like named as pictures are listed:
/// decoding them says what is wrong.
Listing listFolder(const fs::path& folder) {
    Listing listing;
    try {
        for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
            std::string name = entry.path().filename().string();
            std::error_code unreadable;
            if (name.starts_with('.') || name == "__MACOSX")
                continue;
            if (entry.is_directory(unreadable))
                listing.folders.push_back(std::move(name));
            else if (hasPictureName(name))
                listing.pictures.push_back(std::move(name));
            if (listing.pictures.size() + listing.folders.size() > maxFiles)
                throw Error(ErrorCode::Limit,
                            fmt::format("{}: has more than {} pictures and folders. Choose a smaller folder.",
                                        displayText(folder.string()), maxFiles),
                            displayText(folder.string()));
        }
    } catch (const fs::filesystem_error& error) {
        throw Error(
            ErrorCode::Io,
            fmt::format("{}: the folder cannot be listed: {}.", displayText(folder.string()), error.code().message()),
            displayText(folder.string()));
    }
    std::sort(listing.pictures.begin(), listing.pictures.end());
    std::sort(listing.folders.begin(), listing.folders.end());
    return listing;
}

} // namespace

std::unique_ptr<Dataset> openImageFolder(const std::string& path, const std::string& labelsPath) {
    const std::string where = displayText(path);
    Listing listing = listFolder(path);
    std::vector<std::string>& names = listing.pictures;
    const bool hasLoosePictures = !names.empty();
    for (const std::string& folder : listing.folders) {
        for (const std::string& name : listFolder(fs::path(path) / folder).pictures)
            names.push_back(folder + '/' + name);
        if (names.size() > maxFiles)
            throw Error(ErrorCode::Limit,
                        fmt::format("{}: holds more than {} pictures. Choose a smaller folder.", where, maxFiles),
                        where);
    }
    if (names.empty())
        throw Error(ErrorCode::BadInput,
                    fmt::format("{}: holds no .png, .jpg or .jpeg pictures, nor do its sub-folders. Choose the folder "
                                "that holds the pictures or the class folders.",
                                where),
                    where);

    const std::string ownTable = (fs::path(path) / "labels.csv").string();
    std::error_code failure;
    const bool useOwnTable = labelsPath.empty() && hasLoosePictures && fs::exists(ownTable, failure);
    const std::string& tablePath = useOwnTable ? ownTable : labelsPath;
    LabelledNames labelled;
    if (tablePath.empty()) {
        labelled = labelsFromFolders(names, listing.folders, where);
    } else {
        const std::string tableWhere = displayText(tablePath);
        labelled = labelsFromTable(names, parseLabelCsv(readTextFile(tablePath, maxFileBytes), tableWhere), tableWhere);
    }
    std::vector<std::string> files;
    for (const std::string& name : names)
        files.push_back((fs::path(path) / name).string());
    return std::make_unique<ImageFiles>(path, "image-folder", std::move(files), std::move(labelled));
}

std::unique_ptr<Dataset> openCsv(const std::string& path) {
    const std::string where = displayText(path);
    LabelTable table = parseLabelCsv(readTextFile(path, maxFileBytes), where);
    std::vector<std::string> files;
    LabelledNames labelled{{}, std::move(table.classNames)};
    for (const LabelledFile& row : table.rows) {
        files.push_back((fs::path(path).parent_path() / row.file).string());
        std::error_code failure;
        if (!fs::exists(files.back(), failure))
            throw Error(
                ErrorCode::BadInput,
                fmt::format("{}, line {}: there is no picture {}. Files are looked for beside the CSV; mend the "
                            "line or bring the file back.",
                            where, row.line, displayText(row.file)),
                fmt::format("{}, line {}", where, row.line));
        labelled.samples.push_back({displayText(row.file), row.label});
    }
    return std::make_unique<ImageFiles>(path, "csv", std::move(files), std::move(labelled));
}

} // namespace halftone
