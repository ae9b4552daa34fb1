// SPDX-License-Identifier: GPL-3.0-or-later
// What is worth a warning and may be found in many layers: it is told once, with the first of them.
#pragma once

#include "core/base/diagnostic.h"

#include <string>
#include <string_view>
#include <vector>

namespace halftone {

struct Finding {
    std::string code, what; // "rounds to 1024 levels, which are no grid of 8 bits"
    std::string layer, op;
    int others = 0;
};

class Findings {
public:
    void add(const char* code, std::string_view what, const std::string& layer, const std::string& op);
    /// `Layer "a" (FakeQuantize) rounds ...; so do 3 other layers.`
    std::vector<Diagnostic> diagnostics() const;

private:
    std::vector<Finding> m_findings;
};

} // namespace halftone
