#include "core/workflow/layer_planner.h"

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/engine/compile.h"
#include "core/engine/machine.h"
#include "core/profile/measure.h"
#include "core/profile/step_times.h"
#include "core/quantize/drop_model.h"
#include "core/quantize/mixed_graph.h"
#include "core/quantize/planner.h"
#include "core/workflow/feed.h"
#include "core/workflow/layer_trials.h"
#include "core/workflow/output_reference.h"
#include "core/workflow/plan_problem.h"
#include "core/workflow/plan_words.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <omp.h>

namespace halftone {

namespace {

struct Share {
    const char* name;
    double share; // of the time
};
constexpr std::array kShares{Share{"Measuring fp32 and int8", 0.12}, Share{"Comparing accuracy", 0.2},
                             Share{"Trying each layer alone in int8", 0.35}, Share{"Choosing layers", 0.08},
                             Share{"Verifying the plan", 0.25}};
enum StageIndex : size_t { Measure, Compare, Try, Choose, Verify };

constexpr size_t kMostReferenceBytes = size_t{256} << 20; // of outputs that are kept
constexpr size_t kMostPreparedBytes = size_t{128} << 20;  // of inputs that are kept
constexpr int64_t kFewSamples = 8, kManySamples = 64;     // of the trials
constexpr double kPoints = 1, kPercentOfNorm = 10;        // the limit where none was given

double secondsSince(int64_t ns) { return static_cast<double>(nowNs() - ns) / 1e9; }

/// A choice of layers on its way into the report.
struct Candidate {
    std::vector<bool> int8; // by NodeId
    PlanPoint point;
    double noise = 0;
};

class LayerPlanner {
public:
    LayerPlanner(const PlanningInput& input, std::vector<Diagnostic>& diagnostics, Job& job, Stages& stages)
        : m_input(input), m_diagnostics(diagnostics), m_job(job), m_stages(stages),
          m_int8(compile(input.quantized, {Precision::Int8}, job)), m_reference(input.reference, input.pictures),
          m_figures{input.quantized, {}, {}, {}, {}, false} {
        if (whyUnsupported(Precision::Bf16, input.isa).empty())
            m_bf16 = std::make_unique<Plan>(compile(input.reference, {Precision::Bf16}, job));
        m_figures.hasClasses = m_reference.hasClasses();
        m_figures.fixed = input.pins;
        m_batch = static_cast<size_t>(m_input.fp32.inputShape(0)[0]);
    }

    MixedPlan run() {
        measureWhole();
        compareWhole();
        tryLayers();
        choose();
        verify();
        describe();
        return std::move(m_plan);
    }

private:
    double leftS() const { return static_cast<double>(m_input.deadlineNs - nowNs()) / 1e9; }

    /// What is left, shared among this stage and those to come.
    double shareS(StageIndex stage) const {
        double sum = 0;
        for (size_t i = stage; i < kShares.size(); ++i)
            sum += kShares[i].share;
        return std::max(0.0, leftS()) * kShares[stage].share / sum;
    }

    void diagnose(Severity severity, const std::string& code, const std::string& message) {
        m_diagnostics.push_back({severity, code, "", message});
        m_job.listener().diagnostic(m_diagnostics.back());
    }

    MeasuredAll measure(const std::vector<MeasuredPlan>& plans, double budgetS) {
        double allMs = 0;
        for (const MeasuredPlan& plan : plans) {
            fillBatch(*plan.plan, m_input.samples, m_input.evaluation, 0);
            const int64_t start = nowNs();
            plan.plan->run();
            allMs += secondsSince(start) * 1000;
        }
        const int rounds = std::clamp(static_cast<int>(1000 * budgetS / (5 * allMs)), 3, 10);
        return measureInterleaved(plans, {0.9 * budgetS, rounds, m_input.seed}, m_job,
                                  [&](double fraction) { m_stages.progress(fraction); });
    }

