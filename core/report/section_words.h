// SPDX-License-Identifier: GPL-3.0-or-later
// When and with which settings a section of the report was measured, as one line beside its title.
#pragma once

#include "core/report/report.h"

#include <optional>
#include <string>

namespace halftone {

/// "10:55" of an ISO 8601 time in UTC, in the local time zone; with the date where `beside` (also ISO 8601) is of
/// another day: "2026-11-30 10:55". "" where `iso` is no such time.
std::string localTime(const std::string& iso, const std::string& beside);

/// Whether the section was measured with other settings than the report's runs, or not in the same sitting.
bool isApart(const Report& report, const std::optional<Conditions>& conditions);

/// "Measured 10:55 with batch 16, not 1; load 2.1." Says so where a report does not tell, as those of earlier versions.
std::string sectionWords(const Report& report, const std::optional<Conditions>& conditions);

} // namespace halftone
