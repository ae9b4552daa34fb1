// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/jobs/isa.h"

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/engine/compile.h"
#include "core/profile/measure.h"
#include "core/quantize/batch_rows.h"
#include "core/report/json.h"
#include "core/workflow/compare/accuracy.h"
#include "core/workflow/jobs/job_base.h"
#include "core/workflow/network/load.h"
#include "core/workflow/network/precisions.h"
#include "core/workflow/network/quantize_model.h"
#include "core/workflow/preprocessing/check_preprocessing.h"
#include "core/workflow/samples/feed.h"
#include "core/workflow/samples/finite_pairs.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <list>
#include <utility>

namespace halftone {

namespace {

constexpr int64_t kExactSamples = 16; // whose outputs are compared with those of exact sums
constexpr double kLeastSlices = 8;    // of the time budget: how often the processes take turns at least

/// Largest |int8 - exact| / largest |exact| over all outputs of these samples.
double largestDifference(Plan& int8, Plan& exact, const Samples& samples, const std::vector<int64_t>& indices,
                         const std::function<void(double)>& progress) {
    double difference = 0, largest = 0;
    const size_t batch = samplesIn(int8.inputShape(0));
    for (size_t first = 0; first < indices.size(); first += batch) {
        fillBatch(int8, samples, indices, first);
        for (size_t input = 0; input < int8.inputCount(); ++input)
            std::ranges::copy(int8.input(input), exact.input(input).begin());
        int8.run();
        exact.run();
        for (size_t output = 0; output < exact.outputCount(); ++output)
            forFinitePairs(exact.output(output), int8.output(output), [&](double wanted, double found) {
                difference = std::max(difference, std::abs(found - wanted));
                largest = std::max(largest, std::abs(wanted));
            });
        progress(std::min(1.0, static_cast<double>(first + batch) / static_cast<double>(indices.size())));
    }
    return largest > 0 ? difference / largest : 0;
}

/// int8 with one limit of weights.
struct Variant {
    WeightLimit limit = WeightLimit::Full;
    QuantizationOptions options; // as resolved
    std::string plan;            // name of its int8 plan
    double difference = 0;
};

class Worker {
public:
    /// `checks`: whether the pictures come as the network was made for, which one process tells for all.
    Worker(const JobRequest& request, bool checks, Job& job)
        : m_request(request), m_checks(checks), m_job(job), m_machine(machineInfo()),
          m_stages(job, {{"Reading the model", 0.5, true}, // guesses, until the first plan ran
                         {"Calibrating ranges", 5, true},
                         {"Comparing accuracy", 20, true}}) {}

    void prepare() {
        m_stages.next();
        const std::shared_ptr<const Dataset> dataset = openData(m_request);
        m_model = loadModel(m_request.modelPath, m_request.sizes, m_request.batch, m_job, dataset.get());
        const JobInput input(m_request, m_model, dataset);
        useThreads(threadsOf(m_request, m_machine));
        m_stages.part(0.5);
        m_stages.progress(1);
        m_stages.part(0.5);
        add("fp32", m_model.graph, Precision::Fp32);
        estimateFrom(plan("fp32"), input);
        m_stages.next();
        constexpr double kCalibrating = 0.4; // of the time, roughly
        m_stages.part(kCalibrating);
        const ModelQuantizer quantizer(m_model, plan("fp32"), input.samples(), input.calibration(),
                                       m_request.quantization, m_machine, m_stages);
        for (const WeightLimit limit : limits()) {
            const bool usual = limit == usualLimit();
            QuantizeOptions options = m_request.quantization;
            options.weightLimit = limit;
            const double part = (1 - kCalibrating) / static_cast<double>(limits().size());
            m_stages.part(0.2 * part);
            const QuantizedModel quantized = quantizer.quantize(options, m_stages.teller());
            const std::string limitName = quantized.options.weightLimit;
            m_variants.push_back({limit, quantized.options, usual ? "int8" : "int8-" + limitName});
            Variant& variant = m_variants.back();
            m_stages.part(0.3 * part);
            add(variant.plan, quantized.graph, Precision::Int8);
            m_stages.part(0.2 * part);
            Plan exact = compile(quantized.graph, {Precision::Int8Simulated}, m_job, m_stages.teller());
            m_stages.part(0.3 * part);
            variant.difference =
                largestDifference(plan(variant.plan), exact, input.samples(),
                                  evenlySpread(kExactSamples, input.samples().size()), m_stages.teller());
            m_stages.part(0);
            for (const Precision precision : m_request.precisions)
                if (usual && precision != Precision::Int8 && precision != Precision::Fp32 &&
                    whyUnsupported(precision, m_machine.isa).empty())
                    add(name(precision), isQuantized(precision) ? quantized.graph : m_model.graph, precision);
        }
        for (Named& named : m_plans)
            fillBatch(named.plan, input.samples(), input.calibration(), 0);
        m_stages.next();
        if (input.data()) {
            Answers answers;
            m_accuracy =
                compareAccuracy(measured(), *input.data(), input.judged(), input.evaluation(), m_stages, &answers)
                    .accuracy;
            if (m_checks && input.pictures())
                m_wrongInput =
                    checkPreprocessing({m_model, plan("fp32"), *input.pictures(), answers, std::nullopt}, m_stages);
            m_kind = input.data()->kind();
        }
        for (Named& named : m_plans)
            fillBatch(named.plan, input.samples(), input.calibration(), 0);
        m_damaged = input.samples().damaged().size();
    }