    void measureWhole() {
        m_stages.next();
        std::vector<MeasuredPlan> plans{{"fp32", &m_input.fp32}, {"int8", &m_int8}};
        if (m_bf16)
            plans.push_back({"bf16", m_bf16.get()});
        const MeasuredAll measured = measure(plans, shareS(Measure));
        for (size_t i = 0; i < plans.size(); ++i) {
            const Measurement& each = measured.plans[i];
            m_measured[plans[i].precision] = {plans[i].plan->steps(), each.stepMs};
            m_baseMs[plans[i].precision] = each.latency.median;
            m_times.addReference(plans[i].plan->steps(), each.stepMs, each.latency.median);
        }
        m_plan.otherPrecision = m_bf16 && m_baseMs["bf16"] < m_baseMs["fp32"] ? "bf16" : "fp32";
        m_figures.int8 = m_measured["int8"];
        m_figures.other = m_measured[m_plan.otherPrecision];
        for (NodeId id = 0; id < static_cast<NodeId>(nodes().size()); ++id)
            if (hasWeights(nodes()[static_cast<size_t>(id)]) && m_figures.int8.inInt8(nodes()[static_cast<size_t>(id)]))
                m_layers.push_back(id);
        checkPins();
        m_stages.found(fmt::format("fp32 {} ms, int8 {} ms, {} layers to choose for", threeDigits(m_baseMs["fp32"]),
                                   threeDigits(m_baseMs["int8"]), m_layers.size()));
    }

    void checkPins() const {
        for (const auto& [id, int8] : m_input.pins) {
            if (!int8 || std::ranges::count(m_layers, id) > 0)
                continue;
            const auto step = std::ranges::find(m_figures.int8.steps, nodes()[static_cast<size_t>(id)].name, &StepInfo::name);
            throw Error(ErrorCode::Usage,
                        fmt::format("The layer {} cannot be pinned to int8. {}", layerName(id),
                                    step == m_figures.int8.steps.end() ? "" : step->why),
                        layerName(id));
        }
    }

    /// Seconds that one sample takes to decode, with all threads at it.
    double decodeS() const {
        std::vector<float> sample(m_input.fp32.input(0).size() / m_batch);
        const int64_t start = nowNs();
        m_input.samples.tryFill(m_input.evaluation.front(), sample);
        return secondsSince(start) / omp_get_max_threads();
    }

    double sampleS(const std::string& precision) { return m_baseMs[precision] / 1000 / static_cast<double>(m_batch); }

    void compareWhole() {
        m_stages.next();
        const double shareS = this->shareS(Compare), decodeS = this->decodeS(),
                     eachS = decodeS + sampleS("fp32") + sampleS("int8");
        m_decodeS = decodeS;
        const auto affordable = static_cast<int64_t>(0.9 * shareS / eachS);
        const auto fitting = static_cast<int64_t>(kMostReferenceBytes / std::max<size_t>(m_reference.bytesPerSample(), 1));
        m_samples = evenlySpread(std::max<int64_t>(std::min(affordable, fitting), 1), m_input.evaluation);
        std::vector<int64_t> readable;
        forEachBatch(m_input.fp32, m_input.samples, m_samples, m_stages, [&](std::span<const int64_t> rows) {
            std::ranges::copy(m_input.fp32.input(0), m_int8.input(0).begin());
            m_input.fp32.run();
            m_int8.run();
            for (size_t row = 0; row < rows.size(); ++row) {
                m_reference.keep(rows[row], m_input.fp32, row);
                m_reference.compare(rows[row], m_int8, row, m_int8Difference);
            }
            readable.insert(readable.end(), rows.begin(), rows.end());
        });
        m_samples = std::move(readable);
        m_plan.criterion = m_reference.criterion();
        m_plan.accuracySamples = m_reference.samples();
        m_plan.relative = m_input.relative;
        m_plan.maxDrop = m_input.maxDrop.value_or(m_reference.hasClasses() ? kPoints : kPercentOfNorm);
        m_limit = m_plan.maxDrop;
        if (m_plan.relative && m_reference.labelled())
            m_limit *= static_cast<double>(m_reference.right()) / static_cast<double>(m_reference.samples());
        if (m_plan.accuracySamples < static_cast<int64_t>(m_input.evaluation.size()))
            diagnose(Severity::Info, "plan-samples",
                     fmt::format("The time allowed to compare {} of the {} pictures; more time gives a surer plan.",
                                 m_plan.accuracySamples, m_input.evaluation.size()));
        m_stages.found(fmt::format("all layers in int8: {}", dropWords(m_plan.criterion, drop(m_int8Difference))));
    }

