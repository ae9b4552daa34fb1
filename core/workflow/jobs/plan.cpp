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
#include "core/workflow/jobs/job_base.h"
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

class PlanJob : JobBase {
public:
    PlanJob(const JobRequest& request, Job& job)
        : JobBase(JobKind::Plan, request, job), m_startNs(nowNs()), m_stages(job, stages(request.timeBudgetS)) {}

    Report run() {
        readModelAndData();
        m_stages.next();
        useThreads(m_threads);
        m_stages.part(0.15);
        Plan fp32 = compile(m_network, {Precision::Fp32}, m_job, m_stages.teller());
        m_stages.part(0.7);
        const ModelQuantizer quantizer(m_model, fp32, m_input->samples(), affordableCalibration(fp32),
                                       m_request.quantization, m_machine, m_stages);
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

    void readModelAndData() {
        m_stages.next();
        loadModelAndData();
        m_network = m_model.quantizable();
        m_stages.progress(0.6);
        checkOptions(m_model, m_request.quantization);
        readPins();
        openInput({});
        diagnose(m_input->note());
        m_stages.progress(0.9);
    }

    /// The wishes of --pin, and of the options that keep layers in fp32: the planner shows what these would cost.
    void readPins() {
        for (const std::string& layer : layersKeptInFp32(m_network, m_request.quantization))
            pin(layer, false);
        for (const auto& [layer, precision] : m_request.plan.pins)
            pin(layer, precision == Precision::Int8);
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
        const double shareS = kCalibrationShare * m_request.timeBudgetS;
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
        QuantizeOptions options = m_request.quantization;
        options.keepFp32.clear();
        options.keepFirstFp32 = options.keepLastFp32 = false;
        m_stages.part(0.15);
        QuantizedModel quantized = quantizer.quantize(options, m_stages.teller());
        for (const Diagnostic& diagnostic : quantized.diagnostics)
            diagnose(diagnostic);
        m_report.options.quantization = quantized.options;
        for (const std::string& layer : layersKeptInFp32(m_network, m_request.quantization))
            m_report.options.quantization.keptFp32.push_back(displayText(layer));
        m_report.model.int8WeightsBytes = weightsBytes(quantized.graph);
        m_stages.found(fmt::format("ranges of {} tensors from {} {}", quantizer.calibration().tensors().size(),
                                   m_report.options.calibrationSamples,
                                   m_input->data() ? wordFor(m_input->data()->kind(), 2) : "random inputs"));
        return std::move(quantized.graph);
    }

    void plan(const Graph& reference, const Graph& quantized, Plan& fp32) {
        const PlanningInput input{reference,
                                  quantized,
                                  fp32,
                                  m_input->samples(),
                                  m_input->data(),
                                  m_input->pictures(),
                                  m_input->judged(),
                                  m_input->data() ? m_input->evaluation() : m_input->calibration(),
                                  m_pins,
                                  m_machine.isa,
                                  m_request.plan.maxDrop,
                                  m_request.plan.relative,
                                  m_request.seed,
                                  m_startNs + static_cast<int64_t>(m_request.timeBudgetS * 1e9),
                                  &m_model};
        std::vector<Diagnostic> diagnostics;
        m_report.plan = planLayers(input, diagnostics, m_job, m_stages);
        m_report.diagnostics.insert(m_report.diagnostics.end(), diagnostics.begin(), diagnostics.end());
        diagnoseInput();
        const MixedPlan& plan = *m_report.plan;
        if (m_report.data)
            m_report.data->samples = plan.accuracySamples;
        if (plan.conditions) {
            m_report.machine.steal = plan.conditions->steal;
            m_report.machine.others = plan.conditions->others;
        }
        m_report.plan->conditions = conditionsOf(m_report);
        m_report.plan->timeBudgetS = m_request.timeBudgetS;
        m_report.plan->usedS = secondsSince(m_startNs);
        if (const auto found = warnOfBudget(m_report.plan->timeBudgetS, m_report.plan->usedS))
            diagnose(*found);
        m_report.verdict.sentence = m_report.plan->sentence + preprocessingClause(m_report);
    }

    int64_t m_startNs;
    Stages m_stages;
    Graph m_network; // in fp32, with the nodes of the quantized one
    std::map<NodeId, bool> m_pins;
};

} // namespace

Report planModel(const JobRequest& request, Job& job) {
    checkRequest(request);
    if (const auto& drop = request.plan.maxDrop; drop && !(*drop >= 0 && *drop <= 100))
        throw Error(ErrorCode::Usage, "The largest accuracy drop must be 0 to 100.");
    for (const auto& [layer, precision] : request.plan.pins)
        if (precision != Precision::Int8 && precision != Precision::Fp32)
            throw Error(ErrorCode::Usage,
                        fmt::format("The layer {} can be pinned to int8 or fp32 alone.", displayText(layer)),
                        displayText(layer));
    return PlanJob(request, job).run();
}

} // namespace halftone
