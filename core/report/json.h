// SPDX-License-Identifier: GPL-3.0-or-later
// The report as JSON, schema "halftone-report/1". Field names equal those of report.h.
#pragma once

#include "core/report/preview.h"
#include "core/report/report.h"

#include <string>
#include <string_view>

namespace halftone {

/// Indented JSON with a trailing newline. Numbers are written so that reading them gives the same double; absent
/// optionals are null. Throws Error{Internal} naming the field for a number that is not finite (an optional one is
/// written as absent) and for text that is not valid UTF-8.
std::string toJson(const Report& report);

/// Throws Error{BadInput} naming `source` and the field for text that is not JSON, has another schema, lacks a field
/// that is not optional, holds the wrong type, or names a step that does not exist. Unknown fields are ignored: newer
/// minor versions may add some.
Report reportFromJson(std::string_view text, const std::string& source);

/// Writes atomically: the file is complete or unchanged. Throws Error{Io}; refuses a target that exists and is
/// not a regular file.
void saveReport(const Report& report, const std::string& path);
Report loadReport(const std::string& path);

/// A preview by the same rules.
std::string toJson(const Preview& preview);
Preview previewFromJson(std::string_view text, const std::string& source);

} // namespace halftone