    double drop(const OutputDifference& difference) const { return m_reference.drop(difference); }

    /// Every layer alone in int8, the ones whose int8 changes most first: they decide where time runs out.
    void tryLayers() {
        m_stages.next();
        const int64_t start = nowNs();
        const double shareS = this->shareS(Try);
        compile(m_input.quantized, {Precision::Int8}, m_job); // as long as a trial, now that all kernels are there
        const double compileS = secondsSince(start);
        const double perLayerS = (shareS - compileS) / static_cast<double>(std::max<size_t>(m_layers.size(), 1));
        const auto affordable = static_cast<int64_t>(0.8 * (perLayerS - compileS) / sampleS("fp32"));
        const auto fitting = static_cast<int64_t>(kMostPreparedBytes * m_batch / (sizeof(float) * m_input.fp32.input(0).size()));
        const int64_t most = std::max<int64_t>(1, std::min({kManySamples, fitting, m_reference.samples()}));
        m_plan.sensitivitySamples = std::clamp<int64_t>(affordable, 1, most);
        OutputReference outputs(m_input.reference, m_input.pictures);
        const std::vector<int64_t> samples = evenlySpread(m_plan.sensitivitySamples, m_samples);
        const PreparedSamples prepared(m_input.fp32, m_input.samples, samples, m_stages, outputs);
        m_int8Noise =
            prepared.compare(m_int8, outputs, [&] { m_int8.run(); }).noise(m_reference.hasClasses());
        m_fp32Right = outputs.right();

        std::vector<NodeId> order = m_layers;
        std::ranges::stable_sort(order, std::ranges::greater(), [&](NodeId id) {
            const Node& node = nodes()[static_cast<size_t>(id)];
            return std::abs(m_figures.other.ofNode(node) - m_figures.int8.ofNode(node));
        });
        for (const NodeId id : order) {
            if (secondsSince(start) > shareS && !m_figures.trials.empty())
                break;
            LayerTrial trial = tryLayer(m_input.reference, m_input.quantized, id, prepared, outputs, m_job);
            const double scale = m_times.add(trial.steps, trial.stepMs);
            for (double& ms : trial.stepMs)
                ms *= scale;
            m_figures.trials.push_back(std::move(trial));
            m_stages.progress(static_cast<double>(m_figures.trials.size()) / static_cast<double>(order.size()));
        }
        if (m_figures.trials.size() < order.size())
            diagnose(Severity::Warning, "plan-trials",
                     fmt::format("The time allowed to try {} of the {} layers alone in int8; the others count as the "
                                 "mean of these. Give the planner more time.",
                                 m_figures.trials.size(), order.size()));
        else if (m_plan.sensitivitySamples < std::min(kFewSamples, most))
            diagnose(Severity::Warning, "plan-trials",
                     fmt::format("The time allowed to try each layer on {} sample{} only. Give the planner more time.",
                                 m_plan.sensitivitySamples, m_plan.sensitivitySamples == 1 ? "" : "s"));
        tellWorst();
    }

    void tellWorst() {
        const auto worst = std::ranges::max_element(m_figures.trials, {}, [&](const LayerTrial& trial) {
            return trial.difference.noise(m_reference.hasClasses());
        });
        if (worst != m_figures.trials.end() && worst->difference.sqnrDb())
            m_stages.found(fmt::format("{} on {} samples; {} moves the output most ({:.1f} dB)", m_figures.trials.size(),
                                       m_plan.sensitivitySamples, layerName(worst->node), *worst->difference.sqnrDb()));
    }

    const std::vector<Node>& nodes() const { return m_input.quantized.nodes(); }
    std::string layerName(NodeId id) const {
        const Node& node = m_input.quantized.node(id);
        return displayText(node.origins.empty() ? node.name : node.origins.front());
    }

    bool isAllInt8(const std::vector<bool>& int8) const {
        return std::ranges::all_of(m_layers, [&](NodeId id) { return int8[static_cast<size_t>(id)]; });
    }

