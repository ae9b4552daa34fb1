// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/planner/plan_evidence.h"

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/engine/compile.h"
#include "core/engine/machine/machine.h"
#include "core/graph/op_traits.h"
#include "core/profile/noise.h"
#include "core/workflow/planner/layer_trials.h"
#include "core/workflow/preprocessing/check_preprocessing.h"
#include "core/workflow/samples/feed.h"
#include "core/workflow/tell/plan_words.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace halftone {

namespace {

constexpr size_t kMostReferenceBytes = size_t{256} << 20; // of outputs that are kept
constexpr size_t kMostPreparedBytes = size_t{128} << 20;  // of inputs that are kept
constexpr int64_t kFewSamples = 8, kManySamples = 64;     // of the trials

constexpr double kCompiling = 0.3; // of the first stage's time, roughly
constexpr double kSlower = 1.3;    // how much slower the machine may become than it was

Plan compileInt8(PlanningRun& run) {
    run.enter(PlanningStage::Measure);
    run.stages.part(kCompiling);
    return compile(run.input.quantized, {Precision::Int8}, run.job, run.stages.teller());
}

} // namespace

PlanEvidence::PlanEvidence(PlanningRun& run)
    : int8(compileInt8(run)), reference(run.input.reference, run.input.data, run.input.judged),
      figures{run.input.quantized, {}, {}, {}, run.input.pins, reference.hasClasses()}, m_run(run) {
    compileS = run.stages.spentS();
    if (whyUnsupported(Precision::Bf16, run.input.isa).empty())
        bf16 = std::make_unique<Plan>(compile(run.input.reference, {Precision::Bf16}, run.job));
}

double PlanEvidence::sampleS(const std::string& precision) const {
    return latencyMs.at(precision) / 1000 / static_cast<double>(m_run.batch());
}

void PlanEvidence::measureWhole() {
    m_run.stages.part(1 - kCompiling);
    std::vector<MeasuredPlan> plans{{"fp32", &m_run.input.fp32}, {"int8", &int8}};
    if (bf16)
        plans.push_back({"bf16", bf16.get()});
    const MeasuredAll all = m_run.measure(plans, m_run.shareS(PlanningStage::Measure));
    for (size_t i = 0; i < plans.size(); ++i) {
        const Measurement& each = all.plans[i];
        std::vector<double> stepMs;
        std::vector<StepSum> sums;
        for (const StepTime& time : each.steps) {
            stepMs.push_back(time.medianMs);
            sums.push_back({time.medianMs, time.ci95, time.roundMs});
        }
        measured[plans[i].precision] = {plans[i].plan->steps(), stepMs, std::move(sums)};
        latencyMs[plans[i].precision] = each.latency.median;
        times.addReference(plans[i].plan->steps(), stepMs, each.latency.median);
    }
    disturbed = isDisturbed(all.steal, all.others);
    otherPrecision = bf16 && latencyMs["bf16"] < latencyMs["fp32"] ? "bf16" : "fp32";
    figures.int8 = measured["int8"];
    figures.other = measured[otherPrecision];
    for (NodeId id = 0; id < static_cast<NodeId>(m_run.nodes().size()); ++id) {
        const Node& node = m_run.nodes()[static_cast<size_t>(id)];
        if (isInt8Candidate(node.op) && figures.int8.inInt8(node))
            layers.push_back(id);
    }
    checkPins();
    m_run.stages.found(fmt::format("fp32 {} ms, int8 {} ms, {} to choose for", threeDigits(latencyMs["fp32"]),
                                   threeDigits(latencyMs["int8"]), layersWords(layers.size())));
}

void PlanEvidence::checkPins() const {
    for (const auto& [id, wanted] : m_run.input.pins) {
        if (!wanted || std::ranges::count(layers, id) > 0)
            continue;
        const std::string& name = m_run.nodes()[static_cast<size_t>(id)].name;
        const auto step = std::ranges::find(figures.int8.steps, name, &StepInfo::name);
        throw Error(ErrorCode::Usage,
                    fmt::format("The layer {} cannot be pinned to int8. {}", m_run.layerName(id),
                                step == figures.int8.steps.end() ? "" : step->why),
                    m_run.layerName(id));
    }
}

/// The samples come in an order whose every beginning is spread evenly: where the machine becomes slower than it was,
/// fewer of them are compared.
void PlanEvidence::compareWhole() {
    m_run.enter(PlanningStage::Compare);
    const PlanningInput& input = m_run.input;
    const int64_t start = nowNs();
    const double shareS = m_run.shareS(PlanningStage::Compare);
    const double decodeS = decodingS(input.fp32, input.samples, input.evaluation);
    const double oneS = decodeS + std::max(sampleS("fp32"), sampleS("int8"));
    const double eachS = decodeS + sampleS("fp32") + sampleS("int8");
    const auto affordable = static_cast<int64_t>(0.9 * shareS / eachS);
    const auto fitting = static_cast<int64_t>(kMostReferenceBytes / std::max<size_t>(reference.bytesPerSample(), 1));
    const std::vector<int64_t> asked =
        spreadFromTheStart(evenlySpread(std::max<int64_t>(std::min(affordable, fitting), 1), input.evaluation));
    forEachBatch(
        input.fp32, input.samples, asked, m_run.stages,
        [&](std::span<const int64_t> rows) {
            for (size_t i = 0; i < input.fp32.inputCount(); ++i)
                std::ranges::copy(input.fp32.input(i), int8.input(i).begin());
            input.fp32.run();
            int8.run();
            for (size_t row = 0; row < rows.size(); ++row) {
                reference.keep(rows[row], input.fp32, row);
                reference.compare(rows[row], int8, row, int8Difference);
            }
            samples.insert(samples.end(), rows.begin(), rows.end());
        },
        [&] { return secondsSince(start) > shareS; });
    std::ranges::sort(samples);
    compareS = secondsSince(start) * oneS / eachS;
    m_run.proofS = leastProofS();
    if (samples.size() < input.evaluation.size())
        m_run.diagnose(Severity::Info, "plan-samples",
                       fmt::format("The time allowed to compare {} of the {} samples; more time gives a surer plan.",
                                   samples.size(), input.evaluation.size()));
    m_run.stages.found(fmt::format("all layers in int8: {}", dropWords(reference.criterion(), drop(int8Difference))));
}

