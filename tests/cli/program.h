// SPDX-License-Identifier: GPL-3.0-or-later
// Starts halftone-cli, as a shell or the window would.
#pragma once

#include "tests/support/temporary_folder.h"

#include <csignal>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace halftone::test {

struct Finished {
    int exitCode = -1; // -1: ended by a signal or did not end in two minutes
    std::string out, err;
};

/// Sends `signal` once stdout or stderr holds `text`.
struct Interruption {
    std::string text;
    int signal = SIGINT;
};

/// Waits for the end of the program; its standard input is empty.
Finished runCli(const std::vector<std::string>& arguments, const std::optional<Interruption>& interruption = {});

/// Each line of `text` as a JSON object; fails the test case for a line that is none or is not ended.
std::vector<nlohmann::json> jsonLines(const std::string& text);

/// A file of the bundled sample.
std::string samplePath(const std::string& name);
std::string sampleModel();
std::string sampleData();

std::string readText(const std::string& path);

} // namespace halftone::test