    Plan compileMixed(const std::vector<bool>& int8) {
        CompileOptions options{Precision::Int8};
        options.others = m_plan.otherPrecision == "bf16" ? Precision::Bf16 : Precision::Fp32;
        return compile(mixedGraph(m_input.reference, m_input.quantized, int8), options, m_job);
    }

    Candidate candidate(const PlannerPoint& chosen) {
        Candidate result{chosen.int8, {}, chosen.noise};
        for (const NodeId id : m_layers)
            if (!chosen.int8[static_cast<size_t>(id)])
                result.point.keptOut.push_back(layerName(id));
        result.point.predictedDrop = m_drops->drop(chosen.noise);
        result.point.predictedMs = m_times.latencyMs(compileMixed(chosen.int8).steps());
        return result;
    }

    /// Fewer layers out than `point`, whose drop is within the limit: layers that `faster`, beyond the limit, has in int8
    /// are taken back one after the other, the best gain first. The convex front leaves such points out.
    PlannerPoint filledUp(PlannerPoint point, const PlannerPoint& faster) const {
        for (;;) {
            std::optional<PlannerPoint> best;
            for (const NodeId id : m_layers) {
                const auto at = static_cast<size_t>(id);
                if (point.int8[at] || !faster.int8[at])
                    continue;
                std::vector<bool> int8 = point.int8;
                int8[at] = true;
                PlannerPoint tried = evaluateChoice(m_problem, std::move(int8));
                if (tried.ms < point.ms && m_drops->drop(tried.noise) <= m_limit && (!best || tried.ms < best->ms))
                    best = std::move(tried);
            }
            if (!best)
                return point;
            point = *std::move(best);
        }
    }

    void choose() {
        m_stages.next();
        const int64_t start = nowNs();
        const double shareS = this->shareS(Choose);
        const double changed = 1 - static_cast<double>(m_int8Difference.agreeing) /
                                       static_cast<double>(std::max<int64_t>(m_int8Difference.samples, 1));
        if (m_reference.hasClasses())
            m_drops.emplace(m_reference.margins(), m_int8Noise, changed, drop(m_int8Difference));
        else
            m_drops.emplace(m_int8Noise, drop(m_int8Difference));
        m_problem = planProblem(m_figures, m_times, m_int8Noise);

        std::vector<PlannerPoint> points = convexFront(m_problem);
        const auto within = std::ranges::find_if(
            points, [&](const PlannerPoint& point) { return m_drops->drop(point.noise) <= m_limit; });
        if (within != points.begin() && within != points.end()) {
            const PlannerPoint between = filledUp(*within, *(within - 1));
            if (between.int8 != within->int8)
                points.insert(within, between);
        }
        const PlannerPoint all = evaluateChoice(m_problem, std::vector<bool>(nodes().size(), true));
        if (std::ranges::none_of(points, [&](const PlannerPoint& point) { return point.int8 == all.int8; }))
            points.insert(points.begin(), all);
        // Near the limit first: where the time is too short for all, the others are left out.
        std::ranges::stable_sort(points, {}, [&](const PlannerPoint& point) {
            return std::abs(m_drops->drop(point.noise) - m_limit);
        });
        for (const PlannerPoint& point : points) {
            if (secondsSince(start) > shareS && !m_candidates.empty())
                break;
            m_candidates.push_back(candidate(point));
            m_stages.progress(static_cast<double>(m_candidates.size()) / static_cast<double>(points.size()));
        }
        keepFront();
        m_stages.found(fmt::format("{} points between {} and {} ms", m_candidates.size(),
                                   threeDigits(m_candidates.front().point.predictedMs),
                                   threeDigits(m_candidates.back().point.predictedMs)));
    }

    /// Without those that another one beats in both; the fastest first.
    void keepFront() {
        std::ranges::stable_sort(m_candidates, [](const Candidate& a, const Candidate& b) {
            return std::pair(a.point.predictedMs, a.noise) < std::pair(b.point.predictedMs, b.noise);
        });
        std::vector<Candidate> front;
        for (Candidate& each : m_candidates)
            if (front.empty() || each.noise < front.back().noise)
                front.push_back(std::move(each));
        m_candidates = std::move(front);
    }

