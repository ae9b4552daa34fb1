// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/jobs/plan.h"

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/engine/compile.h"
#include "core/graph/op_traits.h"
#include "core/quantize/quantize.h"
#include "core/workflow/compare/accuracy.h"
#include "core/workflow/describe/report_head.h"
#include "core/workflow/jobs/job_input.h"
#include "core/workflow/network/load.h"
#include "core/workflow/network/quantize_model.h"
#include "core/workflow/planner/layer_planner.h"
#include "core/workflow/samples/feed.h"
#include "core/workflow/tell/plan_words.h"
#include "core/workflow/tell/verdict.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace halftone {

namespace {

constexpr double kCalibrationShare = 0.25; // of the budget, at most

class PlanJob {
public:
    PlanJob(const PlanRequest& request, Job& job)
        : m_startNs(nowNs()), m_request(request), m_profile(request.profile), m_job(job), m_machine(machineInfo()),
          m_threads(m_profile.threads > 0 ? m_profile.threads : m_machine.cores),
          m_report(reportHead(m_profile.command, m_machine, m_threads)), m_stages(job, stages(m_profile.timeBudgetS)) {}

    Report run() {
        readModelAndData();
        m_stages.next();
        useThreads(m_threads);
        m_stages.part(0.15);
        Plan fp32 = compile(m_network, {Precision::Fp32}, m_job, m_stages.teller());
        m_stages.part(0.7);
        const ModelQuantizer quantizer(m_model, fp32, m_input->samples(), affordableCalibration(fp32),
                                       m_profile.quantization, m_machine, m_stages);
        const Graph quantized = quantize(quantizer);
        plan(quantizer.graph(), quantized, fp32);
        return std::move(m_report);
    }

private:
    static std::vector<Stages::Stage> stages(double budgetS) {
        std::vector<Stages::Stage> stages{{"Reading the model", 0.02 * budgetS}, {"Calibrating ranges", 0.1 * budgetS}};
        const std::vector<Stages::Stage> planning = planningStages(0.88 * budgetS);
        stages.insert(stages.end(), planning.begin(), planning.end());
        return stages;
    }

    void diagnose(const Diagnostic& diagnostic) {
        m_report.diagnostics.push_back(diagnostic);
        m_job.listener().diagnostic(diagnostic);
    }

    void readModelAndData() {
        m_stages.next();
        m_model = loadModel(m_profile.modelPath, m_profile.sizes, m_profile.batch, m_job);
        m_network = m_model.quantizable();
        m_stages.progress(0.6);
        m_report.model = describeModel(m_model);
        for (const Diagnostic& diagnostic : m_model.file.diagnostics)
            diagnose(diagnostic);
        checkOptions(m_model, m_profile.quantization);
        readPins();
        m_input.emplace(m_profile, m_model);
        m_stages.progress(0.9);
        m_report.options =
            reportOptions(m_profile, m_machine, m_threads, m_input->calibration().size(), {}, m_model.file);
        m_report.data = m_input->describe();
        diagnose(m_input->note());
    }

    /// The wishes of --pin, and of the options that keep layers in fp32: the planner shows what these would cost.
    void readPins() {
        for (const std::string& layer : layersKeptInFp32(m_network, m_profile.quantization))
            pin(layer, false);
        for (const auto& [layer, int8] : m_request.pins)
            pin(layer, int8);
    }

    void pin(const std::string& layer, bool int8) {
        const std::string shown = displayText(layer);
        const auto& nodes = m_network.nodes();
        const auto node = std::ranges::find_if(nodes, [&](const Node& each) {
            return isInt8Candidate(each.op) && std::ranges::find(each.origins, layer) != each.origins.end();
        });
        if (node == nodes.end())
            throw Error(ErrorCode::Usage,
                        fmt::format("The model has no convolution or matrix product {} to pin. Others follow the "
                                    "layers around them.",
                                    shown),
                        shown);
        const auto [at, isNew] = m_pins.emplace(static_cast<NodeId>(node - nodes.begin()), int8);
        if (!isNew && at->second != int8)
            throw Error(
                ErrorCode::Usage,
                fmt::format("The layer {} is to be in int8 and is to be kept in fp32. Ask for one of them.", shown),
                shown);
    }

