// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/jobs/profile.h"

#include "core/base/checked.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/engine/compile.h"
#include "core/profile/measure.h"
#include "core/profile/noise.h"
#include "core/profile/roofline.h"
#include "core/profile/waterfall.h"
#include "core/workflow/compare/accuracy.h"
#include "core/workflow/compare/layer_errors.h"
#include "core/workflow/describe/report_run.h"
#include "core/workflow/jobs/job_base.h"
#include "core/workflow/network/load.h"
#include "core/workflow/network/precisions.h"
#include "core/workflow/network/quantize_model.h"
#include "core/workflow/preprocessing/check_preprocessing.h"
#include "core/workflow/samples/calibrate.h"
#include "core/workflow/samples/feed.h"
#include "core/workflow/tell/not_finite.h"
#include "core/workflow/tell/simulated.h"
#include "core/workflow/tell/verdict.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <memory>

namespace halftone {

namespace {

enum StageIndex : size_t { Read, Compile32, Calibrate, CompileOthers, Measure, Limits, Compare };
constexpr double kAFewS = 0.3, kMargin = 1.2; // what a stage takes beside its work; estimates are rather too high

constexpr double kLeastTrialS = 5;    // of other preprocessings
constexpr int64_t kUsualSamples = 12; // that the errors of layers are told of
constexpr size_t kBadSamples = 6;     // whose divergence is looked for

struct TimedPlan {
    Plan plan;
    RunFacts facts;
    double sampleS = 0; // of one sample, by the first inferences
};

/// Profiling as a sequence of stages over the report that they fill.
class Profiler : JobBase {
public:
    Profiler(const JobRequest& request, Job& job)
        : JobBase(JobKind::Profile, request, job), m_stages(job, stages(request)),
          m_precisions(precisionsToRun(request.precisions, m_machine.isa)) {}

    Report run() {
        readModelAndData();
        compileFp32();
        const std::unique_ptr<ModelQuantizer> quantizer = collectRanges();
        compileOthers(*quantizer);
        measure();
        explainTimes();
        if (const DataSamples* data = m_input->data()) {
            m_stages.next();
            Answers answers;
            const int64_t start = nowNs();
            ComparedAccuracy compared =
                compareAccuracy(namedPlans(), *data, m_input->judged(), m_input->evaluation(), m_stages, &answers);
            for (const Diagnostic& diagnostic : compared.diagnostics)
                diagnose(diagnostic);
            m_report.accuracy = std::move(compared.accuracy);
            m_stages.next();
            if (m_report.accuracy) {
                m_report.accuracy->alsoCalibrated = m_input->alsoCalibrated();
                explainAccuracy(answers, secondsSince(start));
            }
            m_stages.progress(1); // most often there is nothing to try
        }
        analyseLayers(quantizer->graph());
        diagnoseInput();
        m_report.verdict = judge(m_report);
        return std::move(m_report);
    }

private:
    static std::vector<Stages::Stage> stages(const JobRequest& request) {
        constexpr bool guess = true; // nothing is known before the first plan ran
        std::vector<Stages::Stage> stages{
            {"Reading the model", 0.5, guess},      {"Compiling the fp32 plan", 0.5, guess},
            {"Calibrating ranges", 5, guess},       {"Quantizing and compiling", 1, guess},
            {"Measuring", request.timeBudgetS + 1}, {"Measuring the machine's limits", 1.5}};
        if (!request.dataPath.empty())
            stages.insert(stages.end(), {{"Comparing accuracy", 10, guess}, {"Checking the preprocessing", 0.2}});
        stages.push_back({"Analysing the layers", 1, guess});
        return stages;
    }

