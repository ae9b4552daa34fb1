// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/jobs/isa.h"

#include "core/base/child_process.h"
#include "core/base/error.h"
#include "core/base/temporary_folder.h"
#include "core/base/text.h"
#include "core/report/json.h"
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

struct Worker {
    std::string cap, isa;
    std::string resultPath;
    ChildProcess process;
    double fraction = 0; // of its measurement
    bool running = true;
    std::string failure;
};

/// The first word of a line, and the rest.
std::pair<std::string, std::string> split(const std::string& line) {
    const size_t space = line.find(' ');
    return {line.substr(0, space), space == std::string::npos ? "" : line.substr(space + 1)};
}

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
    std::vector<Worker> start() {
        std::vector<Worker> workers;
        for (const char* cap : kCaps) {
            std::vector<std::string> command = m_command;
            command.push_back((m_folder.path() / cap).string() + ".json");
            Worker worker{cap, "", command.back(), ChildProcess(command, {fmt::format("ONEDNN_MAX_CPU_ISA={}", cap)})};
            converse(worker, "", "isa", [&](const std::string&, const std::string& rest) { worker.isa = rest; });
            if (std::ranges::find(workers, worker.isa, &Worker::isa) == workers.end())
                workers.push_back(std::move(worker));
        }
        return workers;
    }

    std::vector<Stages::Stage> stages() const {
        constexpr bool guess = true; // until a process knows how long it prepares
        std::vector<Stages::Stage> stages{{"Reading the model", 0.5, guess}};
        for (const Worker& worker : m_workers)
            stages.push_back({"Preparing " + worker.isa, m_request.dataPath.empty() ? 2.0 : 20.0, guess});
        stages.push_back({"Measuring the instruction sets in turn",
                          static_cast<double>(m_workers.size()) * (m_request.timeBudgetS + 1)});
        return stages;
    }

    /// Sends `word` and handles the lines that come back up to one that begins with `last`, that one included. A
    /// process that fails is done with.
    template <class Handle>
    void converse(Worker& worker, const std::string& word, const std::string& last, Handle handle) {
        if (!word.empty())
            worker.process.writeLine(word);
        while (const std::optional<std::string> line = worker.process.readLine(m_job)) {
            const auto [first, rest] = split(*line);
            if (first == "error") {
                fail(worker, rest);
                return;
            }
            handle(first, rest);
            if (first == last || first == "done") {
                worker.running = first != "done";
                return;
            }
        }
        fail(worker, fmt::format("The process for {} {}.", worker.isa.empty() ? worker.cap : worker.isa,
                                 worker.process.ending()));
    }

    static void fail(Worker& worker, const std::string& cause) {
        worker.running = false;
        worker.failure = cause;
    }

    void readModel() {
        m_stages.next();
        take(loadModel(m_request.modelPath, m_request.sizes, m_request.batch, m_job));
        m_stages.progress(0.6);
        openInput(precisionsToRun(m_request.precisions, m_machine.isa));
        diagnose(m_input->note());
        m_stages.progress(0.9);
        m_report.isas = IsaComparison{m_report.data ? m_report.data->samples : 0, m_request.timeBudgetS, {}, {}};
        std::vector<std::string> isas;
        for (const Worker& worker : m_workers)
            isas.push_back(worker.isa);
        m_stages.found("this CPU has " + join(isas, ", "));
    }

    void prepare(size_t index) {
        m_stages.next();
        Worker& worker = m_workers[index];
        const auto takes = [&](double seconds) { // larger instruction sets are seldom slower
            for (size_t each = index; each < m_workers.size(); ++each)
                m_stages.estimate(1 + each, seconds);
        };
        if (worker.running && index + 1 == m_workers.size()) // the fastest one
            worker.process.writeLine("check");
        if (worker.running)
            converse(worker, "go", "ready", [&](const std::string& first, const std::string& rest) {
                if (first == "progress") {
                    const auto [fraction, left] = split(rest);
                    if (const double leftS = parseNumber(left, "progress"); leftS >= 0)
                        takes(m_stages.spentS() + leftS);
                    m_stages.progress(parseNumber(fraction, "progress"));
                } else if (first == "ready") {
                    m_stages.found(rest);
                }
            });
        if (worker.failure.empty())
            takes(m_stages.spentS());
        else
            m_stages.found(worker.failure);
    }

    void measureInTurn() {
        m_stages.next();
        const auto anyRuns = [&] { return std::ranges::any_of(m_workers, &Worker::running); };
        const auto tell = [&] {
            double done = 0;
            for (const Worker& worker : m_workers)
                done += worker.running ? worker.fraction : 1;
            m_stages.progress(done / static_cast<double>(m_workers.size()));
        };
        while (anyRuns()) {
            for (Worker& worker : m_workers) {
                if (worker.running)
                    converse(worker, "turn", "paused", [&](const std::string& first, const std::string& rest) {
                        if (first == "paused" || first == "progress")
                            worker.fraction = parseNumber(split(rest).first, "progress");
                        else if (const auto [precision, ms] = split(rest); first == "latency")
                            m_job.listener().latency(precision, parseNumber(ms, "latency"));
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
        for (const Worker& worker : m_workers) {
            if (!worker.failure.empty()) {
                IsaRun run;
                run.cap = worker.cap;
                run.isa = worker.isa;
                run.failure = worker.failure;
                m_report.isas->runs.push_back(run);
                firstFailure = failures++ == 0 ? worker.failure : firstFailure;
                continue;
            }
            const Report part = loadReport(worker.resultPath);
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
    std::vector<Worker> m_workers;
    Stages m_stages;
};

} // namespace

Report compareIsas(const IsaRequest& request, Job& job) {
    checkRequest(request.job);
    return Comparison(request, job).run();
}

} // namespace halftone
