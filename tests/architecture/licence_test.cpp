// SPDX-License-Identifier: GPL-3.0-or-later
// Every source says under which licence it is: the programs link QCustomPlot, so it is QCustomPlot's.
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kLicence = "SPDX-License-Identifier: GPL-3.0-or-later";

bool isSource(const fs::path& file) {
    static constexpr std::array kEndings = {".cpp", ".h", ".py", ".sh", ".proto", ".fbs"};
    return std::ranges::count(kEndings, file.extension().string()) > 0 || file.filename() == "CMakeLists.txt";
}

/// In the first line, or in the second behind the name of an interpreter.
bool namesLicence(const fs::path& file) {
    std::ifstream in(file);
    std::string first, second;
    std::getline(in, first);
    std::getline(in, second);
    const std::string& line = first.starts_with("#!") ? second : first;
    return line.ends_with(kLicence);
}

} // namespace

TEST_CASE("Every source names its licence") {
    const fs::path root = fs::path(halftone::test::testsDir()) / "..";
    int files = 0;
    for (const char* room : {"app", "core", "ui", "tests", "packaging"})
        for (const auto& entry : fs::recursive_directory_iterator(root / room)) {
            if (!entry.is_regular_file() || !isSource(entry.path()))
                continue;
            ++files;
            INFO(entry.path().lexically_normal().string());
            CHECK(namesLicence(entry.path()));
        }
    CHECK(files >= 900); // nothing scanned would prove nothing
}