    /// "top-1 fp32 81.0 %, int8 80.9 %; difference to exact sums 0.41 %", a part for each limit of weights.
    std::string preparedText() const {
        std::vector<std::string> parts;
        if (m_accuracy && m_accuracy->top1)
            parts.push_back(fmt::format("top-1 in fp32 {} %", percentage(m_accuracy->top1->share.at("fp32"))));
        for (const Variant& variant : m_variants) {
            std::string top1;
            if (m_accuracy && m_accuracy->top1)
                top1 = fmt::format("top-1 {} %, ", percentage(m_accuracy->top1->share.at(variant.plan)));
            parts.push_back(fmt::format("{} weights: {}{} % from exact sums", variant.options.weightLimit, top1,
                                        threeDigits(100 * variant.difference)));
        }
        if (m_damaged > 0)
            parts.push_back(
                fmt::format("{} damaged {} left out", m_damaged, wordFor(m_kind, static_cast<int64_t>(m_damaged))));
        return join(parts, "; ");
    }

    /// In slices: `pause` is called after each one.
    void measure(std::function<void()> pause) {
        MeasureOptions options{m_request.timeBudgetS, 10, m_request.seed};
        options.sliceS = std::max(0.1, m_request.timeBudgetS / kLeastSlices);
        options.pause = std::move(pause);
        m_measured = measureInterleaved(measured(), options, m_job,
                                        [&](double fraction) { m_job.listener().progress(fraction, -1); });
    }

    Report result() const {
        Report report;
        report.machine.steal = m_measured.steal;
        report.machine.others = m_measured.others;
        if (m_wrongInput)
            report.diagnostics.push_back(*m_wrongInput);
        report.isas.emplace();
        for (const Variant& variant : m_variants) {
            report.isas->runs.push_back(row(variant));
            if (variant.plan == "int8")
                report.options.quantization = variant.options;
        }
        return report;
    }

private:
    struct Named {
        std::string name;
        Plan plan;
    };

    WeightLimit usualLimit() const { return weightLimitFor(m_machine, m_request.quantization); }

    /// Where sums have 16 bits, weights that may saturate them stand beside those that cannot.
    std::vector<WeightLimit> limits() const {
        if (m_machine.int8DotProduct)
            return {usualLimit()};
        const WeightLimit safe = usualLimit() == WeightLimit::Full ? weightLimitFor(m_machine, {}) : usualLimit();
        return {WeightLimit::Full, safe};
    }

    void add(const std::string& name, const Graph& graph, Precision precision) {
        m_plans.push_back({name, compile(graph, {precision}, m_job, m_stages.teller())});
    }

