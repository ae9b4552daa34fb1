// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/measuring_command.h"

#include "app/summary.h"

#include <cstdio>

namespace halftone::app {

int MeasuringCommand::run(Job& job, Progress& told) {
    m_target.prepare(m_request, job); // minutes of measuring must not end in a file that cannot be written
    const Report report = measure(job);
    job.checkCancelled();
    m_target.save(report);
    told.done(m_target.reportPath(), report.verdict.sentence);
    if (progress != "jsonl")
        std::fputs(summary(report).c_str(), stdout);
    if (progress == "none")
        std::fputs(diagnosticLines(report).c_str(), stdout);
    return 0;
}

} // namespace halftone::app
