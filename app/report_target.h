// SPDX-License-Identifier: GPL-3.0-or-later
// Where a command that measures writes: a report of its own, an existing one, tables.
#pragma once

#include "app/options.h"
#include "core/base/job.h"
#include "core/report/report.h"
#include "core/request/job_request.h"

#include <string>

namespace halftone::app {

struct ReportTarget {
    std::string out, into, csv;

    void add(Options& options);
    /// Throws, before anything is measured, where the results could not be written or joined.
    void prepare(const JobRequest& request, Job& job) const;
    void save(const Report& report) const;
    /// The report that the results are in; "" when none was asked for.
    const std::string& reportPath() const { return into.empty() ? out : into; }
};

} // namespace halftone::app
