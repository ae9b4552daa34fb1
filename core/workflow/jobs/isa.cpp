// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/jobs/isa.h"

#include "core/base/child_process.h"
#include "core/base/error.h"
#include "core/base/temporary_folder.h"
#include "core/base/text.h"
#include "core/report/json.h"
#include "core/report/progress.h"
#include "core/workflow/describe/report_head.h"
#include "core/workflow/jobs/job_base.h"
#include "core/workflow/network/load.h"
#include "core/workflow/network/precisions.h"
#include "core/workflow/network/quantize_model.h"
#include "core/workflow/tell/verdict.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace halftone {

namespace {

/// Values of ONEDNN_MAX_CPU_ISA, the least first. A CPU that lacks one falls back to one before it.
constexpr const char* kCaps[] = {
    "SSE41",           "AVX2", "AVX2_VNNI", "AVX512_CORE", "AVX512_CORE_VNNI", "AVX512_CORE_BF16", "AVX512_CORE_FP16",
    "AVX512_CORE_AMX", "ALL"};

struct RunningWorker {
    std::string cap;
    ChildProcess process;
    std::string isa;
    double fraction = 0; // of its measurement
    bool running = true;
    std::string report; // path; once it is done
    std::string failure;
};

std::string percent(double share) {
    return fmt::format("{} %", threeDigits(100 * share));
}

class Comparison : JobBase {
public:
    Comparison(const IsaRequest& request, Job& job)
        : JobBase(JobKind::Isa, request.job, job), m_command(request.worker), m_workers(start()),
          m_stages(job, stages()) {}

    Report run() {
        readModel();
        for (size_t i = 0; i < m_workers.size(); ++i)
            prepare(i);
        measureInTurn();
        collect();
        return std::move(m_report);
    }

private:
    /// One process for each instruction set that the CPU has; those that fall back to one seen before are ended again.
    std::vector<RunningWorker> start() {
        std::vector<RunningWorker> workers;
        for (const char* cap : kCaps) {
            std::vector<std::string> command = m_command;
            command.push_back((m_folder.path() / cap).string() + ".json");
            RunningWorker worker{cap, ChildProcess(command, {fmt::format("ONEDNN_MAX_CPU_ISA={}", cap)})};
            worker.isa = follow(worker, [](const ProgressMessage&) {});
            if (std::ranges::find(workers, worker.isa, &RunningWorker::isa) == workers.end())
                workers.push_back(std::move(worker));
        }
        return workers;
    }

    std::vector<Stages::Stage> stages() const {
        constexpr bool guess = true; // until a process knows how long it prepares
        std::vector<Stages::Stage> stages{{"Reading the model", 0.5, guess}};
        for (const RunningWorker& worker : m_workers)
            stages.push_back({"Preparing " + worker.isa, m_request.dataPath.empty() ? 2.0 : 20.0, guess});
        stages.push_back({"Measuring the instruction sets in turn",
                          static_cast<double>(m_workers.size()) * (m_request.timeBudgetS + 1)});
        return stages;
    }

    /// Handles what a process tells until it waits, and returns what it found. One that is done or fails runs no more.
    template <class Handle> std::string follow(RunningWorker& worker, Handle handle) {
        while (const std::optional<std::string> line = worker.process.readLine(m_job)) {
            const std::optional<ProgressMessage> message = progressMessage(*line);
            if (!message)
                continue;
            if (const auto* waits = std::get_if<JobWaits>(&*message))
                return waits->found;
            if (const auto* done = std::get_if<JobDone>(&*message)) {
                worker.running = false;
                worker.report = done->report;
                return {};
            }
            if (const auto* failed = std::get_if<JobFailed>(&*message)) {
                fail(worker, failed->message);
                return {};
            }
            handle(*message);
        }
        fail(worker, fmt::format("The process for {} {}.", worker.isa.empty() ? worker.cap : worker.isa,
                                 worker.process.ending()));
        return {};
    }

    static void fail(RunningWorker& worker, const std::string& cause) {
        worker.running = false;
        worker.failure = cause;
    }

    void readModel() {
        m_stages.next();
        loadModelAndData();
        m_stages.progress(0.6);
        openInput(precisionsToRun(m_request.precisions, m_machine.isa));
        diagnose(m_input->note());
        m_stages.progress(0.9);
        m_report.isas = IsaComparison{m_report.data ? m_report.data->samples : 0, m_request.timeBudgetS, {}, {}};
        std::vector<std::string> isas;
        for (const RunningWorker& worker : m_workers)
            isas.push_back(worker.isa);
        m_stages.found("this CPU has " + join(isas, ", "));
    }

    void prepare(size_t index) {
        m_stages.next();
        RunningWorker& worker = m_workers[index];
        const auto takes = [&](double seconds) { // larger instruction sets are seldom slower
            for (size_t each = index; each < m_workers.size(); ++each)
                m_stages.estimate(1 + each, seconds);
        };
        std::string found;
        if (worker.running) {
            worker.process.writeLine(index + 1 == m_workers.size() ? "check" : "go"); // the last one is the fastest
            found = follow(worker, [&](const ProgressMessage& message) {
                if (const auto* going = std::get_if<StageProgress>(&message)) {
                    if (going->secondsLeft >= 0)
                        takes(m_stages.spentS() + going->secondsLeft);
                    m_stages.progress(going->fraction);
                }
            });
        }
        if (worker.failure.empty())
            takes(m_stages.spentS());
        m_stages.found(worker.failure.empty() ? found : worker.failure);
    }