    /// The difference of a plan over all samples that fp32 was run on.
    OutputDifference differenceOf(Plan& plan) {
        OutputDifference difference;
        forEachBatch(plan, m_input.samples, m_samples, m_stages, [&](std::span<const int64_t> rows) {
            plan.run();
            for (size_t row = 0; row < rows.size(); ++row)
                m_reference.compare(rows[row], plan, row, difference);
        });
        return difference;
    }

    void verify() {
        m_stages.next();
        const double roundS = 12 * (m_baseMs["fp32"] + m_baseMs["int8"] * 2) / 1000; // the least that measuring takes
        for (size_t i = 0; i < m_candidates.size(); ++i) {
            Candidate& each = m_candidates[i];
            if (each.point.predictedDrop > m_limit)
                continue;
            const double compareS = static_cast<double>(m_samples.size()) * (m_decodeS + sampleS("fp32"));
            if (m_tried > 0 && leftS() < compareS + roundS) {
                diagnose(Severity::Warning, "plan-unverified",
                         "The plan that was predicted to be within the limit is not, and the time did not allow to try "
                         "the next one. Give the planner more time.");
                return;
            }
            std::unique_ptr<Plan> own;
            OutputDifference difference = m_int8Difference;
            if (!isAllInt8(each.int8)) {
                own = std::make_unique<Plan>(compileMixed(each.int8));
                difference = differenceOf(*own);
            }
            each.point.measuredDrop = drop(difference);
            ++m_tried;
            m_stages.found(fmt::format("{} out of int8: {}", layersWords(each.point.keptOut.size()),
                                       dropWords(m_plan.criterion, *each.point.measuredDrop)));
            if (*each.point.measuredDrop > m_limit)
                continue;
            m_plan.chosen = static_cast<int>(i);
            m_mixedDifference = difference;
            measureChosen(own ? *own : m_int8, each.point);
            return;
        }
    }

    void measureChosen(Plan& mixed, PlanPoint& point) {
        std::vector<MeasuredPlan> plans{{"fp32", &m_input.fp32}, {"int8", &m_int8}};
        if (&mixed != &m_int8)
            plans.push_back({"mixed", &mixed});
        const MeasuredAll measured = measure(plans, std::clamp(0.8 * leftS(), 0.2, 10.0));
        for (size_t i = 0; i < plans.size(); ++i)
            m_plan.latencyMs[plans[i].precision] = measured.plans[i].latency;
        m_plan.latencyMs["mixed"] = measured.plans.back().latency;
        for (const Diagnostic& diagnostic : measured.diagnostics)
            diagnose(diagnostic.severity, "plan-" + diagnostic.code, diagnostic.message);
        const Speedup& speedup = measured.plans.back().speedup;
        m_plan.speedup = speedup.factor;
        m_plan.speedupCi95 = speedup.ci95;
        m_plan.significant = speedup.significant;
        point.measuredMs = m_plan.latencyMs["mixed"].median;
        // All predictions are told at the speed that the machine had now.
        m_drift = std::sqrt(m_plan.latencyMs["fp32"].median / m_baseMs["fp32"] * m_plan.latencyMs["int8"].median /
                            m_baseMs["int8"]);
    }

    void describe() {
        for (Candidate& each : m_candidates) {
            each.point.predictedMs *= m_drift;
            m_plan.front.push_back(each.point);
        }
        const std::vector<bool> all(nodes().size(), true);
        const std::vector<bool> chosen = m_plan.chosen < 0 ? all : m_candidates[static_cast<size_t>(m_plan.chosen)].int8;
        for (const NodeId id : m_layers)
            m_plan.layers.push_back(describeLayer(id, evaluateChoice(m_problem, all), evaluateChoice(m_problem, chosen)));
        const auto share = [](int64_t count, int64_t all) { return static_cast<double>(count) / static_cast<double>(all); };
        const auto tell = [&](const std::string& name, const OutputDifference& difference) {
            if (m_reference.labelled())
                m_plan.top1[name] = share(difference.right, difference.samples);
            if (m_reference.hasClasses())
                m_plan.agreement[name] = share(difference.agreeing, difference.samples);
        };
        if (m_reference.labelled())
            m_plan.top1["fp32"] = share(m_reference.right(), m_reference.samples());
        tell("int8", m_int8Difference);
        if (m_plan.chosen >= 0)
            tell("mixed", m_mixedDifference);
        m_plan.sentence = planSentence(m_plan, m_limit);
    }