    /// Fewer samples than asked for where they would take more than their share of the budget.
    std::vector<int64_t> affordableCalibration(Plan& fp32) {
        const std::vector<int64_t>& asked = m_input->calibration();
        double eachS = 0;
        for (int i = 0; i < 2; ++i) { // the first run is slower than those to come
            const int64_t start = nowNs();
            fillBatch(fp32, m_input->samples(), asked, 0);
            fp32.run();
            eachS = 1.3 * secondsSince(start) / static_cast<double>(m_model.file.batchSize()); // collecting the ranges
        }
        const double shareS = kCalibrationShare * m_profile.timeBudgetS;
        const auto affordable = std::max<int64_t>(1, static_cast<int64_t>(shareS / eachS));
        if (affordable >= static_cast<int64_t>(asked.size()))
            return asked;
        diagnose({Severity::Info, "plan-calibration", "",
                  fmt::format("The time allowed to calibrate with {} of the {} samples.", affordable, asked.size())});
        m_report.options.calibrationSamples = affordable;
        if (m_report.data)
            m_report.data->calibrationSamples = affordable;
        return evenlySpread(affordable, asked);
    }

    /// With every layer on a grid: which of them stay out is what the plan is about.
    Graph quantize(const ModelQuantizer& quantizer) {
        QuantizeOptions options = m_profile.quantization;
        options.keepFp32.clear();
        options.keepFirstFp32 = options.keepLastFp32 = false;
        m_stages.part(0.15);
        QuantizedModel quantized = quantizer.quantize(options, m_stages.teller());
        for (const Diagnostic& diagnostic : quantized.diagnostics)
            diagnose(diagnostic);
        m_report.options.quantization = quantized.options;
        for (const std::string& layer : layersKeptInFp32(m_network, m_profile.quantization))
            m_report.options.quantization.keptFp32.push_back(displayText(layer));
        m_report.model.int8WeightsBytes = weightsBytes(quantized.graph);
        m_stages.found(fmt::format("ranges of {} tensors from {} {}", quantizer.calibration().tensors().size(),
                                   m_report.options.calibrationSamples,
                                   m_input->pictures() ? "pictures" : "random inputs"));
        return std::move(quantized.graph);
    }

    void plan(const Graph& reference, const Graph& quantized, Plan& fp32) {
        const PlanningInput input{reference,
                                  quantized,
                                  fp32,
                                  m_input->samples(),
                                  m_input->pictures(),
                                  m_input->pictures() ? m_input->evaluation() : m_input->calibration(),
                                  m_pins,
                                  m_machine.isa,
                                  m_request.maxDrop,
                                  m_request.relative,
                                  m_profile.seed,
                                  m_startNs + static_cast<int64_t>(m_profile.timeBudgetS * 1e9),
                                  &m_model};
        std::vector<Diagnostic> diagnostics;
        m_report.plan = planLayers(input, diagnostics, m_job, m_stages);
        m_report.diagnostics.insert(m_report.diagnostics.end(), diagnostics.begin(), diagnostics.end());
        if (const auto found = m_input->damaged())
            diagnose(*found);
        const MixedPlan& plan = *m_report.plan;
        if (m_report.data)
            m_report.data->samples = plan.accuracySamples;
        if (plan.conditions) {
            m_report.machine.steal = plan.conditions->steal;
            m_report.machine.others = plan.conditions->others;
        }
        m_report.plan->conditions = conditionsOf(m_report);
        m_report.plan->timeBudgetS = m_profile.timeBudgetS;
        m_report.plan->usedS = secondsSince(m_startNs);
        if (const auto found = warnOfBudget(m_report.plan->timeBudgetS, m_report.plan->usedS))
            diagnose(*found);
        m_report.verdict.sentence = m_report.plan->sentence + preprocessingClause(m_report);
    }

    int64_t m_startNs;
    const PlanRequest& m_request;
    const ProfileRequest& m_profile;
    Job& m_job;
    MachineInfo m_machine;
    int m_threads;
    Report m_report;
    Stages m_stages;
    LoadedModel m_model;
    Graph m_network; // in fp32, with the nodes of the quantized one
    std::map<NodeId, bool> m_pins;
    std::optional<JobInput> m_input;
};

} // namespace

Report planModel(const PlanRequest& request, Job& job) {
    checkRequest(request.profile);
    if (request.maxDrop && !(*request.maxDrop >= 0 && *request.maxDrop <= 100))
        throw Error(ErrorCode::Usage, "The largest accuracy drop must be 0 to 100.");
    return PlanJob(request, job).run();
}

} // namespace halftone
