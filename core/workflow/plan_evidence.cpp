#include "core/workflow/plan_evidence.h"

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/engine/compile.h"
#include "core/engine/machine.h"
#include "core/graph/weights.h"
#include "core/workflow/feed.h"
#include "core/workflow/layer_trials.h"
#include "core/workflow/plan_words.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <omp.h>

namespace halftone {

namespace {

constexpr size_t kMostReferenceBytes = size_t{256} << 20; // of outputs that are kept
constexpr size_t kMostPreparedBytes = size_t{128} << 20;  // of inputs that are kept
constexpr int64_t kFewSamples = 8, kManySamples = 64;     // of the trials

/// Seconds that one sample takes to decode, with all threads at it.
double decodingS(const PlanningRun& run) {
    std::vector<float> sample(run.input.fp32.input(0).size() / static_cast<size_t>(run.batch()));
    const int64_t start = nowNs();
    run.input.samples.tryFill(run.input.evaluation.front(), sample);
    return secondsSince(start) / omp_get_max_threads();
}

} // namespace

PlanEvidence::PlanEvidence(PlanningRun& run)
    : int8(compile(run.input.quantized, {Precision::Int8}, run.job)),
      reference(run.input.reference, run.input.pictures), figures{run.input.quantized,   {}, {}, {}, run.input.pins,
                                                                  reference.hasClasses()},
      m_run(run) {
    if (whyUnsupported(Precision::Bf16, run.input.isa).empty())
        bf16 = std::make_unique<Plan>(compile(run.input.reference, {Precision::Bf16}, run.job));
}

double PlanEvidence::sampleS(const std::string& precision) const {
    return latencyMs.at(precision) / 1000 / static_cast<double>(m_run.batch());
}

void PlanEvidence::measureWhole() {
    m_run.stages.next();
    std::vector<MeasuredPlan> plans{{"fp32", &m_run.input.fp32}, {"int8", &int8}};
    if (bf16)
        plans.push_back({"bf16", bf16.get()});
    const MeasuredAll all = m_run.measure(plans, m_run.shareS(PlanningStage::Measure));
    for (size_t i = 0; i < plans.size(); ++i) {
        const Measurement& each = all.plans[i];
        std::vector<double> stepMs;
        for (const StepTime& time : each.steps)
            stepMs.push_back(time.medianMs);
        measured[plans[i].precision] = {plans[i].plan->steps(), stepMs};
        latencyMs[plans[i].precision] = each.latency.median;
        times.addReference(plans[i].plan->steps(), stepMs, each.latency.median);
    }
    otherPrecision = bf16 && latencyMs["bf16"] < latencyMs["fp32"] ? "bf16" : "fp32";
    figures.int8 = measured["int8"];
    figures.other = measured[otherPrecision];
    for (NodeId id = 0; id < static_cast<NodeId>(m_run.nodes().size()); ++id) {
        const Node& node = m_run.nodes()[static_cast<size_t>(id)];
        if (hasWeights(node) && figures.int8.inInt8(node))
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

void PlanEvidence::compareWhole() {
    m_run.stages.next();
    const PlanningInput& input = m_run.input;
    decodeS = decodingS(m_run);
    const double eachS = decodeS + sampleS("fp32") + sampleS("int8");
    const auto affordable = static_cast<int64_t>(0.9 * m_run.shareS(PlanningStage::Compare) / eachS);
    const auto fitting = static_cast<int64_t>(kMostReferenceBytes / std::max<size_t>(reference.bytesPerSample(), 1));
    const std::vector<int64_t> asked =
        evenlySpread(std::max<int64_t>(std::min(affordable, fitting), 1), input.evaluation);
    forEachBatch(input.fp32, input.samples, asked, m_run.stages, [&](std::span<const int64_t> rows) {
        for (size_t i = 0; i < input.fp32.inputCount(); ++i)
            std::ranges::copy(input.fp32.input(i), int8.input(i).begin());
        input.fp32.run();
        int8.run();
        for (size_t row = 0; row < rows.size(); ++row) {
            reference.keep(rows[row], input.fp32, row);
            reference.compare(rows[row], int8, row, int8Difference);
        }
        samples.insert(samples.end(), rows.begin(), rows.end());
    });
    if (asked.size() < input.evaluation.size())
        m_run.diagnose(Severity::Info, "plan-samples",
                       fmt::format("The time allowed to compare {} of the {} samples; more time gives a surer plan.",
                                   asked.size(), input.evaluation.size()));
    m_run.stages.found(fmt::format("all layers in int8: {}", dropWords(reference.criterion(), drop(int8Difference))));
}

/// The layers whose int8 changes most come first: they decide where time runs out.
void PlanEvidence::tryLayers() {
    m_run.stages.next();
    const PlanningInput& input = m_run.input;
    const int64_t start = nowNs();
    const double shareS = m_run.shareS(PlanningStage::Try);
    compile(input.quantized, {Precision::Int8}, m_run.job); // as long as a trial, now that all kernels are there
    const double compileS = secondsSince(start);
    const double layerS = (shareS - compileS) / static_cast<double>(std::max<size_t>(layers.size(), 1));
    const auto affordable = static_cast<int64_t>(0.8 * (layerS - compileS) / sampleS("fp32"));
    const size_t inputBytes = sizeof(float) * input.fp32.input(0).size() / static_cast<size_t>(m_run.batch());
    const auto fitting = static_cast<int64_t>(kMostPreparedBytes / std::max<size_t>(inputBytes, 1));
    const int64_t most = std::max<int64_t>(1, std::min({kManySamples, fitting, reference.samples()}));
    triedSamples = std::clamp<int64_t>(affordable, 1, most);
    OutputReference outputs(input.reference, input.pictures);
    const PreparedSamples prepared(input.fp32, input.samples, evenlySpread(triedSamples, samples), m_run.stages,
                                   outputs);
    int8Noise = prepared.compare(int8, outputs, [&] { int8.run(); }).noise(reference.hasClasses());
    triedRight = outputs.right();

    std::vector<NodeId> order = layers;
    std::ranges::stable_sort(order, std::ranges::greater(), [&](NodeId id) {
        const Node& node = m_run.nodes()[static_cast<size_t>(id)];
        return std::abs(figures.other.ofNode(node) - figures.int8.ofNode(node));
    });
    for (const NodeId id : order) {
        if (secondsSince(start) > shareS && !figures.trials.empty())
            break;
        LayerTrial trial = tryLayer(input.reference, input.quantized, id, prepared, outputs, m_run.job);
        const double scale = times.add(trial.steps, trial.stepMs);
        for (double& ms : trial.stepMs)
            ms *= scale;
        figures.trials.push_back(std::move(trial));
        m_run.stages.progress(static_cast<double>(figures.trials.size()) / static_cast<double>(order.size()));
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
