// SPDX-License-Identifier: GPL-3.0-or-later
// Requests as JSON: the files of --request, the settings that the window keeps, and what a report was made with.
#pragma once

#include "core/report/report.h"
#include "core/request/job_request.h"

#include <string>
#include <string_view>

namespace halftone {

/// Indented JSON with a trailing newline, schema "halftone-request/1".
std::string toJson(const JobRequest& request);

/// Fields that are missing keep what `usual` has; unknown ones are ignored. Throws Error{BadInput} naming `source` and
/// the field for text that is not JSON, has another schema or holds a wrong value.
JobRequest requestFromJson(std::string_view text, const std::string& source, JobRequest usual = {});

/// Throws Error{Io} too.
void saveRequest(const JobRequest& request, const std::string& path);
JobRequest loadRequest(const std::string& path, JobRequest usual = {});

/// The request that a report's runs were made with: as asked, or as far as a report of earlier versions tells. The
/// model is where it lay then.
JobRequest requestOf(const Report& report);

} // namespace halftone
