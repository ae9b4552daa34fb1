// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/jobs/sweep.h"

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/engine/compile.h"
#include "core/profile/measure.h"
#include "core/quantize/quantize.h"
#include "core/workflow/describe/report_head.h"
#include "core/workflow/jobs/job_base.h"
#include "core/workflow/network/load.h"
#include "core/workflow/network/precisions.h"
#include "core/workflow/network/quantize_model.h"
#include "core/workflow/samples/feed.h"
#include "core/workflow/tell/verdict.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <optional>

namespace halftone {

namespace {

constexpr size_t kPreparing = 2; // stages before those of the settings

struct Setting {
    int64_t batch = 1;
    int threads = 1;
};

std::string text(const Setting& setting) {
    return fmt::format("batch {}, {} thread{}", setting.batch, setting.threads, setting.threads == 1 ? "" : "s");
}

std::vector<int> upTo(int cores) {
    std::vector<int> threads{cores};
    for (int count = 1; count < cores; count *= 2)
        threads.push_back(count);
    return threads;
}

template <class T> std::vector<T> eachOnce(std::vector<T> values) {
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

std::vector<Setting> settingsOf(const JobRequest& request, int cores) {
    std::vector<int> threads = request.sweep.threads.empty() ? upTo(cores) : request.sweep.threads;
    JobRequest checked = request;
    for (int& count : threads) {
        checked.threads = count;
        checkRequest(checked);
        count = count == 0 ? cores : count;
    }
    std::vector<Setting> settings;
    for (const int64_t batch : eachOnce(request.sweep.batches)) {
        checked.batch = batch;
        checkRequest(checked);
        for (const int count : eachOnce(threads))
            settings.push_back({batch, count});
    }
    if (settings.empty())
        throw Error(ErrorCode::Usage, "A sweep needs at least one batch.");
    return settings;
}

/// The settings one after the other over the report that they fill.
class Sweeper : JobBase {
public:
    Sweeper(const JobRequest& request, Job& job) : Sweeper(request, job, settingsOf(request, machineInfo().cores)) {}

    Report run() {
        readModel();
        const Graph quantized = quantizeOnce();
        m_report.sweep = Sweep{m_request.timeBudgetS, {}, {}};
        for (size_t i = 0; i < m_settings.size(); ++i) {
            m_stages.next();
            const Setting& setting = m_settings[i];
            SweepPoint point{setting.threads, setting.batch, {}, {}, {}, false, {}};
            try {
                measure(quantized, setting, point);
            } catch (const Error& error) {
                failed(point, error);
            } catch (const std::bad_alloc&) {
                failed(point, Error(ErrorCode::Limit, "There is not enough memory for this batch."));
            }
            m_report.sweep->points.push_back(std::move(point));
            correctEstimates(i + 1);
        }
        if (std::ranges::all_of(m_report.sweep->points, [](const SweepPoint& point) { return !point.failure.empty(); }))
            throw *m_firstFailure;
        m_report.sweep->conditions = conditionsOf(m_report);
        m_report.verdict.sentence = sweepSentence(*m_report.sweep);
        warn();
        return std::move(m_report);
    }

private:
    Sweeper(const JobRequest& request, Job& job, std::vector<Setting> settings)
        : JobBase(JobKind::Sweep, request, job, mostThreads(settings)),
          m_precisions(precisionsToRun(request.precisions, m_machine.isa)), m_settings(std::move(settings)),
          m_stages(job, stages(m_settings, request)) {}

    static int mostThreads(const std::vector<Setting>& settings) {
        int most = 1;
        for (const Setting& setting : settings)
            most = std::max(most, setting.threads);
        return most;
    }

    static std::vector<Stages::Stage> stages(const std::vector<Setting>& settings, const JobRequest& request) {
        constexpr bool guess = true; // nothing is known before the first plan ran
        std::vector<Stages::Stage> stages{{"Reading the model", 0.5, guess}, {"Calibrating ranges", 5, guess}};
        for (const Setting& setting : settings)
            stages.push_back({"Measuring " + text(setting), request.timeBudgetS + 1, guess});
        return stages;
    }

    void readModel() {
        m_stages.next();
        m_dataset = openData(m_request);
        m_source = openModel(m_request.modelPath);
        take(bound(1));
        m_stages.progress(0.6);
        openInput(m_precisions);
        m_report.options.batch = m_settings.front().batch;
        if (m_report.data)
            m_report.data->samples = 0; // data only gives ranges here
        else
            diagnose(m_input->note());
        m_stages.progress(0.9);
    }

    LoadedModel bound(int64_t batch) {
        Sizes sizes = sizesFor(m_source->facts(), m_request.sizes, batch, m_dataset.get());
        if (const auto given = sizes.find(m_source->facts().batch); given != sizes.end())
            given->second = batch; // the sweep's own
        return prepareModel(m_source->bind(sizes), m_job);
    }

    Graph quantizeOnce() {
        m_stages.next();
        useThreads(m_threads);
        m_stages.part(0.15);
        Plan fp32 = compile(m_model.graph, {Precision::Fp32}, m_job, m_stages.teller());
        estimateFrom(fp32);
        m_stages.part(0.7);
        const ModelQuantizer quantizer(m_model, fp32, m_input->samples(), m_input->calibration(),
                                       m_request.quantization, m_machine, m_stages);
        diagnoseInput();
        m_stages.part(0.15);
        QuantizedModel quantized = quantizer.quantize(m_stages.teller());
        for (const Diagnostic& diagnostic : quantized.diagnostics)
            diagnose(diagnostic);
        m_report.options.quantization = std::move(quantized.options);
        m_report.model.int8WeightsBytes = weightsBytes(quantized.graph);
        m_stages.found(fmt::format("ranges of {} tensors from {}; the {} settings take about {} s",
                                   quantizer.calibration().tensors().size(), m_input->calibrationWords(),
                                   m_settings.size(), std::lround(m_estimateS)));
        return std::move(quantized.graph);
    }

    void estimateFrom(Plan& fp32) {
        m_compileS = m_stages.spentS();
        double fp32S = 0;
        for (int i = 0; i < 2; ++i) { // the first run is slower than those to come
            fillBatch(fp32, m_input->samples(), m_input->calibration(), 0);
            const int64_t start = nowNs();
            fp32.run();
            fp32S = secondsSince(start);
        }
        const double decodeS = decodingS(fp32, m_input->samples(), m_input->calibration());
        m_stages.estimate(kPreparing - 1,
                          2 * m_compileS + static_cast<double>(m_input->calibration().size()) * (2 * fp32S + decodeS));
        const auto precisions = static_cast<double>(m_precisions.size()); // the others are seldom slower
        m_compileS *= 2 * precisions;
        for (const Setting& setting : m_settings)
            m_sampleS[setting.threads] = precisions * fp32S * m_threads / setting.threads;
        correctEstimates(0);
    }

    void measure(const Graph& quantized, const Setting& setting, SweepPoint& point) {
        constexpr double kCompiling = 0.2; // of the time, roughly
        useThreads(setting.threads);       // before compiling: kernels are made for a number of threads
        if (!m_bound || m_boundBatch != setting.batch) {
            m_bound.reset();
            m_bound = bound(setting.batch);
            m_boundBatch = setting.batch;
        }
        const Graph onGrids = withGridsOf(quantized, m_bound->quantizable());
        std::vector<Plan> plans;
        std::vector<MeasuredPlan> named;
        plans.reserve(m_precisions.size()); // they keep their place
        for (const Precision precision : m_precisions) {
            m_stages.part(kCompiling / static_cast<double>(m_precisions.size()));
            plans.push_back(
                compile(isQuantized(precision) ? onGrids : m_bound->graph, {precision}, m_job, m_stages.teller()));
            fillBatch(plans.back(), m_input->samples(), m_input->calibration(), 0);
            named.push_back({name(precision), &plans.back()});
        }
        m_compileS = m_stages.spentS();
        m_stages.part(1 - kCompiling);
        const MeasuredAll measured = measureInterleaved(named, measureOptions(), m_job, m_stages.teller());
        double allMs = 0;
        std::vector<std::string> told;
        for (size_t i = 0; i < plans.size(); ++i) {
            const Latency& latency = measured.plans[i].latency;
            point.latencyMs[named[i].precision] = latency;
            told.push_back(fmt::format("{} {} ms", named[i].precision, threeDigits(latency.median)));
            allMs += latency.median;
        }
        const Speedup& speedup = measured.plans[1].speedup; // fp32 and int8 come first
        point.speedup = speedup.factor;
        point.speedupCi95 = speedup.ci95;
        point.significant = speedup.significant();
        point.grade = speedup.grade;
        m_report.machine.steal = larger(m_report.machine.steal, measured.steal);
        m_report.machine.others = larger(m_report.machine.others, measured.others);
        m_sampleS[setting.threads] = allMs / 1000 / static_cast<double>(setting.batch);
        m_stages.found(fmt::format("{}, speed-up {:.2f}x", join(told, ", "), speedup.factor));
    }

    void failed(SweepPoint& point, const Error& error) {
        point.failure = error.message();
        m_stages.found(error.message());
        if (!m_firstFailure)
            m_firstFailure = error;
    }

    MeasureOptions measureOptions() const { return {m_request.timeBudgetS, 10, m_request.seed}; }

    /// From what is known so far.
    void correctEstimates(size_t firstSetting) {
        m_estimateS = 0;
        for (size_t i = firstSetting; i < m_settings.size(); ++i) {
            const double onceS = m_sampleS[m_settings[i].threads] * static_cast<double>(m_settings[i].batch);
            const double estimateS = 0.1 + m_compileS + measuringS(onceS, measureOptions());
            m_stages.estimate(kPreparing + i, estimateS);
            m_estimateS += estimateS;
        }
    }

    void warn() {
        size_t failures = 0, unstable = 0;
        for (const SweepPoint& point : m_report.sweep->points) {
            failures += !point.failure.empty();
            unstable += std::ranges::any_of(point.latencyMs, [](const auto& each) { return !each.second.stable; });
        }
        const size_t all = m_settings.size();
        if (failures > 0)
            diagnose({Severity::Warning, "sweep-failure", "",
                      fmt::format("{} of the {} settings of the sweep could not be measured; the first said: {}",
                                  failures, all, m_firstFailure->message())});
        if (unstable > 0)
            diagnose(
                {Severity::Warning, "sweep-unstable", "",
                 fmt::format("The timing of {} of the {} settings of the sweep was disturbed. Close other programs, "
                             "or give each setting more time.",
                             unstable, all)});
    }

    std::vector<Precision> m_precisions;
    std::vector<Setting> m_settings;
    Stages m_stages;
    std::unique_ptr<ModelSource> m_source;
    std::optional<LoadedModel> m_bound; // at the batch of the current setting
    int64_t m_boundBatch = 0;
    double m_compileS = 0;           // of all precisions, for a setting
    std::map<int, double> m_sampleS; // by threads: seconds that a sample takes in all precisions together
    double m_estimateS = 0;          // of the settings to come
    std::optional<Error> m_firstFailure;
};

} // namespace

Report sweepModel(const JobRequest& request, Job& job) {
    return Sweeper(request, job).run();
}

} // namespace halftone
