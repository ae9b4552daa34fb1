// SPDX-License-Identifier: GPL-3.0-or-later
// A request as a user would write it.
#pragma once

#include "core/request/job_request.h"

#include <string>
#include <vector>

namespace halftone {

/// "profile", "isa" ...: the word for this kind of job on the command line.
const char* name(JobKind kind);

/// The words that follow "halftone-cli profile": the model, and options for all that differs from defaultRequest().
std::vector<std::string> commandWords(JobKind kind, const JobRequest& request);

/// The whole line, with quotes where a shell needs them: "halftone-cli profile model.onnx --batch 4". It asks for the
/// same wherever the request came from.
std::string commandLine(JobKind kind, const JobRequest& request);

} // namespace halftone
