// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/section_target.h"

#include "app/targets.h"

#include "core/report/csv.h"
#include "core/report/json.h"
#include "core/report/merge.h"

namespace halftone::app {

void SectionTarget::add(CLI::App* command) {
    command->add_option("--out", out, "Write the report here, as JSON");
    command->add_option("--into", into, "Add the results to this report of the same model");
    command->add_option("--csv", csv, "Write the tables into this folder");
}

void SectionTarget::prepare(const ProfileRequest& request, Job& job) const {
    if (!out.empty())
        checkFileTarget(out);
    if (!csv.empty())
        checkFolderTarget(csv);
    if (into.empty())
        return;
    checkFileTarget(into);
    Job silent; // what the model file says is told by the work itself
    merged(loadReport(into), inspectModel(request.modelPath, request.sizes, "", silent));
    job.checkCancelled();
}

void SectionTarget::save(const Report& report) const {
    if (!out.empty())
        saveReport(report, out);
    if (!csv.empty())
        saveCsv(report, csv);
    if (!into.empty())
        saveReport(merged(loadReport(into), report), into);
}

} // namespace halftone::app
