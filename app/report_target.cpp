// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/report_target.h"

#include "app/targets.h"

#include "core/report/csv.h"
#include "core/report/json.h"
#include "core/report/merge.h"
#include "core/workflow/jobs/profile.h"

namespace halftone::app {

void ReportTarget::add(Options& options) {
    options.add("--out", "Write the report here, as JSON", out);
    options.add("--into", "Add the results to this report of the same model", into);
    options.add("--csv", "Write the tables (layers.csv, changed.csv ...) into this folder", csv);
}

void ReportTarget::prepare(const JobRequest& request, Job& job) const {
    if (!out.empty())
        checkFileTarget(out);
    if (!csv.empty())
        checkFolderTarget(csv);
    if (into.empty())
        return;
    checkFileTarget(into);
    Job silent; // what the model file says is told by the work itself
    merged(loadReport(into), inspectModel(request, silent));
    job.checkCancelled();
}

void ReportTarget::save(const Report& report) const {
    if (!out.empty())
        saveReport(report, out);
    if (!csv.empty())
        saveCsv(report, csv);
    if (!into.empty())
        saveReport(merged(loadReport(into), report), into);
}

} // namespace halftone::app
