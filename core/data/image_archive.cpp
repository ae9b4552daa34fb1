// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures packed into one tar or zip file. The packed pictures stay in memory, as compressed as they came.
#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/data/archive.h"
#include "core/data/dataset_kinds.h"
#include "core/data/labels.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace halftone {

namespace {

constexpr size_t maxLabelBytes = size_t{256} << 20;

class ImageArchive final : public PictureDataset {
public:
    ImageArchive(const std::string& path, std::vector<ArchiveMember> members, LabelledNames names)
        : PictureDataset(path, "image-archive", std::move(names.samples), std::move(names.classNames)),
          m_members(std::move(members)) {}

    Picture picture(int64_t index) const override {
        const ArchiveMember& member = m_members.at(static_cast<size_t>(index));
        return decodePicture(member.bytes, displayText(path()) + ": " + displayText(member.name));
    }

private:
    std::vector<ArchiveMember> m_members;
};

bool isHidden(std::string_view name) {
    return name.starts_with('.') || name.starts_with("__MACOSX/") || name.find("/.") != std::string_view::npos;
}

std::string_view firstFolder(std::string_view name) {
    return name.substr(0, std::min(name.find('/'), name.size()));
}

/// Takes away the folders that all members share: archives are often packed with their outer folder.
void stripSharedFolders(std::vector<ArchiveMember>& members) {
    for (;;) {
        const std::string shared(firstFolder(members.front().name));
        for (const ArchiveMember& member : members)
            if (firstFolder(member.name) != shared || member.name.size() == shared.size())
                return;
        for (ArchiveMember& member : members)
            member.name.erase(0, shared.size() + 1);
    }
}

} // namespace

std::unique_ptr<Dataset> openImageArchive(const std::string& path, const std::string& labelsPath) {
    const std::string where = displayText(path);
    auto members = readArchive(path, [](std::string_view name) {
        const bool isTable = name == "labels.csv" || name.ends_with("/labels.csv");
        return !isHidden(name) && (isTable || hasPictureName(name));
    });
    if (!members.empty())
        stripSharedFolders(members);
    const auto table = std::find_if(members.begin(), members.end(),
                                    [](const ArchiveMember& member) { return member.name == "labels.csv"; });
    std::string tableText, tableWhere;
    if (!labelsPath.empty()) {
        tableText = readTextFile(labelsPath, maxLabelBytes);
        tableWhere = displayText(labelsPath);
    } else if (table != members.end()) {
        tableText.assign(reinterpret_cast<const char*>(table->bytes.data()), table->bytes.size());
        tableWhere = where + ": labels.csv";
    }
    std::erase_if(members, [](const ArchiveMember& member) { return !hasPictureName(member.name); });
    if (members.empty())
        throw Error(ErrorCode::BadInput,
                    fmt::format("{}: the archive holds no .png, .jpg or .jpeg pictures. Choose another file.", where),
                    where);

    std::vector<std::string> names;
    std::set<std::string> folders;
    for (const ArchiveMember& member : members) {
        names.push_back(member.name);
        folders.emplace(firstFolder(member.name));
    }
    LabelledNames labelled = tableWhere.empty()
                                 ? labelsFromFolders(names, {folders.begin(), folders.end()}, where)
                                 : labelsFromTable(names, parseLabelCsv(tableText, tableWhere), tableWhere);
    return std::make_unique<ImageArchive>(path, std::move(members), std::move(labelled));
}

} // namespace halftone
