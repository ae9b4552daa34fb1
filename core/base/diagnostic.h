// SPDX-License-Identifier: GPL-3.0-or-later
// A finding that leaves the result usable: shown beside it and kept in the report.
#pragma once

#include <map>
#include <string>

namespace halftone {

enum class Severity { Info, Warning };

struct Diagnostic {
    Severity severity = Severity::Warning;
    std::string code;    // stable, kebab-case: "unstable-timing", "no-vnni"
    std::string where;   // layer, tensor or file; may be empty
    std::string message; // one sentence
    /// Settings that mend it, by the long options of the command line: {"preset", "imagenet-tf"}. Empty without a cure.
    std::map<std::string, std::string> cure;
    bool operator==(const Diagnostic&) const = default;
};

} // namespace halftone
