// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/planner/layer_planner.h"

#include "core/base/text.h"
#include "core/engine/compile.h"
#include "core/quantize/drop_model.h"
#include "core/quantize/mixed_graph.h"
#include "core/quantize/planner.h"
#include "core/workflow/planner/plan_evidence.h"
#include "core/workflow/samples/feed.h"
#include "core/workflow/tell/plan_words.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace halftone {

namespace {

constexpr double kPoints = 1, kPercentOfNorm = 10; // the limit where none was given

/// A choice of layers on its way into the report.
struct Candidate {
    std::vector<bool> int8; // by NodeId
    PlanPoint point;
    double noise = 0;
};

class LayerPlanner {
public:
    explicit LayerPlanner(PlanningRun& run) : m_run(run), m_evidence(run) {}

    MixedPlan run() {
        m_evidence.measureWhole();
        m_evidence.compareWhole();
        m_evidence.checkPictures();
        setLimit();
        m_evidence.tryLayers();
        m_plan.sensitivitySamples = m_evidence.triedSamples;
        choose();
        verify();
        describe();
        return std::move(m_plan);
    }

private:
    double drop(const OutputDifference& difference) const { return m_evidence.drop(difference); }

    void setLimit() {
        const OutputReference& reference = m_evidence.reference;
        m_plan.otherPrecision = m_evidence.otherPrecision;
        m_plan.criterion = reference.criterion();
        m_plan.accuracySamples = reference.samples();
        m_plan.relative = m_run.input.relative;
        m_plan.maxDrop = m_run.input.maxDrop.value_or(reference.hasClasses() ? kPoints : kPercentOfNorm);
        m_limit = m_plan.maxDrop;
        if (m_plan.relative && reference.labelled())
            m_limit *= static_cast<double>(reference.right()) / static_cast<double>(reference.samples());
    }

    bool isAllInt8(const std::vector<bool>& int8) const {
        return std::ranges::all_of(m_evidence.layers, [&](NodeId id) { return int8[static_cast<size_t>(id)]; });
    }

    Plan compileMixed(const std::vector<bool>& int8, const std::function<void(double)>& progress) {
        CompileOptions options{Precision::Int8};
        options.others = m_plan.otherPrecision == "bf16" ? Precision::Bf16 : Precision::Fp32;
        return compile(mixedGraph(m_run.input.reference, m_run.input.quantized, int8), options, m_run.job, progress);
    }

    Candidate candidate(const PlannerPoint& chosen, const std::function<void(double)>& progress) {
        Candidate result{chosen.int8, {}, chosen.noise};
        for (const NodeId id : m_evidence.layers)
            if (!chosen.int8[static_cast<size_t>(id)])
                result.point.keptOut.push_back(m_run.layerName(id));
        result.point.predictedDrop = m_drops->drop(chosen.noise);
        result.point.predictedMs = m_evidence.times.latencyMs(compileMixed(chosen.int8, progress).steps());
        return result;
    }

