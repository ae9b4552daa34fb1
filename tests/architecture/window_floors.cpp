// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/architecture/window_floors.h"

#include <map>
#include <set>

namespace halftone::test {

namespace {

/// Folders of ui that each of them may include beside itself. The files of ui itself stand below all folders, the main
/// window above.
const std::map<std::string, std::set<std::string>>& windowFoldersBelow() {
    static const std::map<std::string, std::set<std::string>> folders{
        {"facts", {}},
        {"runs", {}},
        {"plots", {"facts"}},
        {"models", {"facts"}},
        {"widgets", {"models"}},
        {"views", {"facts", "plots", "models", "widgets"}},
        {"input", {"widgets"}},
        {"dialogs", {"widgets"}},
        {"frame", {"runs", "models", "widgets"}},
    };
    return folders;
}

/// The first folder of `path` below `top`: "views" of "ui/views/layers/layers_panel.h" below "ui/"; "" where it lies in
/// `top` itself, or elsewhere.
std::string folderBelow(const std::string& path, const std::string& top) {
    const size_t end = path.starts_with(top) ? path.find('/', top.size()) : std::string::npos;
    return end == std::string::npos ? "" : path.substr(top.size(), end - top.size());
}

} // namespace

std::string brokenWindowFloor(const std::string& file, const std::string& target) {
    const std::string mainWindow = "ui/main_window";
    const std::string view = folderBelow(file, "ui/views/"), otherView = folderBelow(target, "ui/views/");
    if (!otherView.empty() && otherView != view && file != "ui/views/view_list.cpp")
        return "only ui/views/view_list.cpp knows views of other folders";
    if (!file.starts_with("ui/") || !target.starts_with("ui/") || file.starts_with(mainWindow))
        return {};
    if (target.starts_with(mainWindow))
        return "the main window stands above all of ui";
    const std::string folder = folderBelow(file, "ui/"), other = folderBelow(target, "ui/");
    if (folder.empty())
        return other.empty() ? "" : "the files of ui itself stand below its folders";
    const auto known = windowFoldersBelow().find(folder);
    if (known == windowFoldersBelow().end())
        return "the folder ui/" + folder + " has no floor; give it one in tests/architecture";
    if (other.empty() || other == folder)
        return {};
    return known->second.contains(other) ? "" : "ui/" + folder + " may not know ui/" + other;
}

} // namespace halftone::test
