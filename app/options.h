// SPDX-License-Identifier: GPL-3.0-or-later
// The fields of a request (core/request/job_fields.h) as options of the command line.
#pragma once

#include "core/request/job_request.h"

#include <CLI/CLI.hpp>
#include <string>

namespace halftone::app {

void addProgress(CLI::App& app, std::string& mode);

/// One option for each field that this kind of job knows; parsing fills `request`, which says the defaults. Words that
/// are no value end the parsing with a CLI::ParseError or Error{Usage} that names the option.
void addRequest(CLI::App& app, JobKind kind, JobRequest& request);

/// Throws Error{Usage} for a name that is none.
Precision precisionOf(const std::string& word);

} // namespace halftone::app
