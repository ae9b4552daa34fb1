// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/data_dir.h"

#include <cstdlib>
#include <filesystem>

namespace halftone::test {

std::string testsDir() {
    return HALFTONE_TESTS_DIR;
}

std::optional<std::string> dataDir() {
    const char* fromEnvironment = std::getenv("HALFTONE_DATA_DIR");
    const std::string dir = fromEnvironment ? fromEnvironment : HALFTONE_DEFAULT_DATA_DIR;
    if (dir.empty() || !std::filesystem::is_directory(dir))
        return std::nullopt;
    return dir;
}

} // namespace halftone::test