    /// From what compiling and running took so far; plans that are not compiled yet are seldom slower than fp32, but
    /// take longer to compile.
    void estimateStages() {
        const auto times = [](size_t count, double eachS) { return static_cast<double>(count) * eachS; };
        const double fp32S = m_plans[0].sampleS, fp32CompileS = m_plans[0].facts.compileMs / 1000;
        double allS = 0; // of one sample in every precision
        for (size_t i = 0; i < m_precisions.size(); ++i)
            allS += m_plans[i < m_plans.size() ? i : 0].sampleS;
        const size_t calibrated = m_input->calibration().size(), compared = m_input->evaluation().size();
        const auto batch = static_cast<double>(m_model.file.batchSize());
        const auto work = [&](size_t stage, double seconds) { m_stages.estimate(stage, kAFewS + kMargin * seconds); };
        if (m_plans.size() == 1) {
            work(Calibrate, times(calibrated, 2 * fp32S + m_decodeS));
            work(CompileOthers, times(m_precisions.size() - 1, 4 * fp32CompileS) +
                                    times(m_input->data() ? kHeldOutSamples : 0, 1.5 * fp32S + m_decodeS));
        }
        m_stages.estimate(Measure, kAFewS + measuringS(batch * allS, measureOptions()));
        if (m_input->data())
            work(Compare, times(compared, allS + m_decodeS) / (1 - kDrawing));
        const double compileS = m_plans.back().facts.compileMs / 1000;
        work(m_input->data() ? Compare + 2 : Compare,
             fp32CompileS + 2 * compileS + times(kUsualSamples + kBadSamples, 6 * batch * fp32S));
    }

    MeasureOptions measureOptions() const { return {m_request.timeBudgetS, 10, m_request.seed}; }

    void readModelAndData() {
        m_stages.next();
        loadModelAndData();
        m_stages.progress(0.6);
        if (m_request.precisions.empty())
            m_precisions = precisionsToRun(usualPrecisions(m_model.file), m_machine.isa);
        openInput(m_precisions);
        diagnose(m_input->note());
        m_stages.progress(0.9);
        m_stages.found(fmt::format("{} layers, {} parameters, {} MACs", m_model.file.layers.size(),
                                   roundedCount(m_report.model.parameters), roundedCount(m_report.model.macs)));
    }

    void compilePlan(const Graph& graph, Precision precision) {
        const PeakGrowth memory;
        const int64_t start = nowNs();
        Plan plan = compile(graph, {precision}, m_job, m_stages.teller());
        const double compileMs = static_cast<double>(nowNs() - start) / 1e6;
        fillBatch(plan, m_input->samples(), m_input->calibration(), 0);
        m_plans.push_back(
            {std::move(plan), {name(precision), m_machine.isa, m_threads, m_model.file.batchSize(), compileMs, 0, 0}});
        firstRun(m_plans.back());
        m_plans.back().facts.peakRssBytes = memory.bytes();
        m_decodeS = decodingS(m_plans.back().plan, m_input->samples(), m_input->calibration());
        estimateStages();
    }

    /// The first inference generates what the library left for later; it is reported apart.
    void firstRun(TimedPlan& timed) {
        const int64_t start = nowNs();
        timed.plan.run();
        timed.facts.firstMs = static_cast<double>(nowNs() - start) / 1e6;
        constexpr int runs = 3;
        const int64_t again = nowNs();
        for (int i = 0; i < runs; ++i)
            timed.plan.run();
        timed.sampleS = secondsSince(again) / runs / static_cast<double>(m_model.file.batchSize());
    }

    void compileFp32() {
        m_stages.next();
        useThreads(m_threads);
        compilePlan(m_model.graph, Precision::Fp32);
        m_stages.found(fmt::format("{} steps", m_plans[0].plan.steps().size()));
    }

    std::unique_ptr<ModelQuantizer> collectRanges() {
        m_stages.next();
        auto quantizer =
            std::make_unique<ModelQuantizer>(m_model, m_plans[0].plan, m_input->samples(), m_input->calibration(),
                                             m_request.quantization, m_machine, m_stages);
        m_stages.found(fmt::format("ranges of {} tensors from {}", quantizer->calibration().tensors().size(),
                                   m_input->calibrationWords()));
        return quantizer;
    }

