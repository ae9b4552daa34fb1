// SPDX-License-Identifier: GPL-3.0-or-later
// What is most worth knowing about a report, beside its verdict.
#pragma once

#include "core/report/report.h"

#include <QString>

#include <map>
#include <string>
#include <vector>

namespace halftone {

struct Finding {
    QString text;      // one sentence with its number
    QString view;      // where the rows behind it are: "layers", "conversions", "planner", "warnings"
    std::string layer; // to be selected there; "" for none
    std::map<std::string, std::string> cure = {}; // as the Diagnostic's; empty without one
    bool operator==(const Finding&) const = default;
};

/// At most three, the weightiest first: doubts about the figures themselves, with their cure, why simulated int8 is
/// slow where it was asked for, a drop of accuracy above the plan's limit, the layers that cost most outside int8,
/// those that got slower in it, the share of conversions with the largest of them, and weights limited for want of
/// VNNI. What takes under 1 % of the int8 time is no finding.
std::vector<Finding> findings(const Report& report);

} // namespace halftone