void PlanEvidence::checkPictures() {
    const PlanningInput& input = m_run.input;
    if (!input.pictures || !input.model)
        return;
    constexpr double kTrials = 0.05; // of the time that is left: a plan for wrong pictures is worth nothing
    if (auto found = checkPreprocessing({*input.model, input.fp32, *input.pictures, reference.answers(), std::nullopt,
                                         kTrials * std::max(0.0, m_run.leftS())},
                                        m_run.stages)) {
        found->code = "plan-" + found->code;
        m_run.diagnose(*found);
    }
}

/// To compile, compare and measure one plan.
double PlanEvidence::leastProofS() const {
    const double inferencesS = (latencyMs.at("fp32") + 2 * latencyMs.at("int8")) / 1000;
    MeasureOptions options{0};
    options.strict = true;
    return kSlower * (compileS + compareS + measuringS(inferencesS, options));
}

/// The layers whose int8 changes most come first: they decide where time runs out.
void PlanEvidence::tryLayers() {
    m_run.enter(PlanningStage::Try);
    const PlanningInput& input = m_run.input;
    const int64_t start = nowNs();
    const double shareS = m_run.shareS(PlanningStage::Try);
    m_run.stages.part(0.05);
    compile(input.quantized, {Precision::Int8}, m_run.job, m_run.stages.teller());
    compileS = secondsSince(start); // as long as a trial, now that all kernels are there
    m_run.proofS = leastProofS();
    const double layerS = (shareS - compileS) / static_cast<double>(std::max<size_t>(layers.size(), 1));
    const auto affordable = static_cast<int64_t>(0.8 * (layerS - compileS) / sampleS("fp32"));
    const size_t inputBytes = sizeof(float) * input.fp32.input(0).size() / static_cast<size_t>(m_run.batch());
    const auto fitting = static_cast<int64_t>(kMostPreparedBytes / std::max<size_t>(inputBytes, 1));
    const int64_t most = std::max<int64_t>(1, std::min({kManySamples, fitting, reference.samples()}));
    triedSamples = std::clamp<int64_t>(affordable, 1, most);
    m_run.stages.part(0.1);
    OutputReference outputs(input.reference, input.data, input.judged);
    const PreparedSamples prepared(input.fp32, input.samples, evenlySpread(triedSamples, samples), m_run.stages,
                                   outputs);
    int8Noise = prepared.compare(int8, outputs, [&] { int8.run(); }).noise(reference.hasClasses());
    triedRight = outputs.right();

    std::vector<NodeId> order = layers;
    std::ranges::stable_sort(order, std::ranges::greater(), [&](NodeId id) {
        const Node& node = m_run.nodes()[static_cast<size_t>(id)];
        return std::abs(figures.other.ofNode(node) - figures.int8.ofNode(node));
    });
    m_run.stages.part(0.85);
    const auto ofAll = [&](double trials) { return trials / static_cast<double>(order.size()); };
    Pace pace(shareS - secondsSince(start));
    for (const NodeId id : order) {
        if (pace.over() && !figures.trials.empty())
            break;
        LayerTrial trial =
            tryLayer(input.reference, input.quantized, id, prepared, outputs, m_run.job, [&](double done) {
                m_run.stages.progress(ofAll(static_cast<double>(figures.trials.size()) + done));
            });
        const double scale = times.add(trial.steps, trial.stepMs);
        for (double& ms : trial.stepMs)
            ms *= scale;
        figures.trials.push_back(std::move(trial));
        pace.done();
    }
    tellTrials(most);
}

void PlanEvidence::tellTrials(int64_t mostSamples) {
    if (figures.trials.size() < layers.size())
        m_run.diagnose(Severity::Warning, "plan-trials",
                       fmt::format("The time allowed to try {} of the {} layers alone in int8; the others count as the "
                                   "mean of these. Give the planner more time.",
                                   figures.trials.size(), layers.size()));
    else if (triedSamples < std::min(kFewSamples, mostSamples))
        m_run.diagnose(
            Severity::Warning, "plan-trials",
            fmt::format("The time allowed to try each layer on {} sample{} only. Give the planner more time.",
                        triedSamples, triedSamples == 1 ? "" : "s"));
    const auto worst = std::ranges::max_element(
        figures.trials, {}, [&](const LayerTrial& trial) { return trial.difference.noise(reference.hasClasses()); });
    if (worst != figures.trials.end() && worst->difference.sqnrDb())
        m_run.stages.found(fmt::format("{} on {} samples; {} moves the output most ({:.1f} dB)",
                                       layersWords(figures.trials.size()), triedSamples, m_run.layerName(worst->node),
                                       *worst->difference.sqnrDb()));
}

} // namespace halftone
