// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/profile/roofline.h"
#include "core/workflow/describe/report_head.h"
#include "core/workflow/jobs/profile.h"
#include "core/workflow/samples/calibrate.h"

#include <fmt/format.h>

namespace halftone {

Report describeMachine(int threads, const Job& job) {
    checkSettings(threads, 1, {});
    const MachineInfo machine = machineInfo();
    const int used = threads > 0 ? threads : machine.cores;
    Report report =
        reportHead(threads > 0 ? fmt::format("halftone-cli machine --threads {}", threads) : "halftone-cli machine",
                   machine, used);
    report.roofline = machineRoofline(used, job);
    return report;
}

} // namespace halftone