    void compileOthers(const ModelQuantizer& quantizer) {
        m_stages.next();
        const double quantizing = 0.2, judging = m_input->data() ? 0.2 : 0; // of the time, roughly
        m_stages.part(quantizing);
        QuantizedModel quantized = quantizer.quantize(m_stages.teller());
        for (const Diagnostic& diagnostic : quantized.diagnostics)
            diagnose(diagnostic);
        m_report.options.quantization = quantized.options;
        m_whyWithoutGrid = whyWithoutGrid(quantizer.graph(), quantizer.calibration());
        m_stages.part(judging);
        describeRangesOf(quantized, quantizer);
        m_report.model.int8WeightsBytes = weightsBytes(quantized.graph);
        for (const Precision precision : std::span(m_precisions).subspan(1)) {
            m_stages.part((1 - quantizing - judging) / static_cast<double>(m_precisions.size() - 1));
            compilePlan(isQuantized(precision) ? quantized.graph : m_model.graph, precision);
            const std::vector<StepInfo>& steps = m_plans.back().plan.steps();
            if (precision == Precision::Int8)
                m_stages.found(fmt::format("{} of {} steps compute in int8",
                                           std::ranges::count(steps, std::string("int8"), &StepInfo::precision),
                                           steps.size()));
        }
        m_quantized = std::move(quantized.graph);
    }

    void describeRangesOf(const QuantizedModel& quantized, const ModelQuantizer& quantizer) {
        RangeSources sources{quantizer.graph(),
                             quantizer.calibration(),
                             quantizer.resolved(m_request.quantization),
                             {},
                             {},
                             quantizer.adopts(),
                             weightLimitFor(m_machine, m_request.quantization)};
        if (const DataSamples* data = m_input->data()) {
            sources.sampleName = [data](int64_t sample) { return data->info(sample).name; };
            std::optional<Plan> other; // where its activations are others than those of the fp32 plan
            if (quantizer.changesActivations())
                other = compile(quantizer.graph(), {Precision::Fp32}, m_job);
            sources.heldOutClippedShares = clippedShares(quantized.graph, other ? *other : m_plans[0].plan, *data,
                                                         heldOutSamples(*data, m_input->calibration()), m_stages);
        }
        m_report.tensors = describeRanges(quantized.graph, sources);
        if (!quantizer.adopts()) // more pictures would not change these
            for (const Diagnostic& diagnostic :
                 judgeRanges(m_report.tensors, m_input->data() ? m_input->data()->kind() : SampleKind::Sample))
                diagnose(diagnostic);
    }

    std::vector<MeasuredPlan> namedPlans() {
        std::vector<MeasuredPlan> plans;
        for (TimedPlan& timed : m_plans)
            plans.push_back({timed.facts.precision, &timed.plan});
        return plans;
    }

    void measure() {
        m_stages.next();
        const MeasuredAll measured = measureInterleaved(namedPlans(), measureOptions(), m_job, m_stages.teller());
        m_report.machine.steal = measured.steal;
        m_report.machine.others = measured.others;
        for (const Diagnostic& diagnostic : measured.diagnostics)
            diagnose(diagnostic);
        std::vector<std::string> times;
        for (size_t i = 0; i < m_plans.size(); ++i) {
            const Plan& plan = m_plans[i].plan;
            m_report.runs.push_back(describeRun(plan, measured.plans[i], m_plans[i].facts));
            if (m_report.runs.back().precision == "int8")
                explainNotFinite(m_report.runs.back(), m_whyWithoutGrid);
            appendConversions(m_report.conversions, m_report.runs.back(), plan);
            times.push_back(fmt::format("{} {} ms", m_report.runs.back().precision,
                                        threeDigits(m_report.runs.back().latencyMs.median)));
        }
        m_report.layers = alignLayers(m_model.file.layers, m_report.runs, isDisturbed(measured.steal, measured.others));
        m_stages.found(join(times, ", "));
        if (const auto found = explainSimulated(m_report))
            diagnose(*found);
    }

    /// After the measurement: it would push the plans out of the caches.
    void explainTimes() {
        m_stages.next();
        m_report.roofline = machineRoofline(m_threads, m_job, m_stages.teller());
        for (Run& run : m_report.runs)
            applyRoofline(*m_report.roofline, run);
        m_report.waterfall = lossWaterfall(m_report);
        std::string peaks;
        for (const PeakRate& peak : m_report.roofline->peaks)
            if (peak.threads == m_threads)
                peaks +=
                    fmt::format("{}{} {} GOP/s", peaks.empty() ? "" : ", ", peak.precision, threeDigits(peak.gops));
        m_stages.found(peaks);
    }

