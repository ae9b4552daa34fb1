// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures that are files of their own: a folder, or what a CSV lists.
#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/data/class_folders.h"
#include "core/data/dataset_kinds.h"

#include <filesystem>
#include <fmt/format.h>

namespace halftone {

namespace {

namespace fs = std::filesystem;

constexpr size_t maxFileBytes = size_t{256} << 20;

class ImageFiles final : public PictureDataset {
public:
    ImageFiles(const std::string& path, const char* kind, std::vector<std::string> files, LabelledNames names)
        : PictureDataset(path, kind, std::move(names.samples), std::move(names.classNames)), m_files(std::move(files)) {
    }

    Picture picture(int64_t index) const override {
        const std::string& file = m_files.at(static_cast<size_t>(index));
        return decodePicture(readFile(file, maxFileBytes), displayText(file));
    }

private:
    std::vector<std::string> m_files;
};

} // namespace

std::unique_ptr<Dataset> openImageFolder(const std::string& path, const std::string& labelsPath) {
    const ClassFolders found = listClassFolders(path, hasPictureName);
    if (found.files.empty())
        return nullptr;
    LabelledNames labelled = labelsOf(path, found, labelsPath);
    std::vector<std::string> files;
    for (const std::string& name : found.files)
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
            throw Error(ErrorCode::BadInput,
                        fmt::format("{}, line {}: there is no file {}. Files are looked for beside the CSV; mend the "
                                    "line or bring the file back.",
                                    where, row.line, displayText(row.file)),
                        fmt::format("{}, line {}", where, row.line));
        labelled.samples.push_back({displayText(row.file), row.label});
    }
    return std::make_unique<ImageFiles>(path, "csv", std::move(files), std::move(labelled));
}

} // namespace halftone