    void choose() {
        m_run.enter(PlanningStage::Choose);
        Pace pace(m_run.shareS(PlanningStage::Choose));
        const double changed = 1 - static_cast<double>(m_evidence.int8Difference.agreeing) /
                                       static_cast<double>(std::max<int64_t>(m_evidence.int8Difference.samples, 1));
        if (m_evidence.reference.hasClasses())
            m_drops.emplace(m_evidence.reference.margins(), m_evidence.int8Noise, changed,
                            drop(m_evidence.int8Difference));
        else
            m_drops.emplace(m_evidence.int8Noise, drop(m_evidence.int8Difference));
        m_problem = planProblem(m_evidence.figures, m_evidence.times, m_evidence.int8Noise);

        std::vector<PlannerPoint> points = convexFront(m_problem);
        m_fastest = points.front().int8;
        const auto allowed = [&](double noise) { return m_drops->drop(noise) <= m_limit; };
        const auto within =
            std::ranges::find_if(points, [&](const PlannerPoint& point) { return allowed(point.noise); });
        if (within != points.begin() && within != points.end()) {
            const PlannerPoint between = filledUp(m_problem, *within, *(within - 1), allowed);
            if (between.int8 != within->int8)
                points.insert(within, between);
        }
        const PlannerPoint all = evaluateChoice(m_problem, std::vector<bool>(m_run.nodes().size(), true));
        if (std::ranges::none_of(points, [&](const PlannerPoint& point) { return point.int8 == all.int8; }))
            points.insert(points.begin(), all);
        // Near the limit first: where the time is too short for all, the others are left out.
        std::ranges::stable_sort(
            points, {}, [&](const PlannerPoint& point) { return std::abs(m_drops->drop(point.noise) - m_limit); });
        const size_t pieces = points.size() + 1;
        size_t done = 0;
        const auto tell = [&](double more) {
            m_run.stages.progress((static_cast<double>(done) + more) / static_cast<double>(pieces));
        };
        if (isAllInt8(all.int8))
            m_allInt8 = candidate(all, tell);
        for (const PlannerPoint& point : points) {
            ++done;
            pace.done();
            if (pace.over() && !m_candidates.empty())
                break;
            m_candidates.push_back(candidate(point, tell));
        }
        keepFront();
        m_run.stages.found(fmt::format("{} points between {} and {} ms", m_candidates.size(),
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
        forEachBatch(plan, m_run.input.samples, m_evidence.samples, m_run.stages, [&](std::span<const int64_t> rows) {
            plan.run();
            for (size_t row = 0; row < rows.size(); ++row)
                m_evidence.reference.compare(rows[row], plan, row, difference);
        });
        return difference;
    }

    /// Looks for the fastest point within the limit: those before the last one that was above it are too noisy, those
    /// behind the first one within it too slow. What was measured last tells how far off the predictions are.
    void verify() {
        m_run.enter(PlanningStage::Verify);
        double ahead = 1; // of the stage
        size_t begin = 0, end = m_candidates.size();
        std::unique_ptr<Plan> chosen; // null where that is all in int8
        const auto found = [&] { return m_plan.chosen >= 0; };
        double scale = 1; // of measured drops to predicted ones
        bool outOfTime = false;
        for (bool first = true;; first = false) {
            std::optional<size_t> next = likelyWithin(begin, end, scale);
            if (!next && !found() && begin < end)
                next = begin + (end - begin) / 2;
            if (!next)
                break;
            outOfTime = !first && m_run.leftS() < m_run.proofS;
            if (outOfTime)
                break;
            std::unique_ptr<Plan> plan;
            OutputDifference difference = m_evidence.int8Difference;
            if (!isAllInt8(m_candidates[*next].int8)) {
                const double startS = m_run.stages.spentS();
                m_run.stages.part(0.1 * ahead);
                plan = std::make_unique<Plan>(compileMixed(m_candidates[*next].int8, m_run.stages.teller()));
                m_run.stages.part(0.2 * ahead);
                difference = differenceOf(*plan);
                ahead *= 0.7;
                m_run.proofS = std::max(m_run.proofS, m_run.stages.spentS() - startS);
            }
            PlanPoint& point = m_candidates[*next].point;
            point.measuredDrop = drop(difference);
            m_run.stages.found(fmt::format("{} out of int8: {}", layersWords(point.keptOut.size()),
                                           dropWords(m_plan.criterion, *point.measuredDrop)));
            scale = std::max(0.5, *point.measuredDrop / std::max(point.predictedDrop, m_limit / 100));
            if (*point.measuredDrop > m_limit) {
                begin = *next + 1;
            } else {
                end = *next;
                m_plan.chosen = static_cast<int>(*next);
                m_mixedDifference = difference;
                chosen = std::move(plan);
            }
        }
        m_run.stages.part(ahead);
        if (found())
            measureChosen(chosen ? *chosen : m_evidence.int8);
        else if (outOfTime)
            m_run.diagnose(Severity::Warning, "plan-unverified",
                           "The plans that were predicted to be within the limit are not, and the time did not allow "
                           "to try more of them. Give the planner more time.");
        m_run.stages.progress(1);
    }

    /// The fastest of these candidates whose predicted drop, scaled, is within the limit.
    std::optional<size_t> likelyWithin(size_t begin, size_t end, double scale) const {
        for (size_t i = begin; i < end; ++i)
            if (scale * m_candidates[i].point.predictedDrop <= m_limit)
                return i;
        return std::nullopt;
    }

    void measureChosen(Plan& mixed) {
        std::vector<MeasuredPlan> plans{{"fp32", &m_run.input.fp32}, {"int8", &m_evidence.int8}};
        if (&mixed != &m_evidence.int8)
            plans.push_back({"mixed", &mixed});
        const MeasuredAll measured = m_run.measure(plans, std::clamp(0.8 * m_run.leftS(), 0.0, 10.0));
        for (size_t i = 0; i < plans.size(); ++i)
            m_plan.latencyMs[plans[i].precision] = measured.plans[i].latency;
        for (const Diagnostic& diagnostic : measured.diagnostics)
            m_run.diagnose(diagnostic.severity, "plan-" + diagnostic.code, diagnostic.message);
        const auto& int8 = measured.plans[1];
        const bool int8Wins = m_allInt8 && drop(m_evidence.int8Difference) <= m_limit &&
                              int8.latency.median <= measured.plans.back().latency.median;
        if (int8Wins && &mixed != &m_evidence.int8)
            chooseAllInt8();
        const auto& chosen = int8Wins ? int8 : measured.plans.back();
        m_plan.latencyMs["mixed"] = chosen.latency;
        m_plan.speedup = chosen.speedup.factor;
        m_plan.speedupCi95 = chosen.speedup.ci95;
        m_plan.significant = chosen.speedup.significant();
        m_plan.grade = chosen.speedup.grade;
        m_plan.conditions.emplace();
        m_plan.conditions->steal = measured.steal;
        m_plan.conditions->others = measured.others;
        m_candidates[static_cast<size_t>(m_plan.chosen)].point.measuredMs = chosen.latency.median;
        // All predictions are told at the speed that the machine had now.
        m_drift = std::sqrt(m_plan.latencyMs["fp32"].median / m_evidence.latencyMs.at("fp32") *
                            m_plan.latencyMs["int8"].median / m_evidence.latencyMs.at("int8"));
    }

    /// The points that were predicted to be faster leave the front: the one of them that was measured is not.
    void chooseAllInt8() {
        std::erase_if(m_candidates,
                      [&](const Candidate& each) { return each.point.predictedMs <= m_allInt8->point.predictedMs; });
        m_candidates.insert(m_candidates.begin(), *m_allInt8);
        m_candidates.front().point.measuredDrop = drop(m_evidence.int8Difference);
        m_plan.chosen = 0;
        m_mixedDifference = m_evidence.int8Difference;
    }

    void describe() {
        for (Candidate& each : m_candidates) {
            each.point.predictedMs *= m_drift;
            if (isAllInt8(each.int8)) {
                each.point.measuredDrop = drop(m_evidence.int8Difference);
                if (m_plan.chosen >= 0)
                    each.point.measuredMs = m_plan.latencyMs["int8"].median;
            }
            m_plan.front.push_back(each.point);
        }
        const std::vector<bool> all(m_run.nodes().size(), true);
        const std::vector<bool> chosen =
            m_plan.chosen < 0 ? all : m_candidates[static_cast<size_t>(m_plan.chosen)].int8;
        for (const NodeId id : m_evidence.layers)
            m_plan.layers.push_back(
                describeLayer(id, evaluateChoice(m_problem, all), evaluateChoice(m_problem, chosen)));
        const auto share = [](int64_t count, int64_t all) {
            return static_cast<double>(count) / static_cast<double>(all);
        };
        const auto tell = [&](const std::string& name, const OutputDifference& difference) {
            if (m_evidence.reference.labelled())
                m_plan.top1[name] = share(difference.right, difference.samples);
            if (m_evidence.reference.hasClasses())
                m_plan.agreement[name] = share(difference.agreeing, difference.samples);
        };
        if (m_evidence.reference.labelled())
            m_plan.top1["fp32"] = share(m_evidence.reference.right(), m_evidence.reference.samples());
        tell("int8", m_evidence.int8Difference);
        if (m_plan.chosen >= 0)
            tell("mixed", m_mixedDifference);
        m_plan.sentence = planSentence(m_plan, m_limit);
    }

    PlanLayer describeLayer(NodeId id, const PlannerPoint& all, const PlannerPoint& chosen) {
        const auto at = static_cast<size_t>(id);
        const Node& node = m_run.nodes()[at];
        PlanLayer layer;
        layer.layer = m_run.layerName(id);
        layer.op = opName(node.op);
        layer.precision = chosen.int8[at] ? "int8" : m_plan.otherPrecision;
        if (const auto pin = m_run.input.pins.find(id); pin != m_run.input.pins.end())
            layer.pinned = pin->second ? "int8" : "fp32";
        for (const auto& [precision, measured] : m_evidence.measured)
            layer.ms[precision] = m_drift * measured.ofNode(node);
        const auto compared = [&](const MeasuredSteps& reference) {
            return compareSteps(reference.sumOfNode(node), m_evidence.figures.int8.sumOfNode(node),
                                m_evidence.disturbed);
        };
        if (const Speedup speedup = compared(m_evidence.measured.at("fp32")); speedup.factor > 0) {
            layer.speedup = speedup.factor;
            layer.speedupCi95 = speedup.ci95;
            layer.grade = speedup.grade;
        }
        std::vector<bool> without = all.int8;
        without[at] = false;
        const double otherMs = m_evidence.figures.other.ofNode(node), int8Ms = m_evidence.figures.int8.ofNode(node);
        PlannerProblem free = m_problem;
        free.nodes[at].fixed.reset();
        const double outMs = evaluateChoice(free, without).ms - all.ms - (free.nodes[at].otherMs - int8Ms);
        layer.conversionMs = std::max(0.0, m_drift * outMs);
        layer.costPoints = std::max(0.0, m_drops->drop(m_evidence.int8Noise) -
                                             m_drops->drop(m_evidence.int8Noise - m_problem.nodes[at].noise));
        for (const LayerTrial& trial : m_evidence.figures.trials)
            if (trial.node == id) {
                layer.outputSqnrDb = trial.difference.sqnrDb();
                const auto samples = static_cast<double>(trial.difference.samples);
                if (m_evidence.reference.hasClasses())
                    layer.agreement = static_cast<double>(trial.difference.agreeing) / samples;
                if (m_evidence.reference.labelled())
                    layer.top1Drop =
                        100 * static_cast<double>(m_evidence.triedRight - trial.difference.right) / samples;
            }
        if (layer.precision == "int8")
            return layer;
        std::vector<bool> with = chosen.int8;
        with[at] = true;
        layer.reason =
            whyOut(layer, {m_drift * otherMs, m_drift * int8Ms, compared(m_evidence.figures.other).significant(),
                           evaluateChoice(free, with).ms < chosen.ms, !m_fastest[at], m_plan.criterion});
        return layer;
    }

    PlanningRun& m_run;
    PlanEvidence m_evidence;
    MixedPlan m_plan;
    double m_limit = 0; // points, or percent of the outputs' norm
    std::optional<DropModel> m_drops;
    PlannerProblem m_problem;
    std::vector<bool> m_fastest;         // by NodeId: in int8 where time alone decides
    std::vector<Candidate> m_candidates; // the front
    std::optional<Candidate> m_allInt8;  // where no pin forbids it
    OutputDifference m_mixedDifference;
    double m_drift = 1; // how much slower the machine was at the end than at first
};

} // namespace

MixedPlan planLayers(const PlanningInput& input, std::vector<Diagnostic>& diagnostics, Job& job, Stages& stages) {
    PlanningRun run{input, diagnostics, job, stages};
    return LayerPlanner(run).run();
}

} // namespace halftone
