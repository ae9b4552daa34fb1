// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/describe/report_head.h"

#include "core/base/text.h"
#include "core/request/job_fields.h"
#include "core/workflow/network/quantize_model.h"

#include <algorithm>
#include <chrono>
#include <fmt/chrono.h>

namespace halftone {

namespace {

std::string& toolVersion() {
    static std::string version = "unknown";
    return version;
}

} // namespace

void setToolVersion(const std::string& version) {
    toolVersion() = version;
}

Report reportHead(const std::string& command, const MachineInfo& info, int threads) {
    Report report;
    report.tool = {"Halftone", toolVersion(), info.onednn};
    report.command = displayText(command, 16384);
    report.created = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                                 fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
    report.machine.cpu = info.cpu;
    report.machine.isa = info.isa;
    report.machine.cores = info.cores;
    report.machine.threads = threads;
    report.machine.memoryBytes = info.memoryBytes;
    report.machine.os = info.os;
    report.machine.frequencyMhz = cpuFrequencyMhz();
    report.machine.load = loadAverage();
    return report;
}

Options reportOptions(const JobRequest& request, const MachineInfo& machine, int threads, size_t calibrated,
                      const std::vector<Precision>& precisions, const BoundModel& file) {
    Options options;
    options.threads = threads;
    options.batch = file.batchSize();
    options.maxSamples = request.maxSamples;
    options.calibrationSamples = static_cast<int64_t>(calibrated);
    options.timeBudgetS = request.timeBudgetS;
    options.weightBits = bitsOf(weightLimitFor(machine, request.quantization));
    options.seed = request.seed;
    for (const Precision precision : precisions)
        options.precisions.push_back(name(precision));
    options.quantization = describeOptions(machine, request.quantization);
    options.sizes = file.chosenSizes();
    options.request = displayed(request);
    return options;
}

Conditions conditionsOf(const Report& report) {
    const Machine& machine = report.machine;
    return {report.created, report.command, report.options, machine.load, machine.steal, machine.others, {}};
}

std::optional<double> larger(const std::optional<double>& a, const std::optional<double>& b) {
    return a && b ? std::max(*a, *b) : a ? a : b;
}

} // namespace halftone
