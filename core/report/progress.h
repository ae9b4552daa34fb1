// SPDX-License-Identifier: GPL-3.0-or-later
// How a job tells its course to another program: one JSON object a line, described once for those who write and those
// who read them.
#pragma once

#include "core/base/diagnostic.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace halftone {

struct StageBegins {
    int index = 0, count = 0; // counted from 1
    std::string name;         // for programs
    std::string text;         // for people
    bool operator==(const StageBegins&) const = default;
};
struct StageProgress {
    double fraction = 0;     // of the whole job, or of its part that ends with JobWaits
    double secondsLeft = -1; // -1: not known
    bool operator==(const StageProgress&) const = default;
};
/// What a stage came to, as a phrase.
struct StageFound {
    std::string text;
    bool operator==(const StageFound&) const = default;
};
struct LatencyMeasured {
    std::string precision;
    double medianMs = 0;
    bool operator==(const LatencyMeasured&) const = default;
};
/// A part of the job is done. The next one begins, with a progress of its own, when a line comes on standard input.
struct JobWaits {
    std::string found; // what the part came to, as a phrase; may be empty
    bool operator==(const JobWaits&) const = default;
};
struct JobFailed {
    std::string code; // name of the ErrorCode
    std::string where, message;
    bool operator==(const JobFailed&) const = default;
};
struct JobDone {
    std::string report; // path; "" where none was written
    std::string sentence;
    bool operator==(const JobDone&) const = default;
};

using ProgressMessage =
    std::variant<StageBegins, StageProgress, StageFound, LatencyMeasured, Diagnostic, JobWaits, JobFailed, JobDone>;

/// The message as one line without its end: {"type":"stage","index":1 ...}. Bytes that are no UTF-8 are replaced.
std::string progressLine(const ProgressMessage& message);

/// Absent for a line that is none, or of a type that is not known.
std::optional<ProgressMessage> progressMessage(std::string_view line);

} // namespace halftone