    /// On some samples spread over all, and on those that suffered most.
    void analyseLayers(const Graph& reference) {
        m_stages.next();
        const Samples& samples = m_input->samples();
        const DataSamples* data = m_input->data();
        const auto name = [&](int64_t sample) {
            return data ? data->info(sample).name : fmt::format("random {}", sample);
        };
        std::vector<int64_t> bad;
        if (m_report.accuracy)
            for (const auto* list : {&m_report.accuracy->changed, &m_report.accuracy->moved})
                for (const ChangedSample& changed : *list)
                    for (int64_t i = 0; i < samples.size() && bad.size() < kBadSamples; ++i)
                        if (name(i) == changed.sample && std::ranges::count(bad, i) == 0)
                            bad.push_back(i);
        std::vector<int64_t> usual = data ? m_input->evaluation() : m_input->calibration();
        std::erase_if(usual, [damaged = samples.damaged()](int64_t sample) { return damaged.contains(sample); });
        usual = evenlySpread(kUsualSamples, usual);
        Plan& int8 = m_plans[1].plan; // after fp32
        try {
            m_report.errors =
                analyseErrors({reference, m_quantized, int8, samples, usual, bad, name}, m_job, m_stages.teller());
        } catch (const Error& error) {
            if (error.code() != ErrorCode::Limit)
                throw;
            diagnose(Severity::Info, "no-errors", error.message());
            return;
        }
        const auto worst = std::ranges::min_element(m_report.errors->layers, {}, [](const LayerError& layer) {
            return layer.local ? layer.local->sqnrDb.value_or(1000) : 1000;
        });
        if (worst != m_report.errors->layers.end() && worst->local && worst->local->sqnrDb)
            m_stages.found(
                fmt::format("the largest error of a layer alone: {}, {:.1f} dB", worst->layer, *worst->local->sqnrDb));
    }

    /// `comparedS`: what comparing took, which a trial of other preprocessings may take again.
    void explainAccuracy(const Answers& answers, double comparedS) {
        const JudgedOutput& judged = m_input->judged();
        if (judged.kind != OutputKind::Classes)
            diagnose({Severity::Info, "judged-as", judged.name, judgedWords(judged)});
        constexpr double kLittleDb = 6;
        const auto& kept = m_report.accuracy->outputs.sqnrDb;
        if (m_request.quantization.ranges && kept &&
            *kept < kLittleDb) // ranges that were chosen here say so themselves
            diagnose(
                Severity::Warning, "little-is-kept",
                fmt::format("In int8 the output is {:.1f} dB of signal to noise with ranges by {}: little of it is "
                            "left. Let the ranges be chosen by the outputs, or keep layers in fp32.",
                            *kept, nameIn(*m_request.quantization.ranges)));
        if (!m_input->pictures())
            return;
        if (const auto found = checkPreprocessing({m_model, m_plans[0].plan, *m_input->pictures(), answers,
                                                   clippedShareOfInput(), std::max(kLeastTrialS, comparedS)},
                                                  m_stages))
            diagnose(*found);
    }

    std::optional<double> clippedShareOfInput() const {
        const std::string input = displayText(m_model.graph.value(m_model.graph.inputs.front()).name);
        const auto range = std::ranges::find(m_report.tensors, input, &TensorRange::name);
        return range == m_report.tensors.end() ? std::nullopt : std::optional(range->clippedShare);
    }

    Stages m_stages;
    std::vector<Precision> m_precisions; // of the runs
    Graph m_quantized;
    std::map<std::string, std::string> m_whyWithoutGrid; // by tensor
    std::vector<TimedPlan> m_plans;                      // one for each, as far as compiled
    double m_decodeS = 0;                                // of one sample
};

} // namespace

Report profileModel(const JobRequest& request, Job& job) {
    checkRequest(request);
    return Profiler(request, job).run();
}

} // namespace halftone