    /// Stages to come, when only fp32 ran: the others are seldom slower, but take longer to compile.
    void estimateFrom(Plan& fp32, const JobInput& input) {
        const double compileS = m_stages.spentS();
        double batchS = 0;
        for (int i = 0; i < 2; ++i) { // the first run is slower than those to come
            fillBatch(fp32, input.samples(), input.calibration(), 0);
            const int64_t start = nowNs();
            fp32.run();
            batchS = secondsSince(start);
        }
        const double sampleS = batchS / static_cast<double>(m_model.file.batchSize());
        const double decodeS = decodingS(fp32, input.samples(), input.calibration());
        const auto times = [](size_t count, double eachS) { return static_cast<double>(count) * eachS; };
        const size_t plans = limits().size();
        m_stages.estimate(1, times(input.calibration().size(), 2 * sampleS + decodeS) +
                                 times(plans, 4 * compileS + static_cast<double>(kExactSamples) * 4 * sampleS));
        m_stages.estimate(2, 1.15 * times(input.evaluation().size(), times(1 + plans, sampleS) + decodeS));
    }

    Plan& plan(const std::string& name) { return std::ranges::find(m_plans, name, &Named::name)->plan; }

    std::vector<MeasuredPlan> measured() {
        std::vector<MeasuredPlan> plans;
        for (Named& named : m_plans)
            plans.push_back({named.name, &named.plan});
        return plans;
    }

    IsaRun row(const Variant& variant) const {
        IsaRun run;
        run.isa = m_machine.isa;
        run.weightBits = bitsOf(variant.limit);
        run.weightLimit = variant.options.weightLimit;
        run.outputDifference = variant.difference;
        run.saturated = saturated(variant);
        size_t index = 0;
        for (const Named& named : m_plans) {
            const Measurement& measurement = m_measured.plans[index++];
            if (named.name == variant.plan) {
                run.latencyMs["int8"] = measurement.latency;
                run.speedup = measurement.speedup.factor;
                run.speedupCi95 = measurement.speedup.ci95;
                run.significant = measurement.speedup.significant();
                run.grade = measurement.speedup.grade;
            } else if (named.name == "fp32" || (variant.plan == "int8" && !ofVariant(named.name))) {
                run.latencyMs[named.name] = measurement.latency;
            }
        }
        if (!m_accuracy)
            return run;
        run.agreement = m_accuracy->byPrecision.at(variant.plan).agreement;
        if (m_accuracy->top1)
            for (const auto& [precision, latency] : run.latencyMs)
                run.top1[precision] = m_accuracy->top1->share.at(precision == "int8" ? variant.plan : precision);
        return run;
    }

    bool ofVariant(const std::string& plan) const {
        return std::ranges::any_of(m_variants, [&](const Variant& variant) { return variant.plan == plan; });
    }

    /// Products of full weights and activations are summed in pairs of up to 2 * 127 * 255, more than 16 bits hold;
    /// those of limited weights always fit. Both are compared with the same grids computed in fp32, where a sum that
    /// lies between two codes may round to the other one: what limited weights differ by is that rounding alone.
    bool saturated(const Variant& variant) const {
        if (m_machine.int8DotProduct || variant.limit != WeightLimit::Full)
            return false;
        double rounding = 0;
        for (const Variant& other : m_variants)
            if (other.limit != WeightLimit::Full)
                rounding = other.difference;
        return variant.difference > std::max(0.01, 2 * rounding);
    }

    const JobRequest& m_request;
    bool m_checks;
    Job& m_job;
    MachineInfo m_machine;
    Stages m_stages;
    LoadedModel m_model;
    std::list<Named> m_plans; // fp32 first; plans keep their place
    std::vector<Variant> m_variants;
    std::optional<Accuracy> m_accuracy;
    std::optional<Diagnostic> m_wrongInput;
    size_t m_damaged = 0;
    SampleKind m_kind = SampleKind::Picture;
    MeasuredAll m_measured;
};

} // namespace

Report measureOwnIsa(const JobRequest& request, Job& job,
                     const std::function<std::string(const std::string& found)>& wait) {
    checkRequest(request);
    Worker worker(request, wait(machineInfo().isa) == "check", job);
    worker.prepare();
    wait(worker.preparedText());
    worker.measure([&] { wait({}); });
    return worker.result();
}

} // namespace halftone
