// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/common/findings.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

namespace {

constexpr size_t kMaxFindings = 20;

}

void Findings::add(const char* code, std::string_view what, const std::string& layer, const std::string& op) {
    const auto same = std::ranges::find_if(
        m_findings, [&](const Finding& finding) { return finding.code == code && finding.what == what; });
    if (same != m_findings.end())
        ++same->others;
    else if (m_findings.size() < kMaxFindings)
        m_findings.push_back({code, std::string(what), layer, op, 0});
}

std::vector<Diagnostic> Findings::diagnostics() const {
    std::vector<Diagnostic> result;
    for (const Finding& finding : m_findings)
        result.push_back({Severity::Warning, finding.code, finding.layer,
                          fmt::format("Layer \"{}\" ({}) {}{}.", finding.layer, finding.op, finding.what,
                                      finding.others == 0   ? std::string()
                                      : finding.others == 1 ? "; so does another layer"
                                                            : fmt::format("; so do {} other layers", finding.others))});
    return result;
}

} // namespace halftone
