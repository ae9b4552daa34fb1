// SPDX-License-Identifier: GPL-3.0-or-later
// The floors and doors of core/README.md as rules about #include lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace halftone::test {

/// The targets of all #include lines of a source text, without quotes or brackets. Lines inside a block comment that
/// begins its line do not count.
std::vector<std::string> includesOf(std::string_view source);

/// Why `file` (relative to the root of the repository, '/'-separated) may not include `target`; empty when it may.
std::string violation(const std::string& file, const std::string& target);

struct Scan {
    int files = 0, includes = 0;
    std::vector<std::string> violations; // "file includes target: reason"
};

/// All .h and .cpp files below app, core and ui of the repository at `root`.
Scan scanSources(const std::string& root);

} // namespace halftone::test
