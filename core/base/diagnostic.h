// A finding that leaves the result usable: shown beside it and kept in the report.
#pragma once

#include <string>

namespace halftone {

enum class Severity { Info, Warning };

struct Diagnostic {
    Severity severity = Severity::Warning;
    std::string code;    // stable, kebab-case: "unstable-timing", "no-vnni"
    std::string where;   // layer, tensor or file; may be empty
    std::string message; // one sentence
    bool operator==(const Diagnostic&) const = default;
};

} // namespace halftone
