// SPDX-License-Identifier: GPL-3.0-or-later
// How halftone-cli tells the course of a job: JSON lines for programs, a bar for people, or nothing.
#pragma once

#include "core/base/error.h"
#include "core/base/job.h"

#include <memory>
#include <string>

namespace halftone::app {

/// A JobListener that also tells where the job waits and how it ended. JSON lines go to stdout; the bar and all words
/// for people go to stderr, so that stdout holds results alone.
class Progress : public JobListener {
public:
    /// See JobWaits.
    virtual void waits(const std::string& found) {}
    virtual void failed(const Error& error) = 0;
    virtual void done(const std::string& reportPath, const std::string& sentence) {}
};

/// `mode` is "jsonl", "bar" or "none".
std::unique_ptr<Progress> makeProgress(const std::string& mode);

} // namespace halftone::app
