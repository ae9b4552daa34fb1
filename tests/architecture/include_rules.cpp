// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/architecture/include_rules.h"

#include "tests/architecture/window_floors.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

namespace halftone::test {

namespace {

namespace fs = std::filesystem;

/// Rooms that each room of core may include beside itself. Rooms of one floor do not know each other.
const std::map<std::string, std::set<std::string>>& roomsBelow() {
    static const std::map<std::string, std::set<std::string>> rooms{
        {"base", {}},
        {"graph", {"base"}},
        {"request", {"base"}},
        {"report", {"base", "request"}},
        {"formats", {"base", "graph", "request"}},
        {"passes", {"base", "graph"}},
        {"quantize", {"base", "graph", "request"}},
        {"data", {"base", "graph", "request"}},
        {"engine", {"base", "graph", "request"}},
        {"profile", {"base", "graph", "request", "report", "engine"}},
        {"workflow",
         {"base", "graph", "request", "report", "formats", "passes", "quantize", "data", "engine", "profile"}},
    };
    return rooms;
}

/// "core/engine/plan" of "core/engine/plan/plan.h", "ui" of "ui/runner.h".
std::string folderOf(const std::string& path) {
    return path.substr(0, path.find_last_of('/'));
}

std::string roomOf(const std::string& path) {
    const size_t end = path.find('/', 5);
    return end == std::string::npos ? "" : path.substr(5, end - 5);
}

/// The inner folders of a room, the lowest first: a file includes its own folder and those before it. What lies in the
/// room itself joins all of them.
const std::map<std::string, std::vector<std::string>>& innerFloors() {
    static const std::map<std::string, std::vector<std::string>> floors{
        {"core/engine", {"machine", "kernels", "plan", "lower", "choose"}},
        {"core/workflow",
         {"tell", "samples", "judge", "network", "compare", "preprocessing", "planner", "describe", "jobs"}},
    };
    return floors;
}

std::string brokenInnerFloor(const std::string& file, const std::string& target) {
    for (const auto& [room, floors] : innerFloors()) {
        if (!file.starts_with(room + "/") || !target.starts_with(room + "/"))
            continue;
        const auto floorOf = [&](const std::string& path) {
            const std::string rest = path.substr(room.size() + 1);
            const size_t end = rest.find('/');
            return end == std::string::npos ? floors.end() : std::ranges::find(floors, rest.substr(0, end));
        };
        const auto isNamed = [&](const std::string& path) {
            return path.find('/', room.size() + 1) == std::string::npos || floorOf(path) != floors.end();
        };
        for (const std::string& path : {file, target})
            if (!isNamed(path))
                return "the folder " + folderOf(path) + " has no floor; give it one in tests/architecture";
        if (floorOf(target) > floorOf(file))
            return folderOf(file) + " stands below " + folderOf(target);
    }
    return {};
}

bool isQt(const std::string& target) {
    const bool classHeader =
        target.size() > 1 && target[0] == 'Q' && std::isupper(static_cast<unsigned char>(target[1]));
    return classHeader || target.starts_with("Qt");
}

bool below(const std::string& file, const char* folder) {
    return file.starts_with(std::string(folder) + "/");
}

std::string brokenDoor(const std::string& file, const std::string& target) {
    if (target.find("dnnl") != std::string::npos && !below(file, "core/engine"))
        return "oneDNN is used in core/engine only";
    if (target.starts_with("nlohmann/") && !below(file, "core/report") && !below(file, "core/data/text") &&
        !below(file, "app"))
        return "nlohmann/json is used in core/report, core/data/text and app only";
    if (target.starts_with("unicode/") && !below(file, "core/data/text"))
        return "ICU is used in core/data/text only";
    if (target.find("qcustomplot") != std::string::npos && !below(file, "ui/plots"))
        return "QCustomPlot is used in ui/plots only";
    if (isQt(target) && below(file, "core"))
        return "core knows no Qt";
    if (target == "QSettings" && file != "ui/settings.cpp")
        return "the settings file is opened by ui/settings.cpp only";
    return {};
}

std::string brokenFloor(const std::string& file, const std::string& target) {
    if (below(target, "tests"))
        return "the programs do not know their tests";
    if (below(file, "core")) {
        if (below(target, "ui") || below(target, "app"))
            return "core stands below ui and app";
        if (!below(target, "core"))
            return {};
        const std::string room = roomOf(file), other = roomOf(target);
        const auto known = roomsBelow().find(room);
        if (known == roomsBelow().end())
            return "the room " + folderOf(file) + " has no floor; give it one in tests/architecture";
        if (other != room && !known->second.contains(other))
            return "core/" + room + " may not know core/" + other;
        return brokenInnerFloor(file, target);
    }
    if (below(file, "ui")) {
        if (below(target, "app"))
            return "ui stands below app";
        if (below(target, "core") && !below(target, "core/report") && !below(target, "core/request") &&
            !below(target, "core/base"))
            return "ui knows core/report, core/request and core/base only";
    }
    return {};
}

} // namespace

std::vector<std::string> includesOf(std::string_view source) {
    std::vector<std::string> targets;
    bool comment = false;
    while (!source.empty()) {
        const size_t end = std::min(source.find('\n'), source.size() - 1);
        std::string_view line = source.substr(0, end + 1);
        source.remove_prefix(end + 1);
        const auto skipSpaces = [&] {
            while (!line.empty() && std::isspace(static_cast<unsigned char>(line.front())))
                line.remove_prefix(1);
        };
        skipSpaces();
        comment = comment || line.starts_with("/*");
        const bool inside = comment;
        if (line.find("*/") != std::string_view::npos)
            comment = false;
        if (inside || !line.starts_with('#'))
            continue;
        line.remove_prefix(1);
        skipSpaces();
        if (!line.starts_with("include"))
            continue;
        line.remove_prefix(7);
        skipSpaces();
        const size_t last = line.find_first_of(">\"", 1);
        if (!line.empty() && (line.front() == '<' || line.front() == '"') && last != std::string_view::npos)
            targets.emplace_back(line.substr(1, last - 1));
    }
    return targets;
}

std::string violation(const std::string& file, const std::string& target) {
    for (const auto& rule : {brokenDoor, brokenFloor, brokenWindowFloor})
        if (const std::string reason = rule(file, target); !reason.empty())
            return reason;
    return {};
}

Scan scanSources(const std::string& root) {
    Scan scan;
    for (const char* top : {"app", "core", "ui"}) {
        if (!fs::is_directory(fs::path(root) / top))
            continue;
        for (const auto& entry : fs::recursive_directory_iterator(fs::path(root) / top)) {
            const std::string extension = entry.path().extension().string();
            if (!entry.is_regular_file() || (extension != ".h" && extension != ".cpp"))
                continue;
            ++scan.files;
            const std::string file = fs::relative(entry.path(), root).generic_string();
            std::ifstream stream(entry.path());
            const std::string source((std::istreambuf_iterator<char>(stream)), {});
            for (const std::string& target : includesOf(source)) {
                ++scan.includes;
                if (const std::string reason = violation(file, target); !reason.empty())
                    scan.violations.push_back(file + " includes " + target + ": " + reason);
            }
        }
    }
    std::sort(scan.violations.begin(), scan.violations.end());
    return scan;
}

} // namespace halftone::test