    PlanLayer describeLayer(NodeId id, const PlannerPoint& all, const PlannerPoint& chosen) {
        const auto at = static_cast<size_t>(id);
        const Node& node = nodes()[at];
        PlanLayer layer;
        layer.layer = layerName(id);
        layer.op = opName(node.op);
        layer.precision = chosen.int8[at] ? "int8" : m_plan.otherPrecision;
        if (const auto pin = m_input.pins.find(id); pin != m_input.pins.end())
            layer.pinned = pin->second ? "int8" : "fp32";
        for (const auto& [precision, measured] : m_measured)
            layer.ms[precision] = m_drift * measured.ofNode(node);
        std::vector<bool> without = all.int8;
        without[at] = false;
        const double otherMs = m_figures.other.ofNode(node), int8Ms = m_figures.int8.ofNode(node);
        PlannerProblem free = m_problem;
        free.nodes[at].fixed.reset();
        const double outMs = evaluateChoice(free, without).ms - all.ms - (free.nodes[at].otherMs - int8Ms);
        layer.conversionMs = std::max(0.0, m_drift * outMs);
        layer.costPoints = std::max(0.0, m_drops->drop(m_int8Noise) - m_drops->drop(m_int8Noise - m_problem.nodes[at].noise));
        for (const LayerTrial& trial : m_figures.trials)
            if (trial.node == id) {
                layer.outputSqnrDb = trial.difference.sqnrDb();
                const auto samples = static_cast<double>(trial.difference.samples);
                if (m_reference.hasClasses())
                    layer.agreement = static_cast<double>(trial.difference.agreeing) / samples;
                if (m_reference.labelled())
                    layer.top1Drop = 100 * static_cast<double>(m_fp32Right - trial.difference.right) / samples;
            }
        if (layer.precision == "int8")
            return layer;
        std::vector<bool> with = chosen.int8;
        with[at] = true;
        const double gainMs = chosen.ms - evaluateChoice(free, with).ms;
        layer.reason = whyOut(layer, m_drift * otherMs, m_drift * int8Ms, m_drift * gainMs, m_plan.criterion);
        return layer;
    }

    const PlanningInput& m_input;
    std::vector<Diagnostic>& m_diagnostics;
    Job& m_job;
    Stages& m_stages;
    Plan m_int8;
    std::unique_ptr<Plan> m_bf16;
    OutputReference m_reference;
    PlanFigures m_figures;
    size_t m_batch = 1;
    MixedPlan m_plan;
    std::vector<NodeId> m_layers; // that are in int8 or not by themselves
    std::map<std::string, MeasuredSteps> m_measured;
    std::map<std::string, double> m_baseMs; // latency by precision
    StepTimes m_times;
    std::vector<int64_t> m_samples; // that accuracy is taken on
    double m_decodeS = 0;
    double m_limit = 0; // points, or percent of the outputs' norm
    OutputDifference m_int8Difference, m_mixedDifference;
    double m_int8Noise = 0; // on the samples of the trials
    int64_t m_fp32Right = 0;
    std::optional<DropModel> m_drops;
    PlannerProblem m_problem;
    std::vector<Candidate> m_candidates; // the front
    int m_tried = 0;
    double m_drift = 1; // how much slower the machine was at the end than at first
};

} // namespace

MixedPlan planLayers(const PlanningInput& input, std::vector<Diagnostic>& diagnostics, Job& job, Stages& stages) {
    return LayerPlanner(input, diagnostics, job, stages).run();
}

std::vector<Stages::Stage> planningStages(double budgetS) {
    std::vector<Stages::Stage> stages;
    for (const Share& share : kShares)
        stages.push_back({share.name, share.share * budgetS});
    return stages;
}

} // namespace halftone