    void measureInTurn() {
        m_stages.next();
        const auto anyRuns = [&] { return std::ranges::any_of(m_workers, &RunningWorker::running); };
        const auto tell = [&] {
            double done = 0;
            for (const RunningWorker& worker : m_workers)
                done += worker.running ? worker.fraction : 1;
            m_stages.progress(done / static_cast<double>(m_workers.size()));
        };
        while (anyRuns()) {
            for (RunningWorker& worker : m_workers) {
                if (!worker.running)
                    continue;
                worker.process.writeLine("go");
                follow(worker, [&](const ProgressMessage& message) {
                    if (const auto* going = std::get_if<StageProgress>(&message))
                        worker.fraction = going->fraction;
                    else if (const auto* measured = std::get_if<LatencyMeasured>(&message))
                        m_job.listener().latency(measured->precision, measured->medianMs);
                    tell();
                });
                tell();
            }
        }
    }

    void collect() {
        std::string firstFailure;
        std::vector<Diagnostic> found; // by the last one, which checks the pictures
        size_t failures = 0, unstable = 0;
        for (const RunningWorker& worker : m_workers) {
            if (!worker.failure.empty()) {
                IsaRun run;
                run.cap = worker.cap;
                run.isa = worker.isa;
                run.failure = worker.failure;
                m_report.isas->runs.push_back(run);
                firstFailure = failures++ == 0 ? worker.failure : firstFailure;
                continue;
            }
            const Report part = loadReport(worker.report);
            m_report.options.quantization = part.options.quantization; // the last one's is this CPU's own
            found.insert(found.end(), part.diagnostics.begin(), part.diagnostics.end());
            m_report.machine.steal = larger(m_report.machine.steal, part.machine.steal);
            m_report.machine.others = larger(m_report.machine.others, part.machine.others);
            for (IsaRun run : part.isas->runs) {
                run.cap = worker.cap;
                unstable += std::ranges::any_of(run.latencyMs, [](const auto& each) { return !each.second.stable; });
                m_report.isas->runs.push_back(run);
            }
        }
        if (failures == m_workers.size())
            throw Error(ErrorCode::Unsupported, firstFailure);
        m_report.isas->conditions = conditionsOf(m_report);
        for (const IsaRun& run : m_report.isas->runs)
            explainWeights(run);
        for (Diagnostic& each : found) {
            each.code = "isa-" + each.code;
            diagnose(each);
        }
        m_report.verdict.sentence = isaSentence(*m_report.isas) + preprocessingClause(m_report);
        if (failures > 0)
            diagnose({Severity::Warning, "isa-failure", "",
                      fmt::format("{} of the {} instruction sets could not be measured; the first said: {}", failures,
                                  m_workers.size(), firstFailure)});
        if (unstable > 0)
            diagnose({Severity::Warning, "isa-unstable", "",
                      fmt::format("The timing of {} of the {} rows of instruction sets was disturbed. Close other "
                                  "programs, or give each more time.",
                                  unstable, m_report.isas->runs.size())});
    }

    /// What full weights did where sums have 16 bits, and what limited ones did instead.
    void explainWeights(const IsaRun& run) {
        const auto remedy = std::ranges::find_if(m_report.isas->runs, [&](const IsaRun& other) {
            return other.isa == run.isa && other.weightLimit != run.weightLimit;
        });
        if (run.weightLimit != "full" || !run.outputDifference || remedy == m_report.isas->runs.end())
            return;
        const auto top1 = [](const IsaRun& of) {
            const auto share = of.top1.find("int8");
            return share == of.top1.end() ? std::string() : fmt::format(", top-1 {} %", percentage(share->second));
        };
        if (run.saturated)
            diagnose(
                {Severity::Warning, "isa-saturation", run.isa,
                 fmt::format("On {} int8 sums with full 8-bit weights leave their 16 bits: outputs differ from exact "
                             "sums by up to {} of the largest{}. Limited weights ({}), the default there, cannot "
                             "saturate (difference {}{}).",
                             run.isa, percent(*run.outputDifference), top1(run), remedy->weightLimit,
                             percent(remedy->outputDifference.value_or(0)), top1(*remedy))});
        else
            diagnose(
                {Severity::Info, "isa-no-saturation", run.isa,
                 fmt::format("On {} int8 sums have 16 bits. With full 8-bit weights they did not visibly saturate for "
                             "this input (outputs differ from exact sums by up to {} of the largest{}), but with "
                             "other input they may; limited weights ({}), the default there, cannot.",
                             run.isa, percent(*run.outputDifference), top1(run), remedy->weightLimit)});
    }

    const std::vector<std::string>& m_command;
    TemporaryFolder m_folder{"halftone-isa"};
    std::vector<RunningWorker> m_workers;
    Stages m_stages;
};

} // namespace

Report compareIsas(const IsaRequest& request, Job& job) {
    checkRequest(request.job);
    return Comparison(request, job).run();
}

} // namespace halftone
