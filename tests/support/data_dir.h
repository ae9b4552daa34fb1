// SPDX-License-Identifier: GPL-3.0-or-later
// Where tests find files: those of the repository, and the real models and pictures beside it.
#pragma once

#include <optional>
#include <string>

namespace halftone::test {

/// tests/ of the source tree.
std::string testsDir();

/// HALFTONE_DATA_DIR from the environment or CMake, or nothing.
std::optional<std::string> dataDir();

} // namespace halftone::test

/// In a TEST_CASE: names the folder, or ends the case with a visible warning when it is missing.
#define HALFTONE_REQUIRE_DATA(variable)                                                                                \
    const auto variable##Optional = halftone::test::dataDir();                                                         \
    if (!variable##Optional) {                                                                                         \
        WARN("SKIPPED: set HALFTONE_DATA_DIR to the folder with real models and pictures");                            \
        return;                                                                                                        \
    }                                                                                                                  \
    const std::string& variable = *variable##Optional
