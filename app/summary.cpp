// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/summary.h"

#include "core/base/text.h"
#include "core/report/accuracy_change.h"
#include "core/report/compared.h"
#include "core/report/computes_in.h"
#include "core/report/measures.h"
#include "core/report/port_shape.h"
#include "core/report/precisions.h"
#include "core/report/run_time.h"
#include "core/report/section_words.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <string_view>

namespace halftone::app {

namespace {

std::string megabytes(int64_t bytes) {
    return fmt::format("{:.2f} MB", static_cast<double>(bytes) / 1e6);
}

/// What a run needs of its own, without the model as it was read.
std::string memoryText(const Run& run) {
    const Memory& memory = run.memory;
    return fmt::format("weights {}, activations {}, scratchpad {}, peak {}\n", megabytes(memory.weightsBytes),
                       megabytes(memory.arenaBytes), megabytes(memory.scratchpadBytes), megabytes(memory.peakRssBytes));
}

std::string ports(const std::vector<Port>& list) {
    std::vector<std::string> texts;
    for (const Port& port : list)
        texts.push_back(fmt::format("{}{}{} {}", port.name, port.type.empty() ? "" : " ", port.type, portShape(port)));
    return join(texts, ", ");
}

/// "1.90x, sure", "1.60 to 2.30x, rough", "not decided, 0.92 to 1.10x"; "" for fp32 itself.
std::string speedupText(const GradedSpeedup& comparison) {
    if (!comparison.speedup || !comparison.ci95)
        return speedupFigure(comparison);
    if (comparison.grade == Grade::Undecided)
        return fmt::format("{}, {}", speedupFigure(comparison), intervalFigure(*comparison.ci95));
    return fmt::format("{}, {}", speedupFigure(comparison), name(comparison.grade));
}

std::string runLine(const Report& report, const Run& run, size_t nameWidth) {
    const Latency& latency = run.latencyMs;
    const std::string speedup = speedupText(speedupOf(report, run));
    return fmt::format("{:{}} {:>9} ms{}  (95 % {} to {}, p90 {}, {} inferences{})\n", run.precision, nameWidth,
                       threeDigits(latency.median), speedup.empty() ? "" : ", " + speedup, threeDigits(latency.ci95.lo),
                       threeDigits(latency.ci95.hi), threeDigits(latency.p90), latency.n,
                       latency.stable ? "" : ", unstable");
}

/// How the whole latency is made up, and what proves the waiting.
std::string partsLine(const Report& report, const Run& run) {
    const auto part = [&](double ms) { return threeDigitsOf(ms, run.latencyMs.median); };
    if (!knowsWaiting(run))
        return fmt::format("sum of the steps {} ms, in no step {} ms\n", part(run.stepsMs), part(run.unexplainedMs));
    std::string text = fmt::format("sum of the steps {} ms, waiting for a CPU {} ms, between steps {} ms\n",
                                   part(run.stepsMs), part(run.waitingMs), part(betweenStepsMs(run)));
    const std::string proof = run.waitingMs > 0 ? waitingProof(report.machine, run) : std::string();
    return proof.empty() ? text : text + "      waiting: " + proof + "\n";
}

/// The parts of the int8 time that are no gain, the largest first; empty without a waterfall.
std::string lossLine(const Report& report) {
    if (!report.waterfall)
        return {};
    constexpr size_t most = 3;
    constexpr double leastShare = 0.01; // of the int8 time
    std::vector<LossPart> losses;
    for (const LossPart& part : report.waterfall->parts)
        if (part.kind != LossKind::Ideal && part.kind != LossKind::Waiting &&
            part.ms >= leastShare * report.waterfall->int8Ms)
            losses.push_back(part);
    std::ranges::sort(losses, std::ranges::greater(), &LossPart::ms);
    losses.resize(std::min(losses.size(), most));
    const Run* int8 = report.run("int8");
    const std::string_view remainder = int8 && knowsWaiting(*int8) ? "between steps" : "in no step";
    std::vector<std::string> texts;
    for (const LossPart& loss : losses)
        texts.push_back(fmt::format("{} {} ms", loss.kind == LossKind::Unexplained ? remainder : nameIn(loss.kind),
                                    threeDigits(loss.ms)));
    return texts.empty() ? std::string() : fmt::format("lost of int8: {}\n", join(texts, ", "));
}

std::string machineLine(const Report& report) {
    return fmt::format("{}, {}, {} thread{}\n", report.machine.cpu, report.machine.isa, report.machine.threads,
                       report.machine.threads == 1 ? "" : "s");
}

/// What the file computes in, and what the int8 run does.
std::string computesInLine(const Report& report) {
    const std::string products = computesInWords(report);
    return products.empty()
               ? std::string()
               : fmt::format("computes in: the file {}; int8: {}\n", fileComputesInWords(report), products);
}

/// Of other outputs than classes what each precision keeps, with its intervals.
std::string keptLines(const Accuracy& accuracy) {
    std::string text;
    for (const auto& [precision, closeness] : accuracy.byPrecision) {
        std::vector<std::string> intervals;
        for (const Measure& measure : closeness.measures)
            if (const std::string interval = intervalOf(measure); !interval.empty())
                intervals.push_back(interval);
        if (!closeness.measures.empty())
            text += fmt::format("{} against fp32: {}{}\n", precision, measureWords(closeness.measures),
                                intervals.empty() ? "" : "; 95 % " + join(intervals, ", "));
    }
    return text;
}

std::string accuracyLine(const Report& report) {
    if (!report.accuracy)
        return {};
    if (!report.accuracy->top1)
        return keptLines(*report.accuracy);
    std::vector<std::string> shares;
    for (const Run& run : report.runs)
        if (const auto share = report.accuracy->top1->share.find(run.precision);
            share != report.accuracy->top1->share.end())
            shares.push_back(fmt::format("{} {} %", run.precision, percentage(share->second)));
    const std::string change = accuracyChangeWords(*report.accuracy);
    return fmt::format("top-1 {}{}\n", join(shares, ", "), change.empty() ? "" : "; " + change);
}

} // namespace

std::string modelSummary(const Report& report) {
    const Model& model = report.model;
    std::string text = fmt::format("{} ({}, {})\n", model.name, model.format, megabytes(model.sizeBytes));
    text += fmt::format("inputs      {}\noutputs     {}\n", ports(model.inputs), ports(model.outputs));
    if (!model.openSizes.empty())
        text += fmt::format("open sizes  {}\n", join(model.openSizes, ", "));
    text += fmt::format("parameters  {}\nMACs        {}\noperators  ", model.parameters, model.macs);
    for (const auto& [op, count] : model.operators)
        text += fmt::format(" {}:{}", op, count);
    return text + "\n" + diagnosticLines(report);
}

std::string cureSentence(const Diagnostic& diagnostic) {
    std::vector<std::string> options;
    for (const auto& [option, value] : diagnostic.cure)
        options.push_back(fmt::format("--{} {}", option, value));
    return options.empty() ? std::string() : fmt::format("Run again with {}.", join(options, " "));
}

std::string diagnosticLine(const Diagnostic& diagnostic) {
    const std::string cure = cureSentence(diagnostic);
    return fmt::format("{}: {}{}{}", diagnostic.severity == Severity::Warning ? "warning" : "note", diagnostic.message,
                       cure.empty() ? "" : " ", cure);
}

std::string diagnosticLines(const Report& report) {
    std::string text;
    for (const Diagnostic& diagnostic : report.diagnostics)
        text += diagnosticLine(diagnostic) + "\n";
    return text;
}

std::string profileSummary(const Report& report) {
    std::string text = report.verdict.sentence + "\n";
    for (const Diagnostic& diagnostic : report.diagnostics)
        if (const std::string cure = cureSentence(diagnostic); !cure.empty())
            text += cure + "\n";
    size_t nameWidth = 0;
    for (const Run& run : report.runs)
        nameWidth = std::max(nameWidth, run.precision.size());
    for (const Run& run : report.runs)
        text += runLine(report, run, nameWidth) + "      " + partsLine(report, run) + "      " + memoryText(run);
    text += fmt::format("weights {} in fp32, {} in int8\n", megabytes(report.model.fp32WeightsBytes),
                        megabytes(report.model.int8WeightsBytes));
    return text + computesInLine(report) + accuracyLine(report) + lossLine(report) + machineLine(report);
}

std::string sweepSummary(const Report& report) {
    const Sweep& sweep = *report.sweep;
    std::string text = report.verdict.sentence + "\n" + sectionWords(report, sweep.conditions) + "\n";
    const std::vector<std::string> precisions = measuredPrecisions(sweep.points);
    text += "batch threads";
    for (const std::string& precision : precisions)
        text += fmt::format(" {:>14} {:>10}", precision + " ms", "samples/s");
    text += "   speed-up\n";
    for (const SweepPoint& point : sweep.points) {
        text += fmt::format("{:5} {:7}", point.batch, point.threads);
        if (!point.failure.empty()) {
            text += "  " + point.failure + "\n";
            continue;
        }
        for (const std::string& precision : precisions) {
            const auto latency = point.latencyMs.find(precision);
            const double ms = latency == point.latencyMs.end() ? 0 : latency->second.median;
            text += fmt::format(" {:>14} {:>10}", ms > 0 ? threeDigits(ms) : "-",
                                ms > 0 ? threeDigits(1000 * static_cast<double>(point.batch) / ms) : "-");
        }
        text += "   " + speedupText(gradedSpeedup(point)) + "\n";
    }
    return text + machineLine(report);
}

std::string machineSummary(const Report& report) {
    std::string text = machineLine(report);
    text += fmt::format("{} CPUs, {}, {}\n", report.machine.cores, megabytes(report.machine.memoryBytes),
                        report.machine.os);
    if (!report.roofline)
        return text;
    const auto threads = [](int count) { return fmt::format("{} thread{}", count, count == 1 ? " " : "s"); };
    for (const PeakRate& peak : report.roofline->peaks)
        text += fmt::format("{:7} {:10} {:>8} GOP/s  ({})\n", peak.precision, threads(peak.threads),
                            threeDigits(peak.gops), peak.kernel);
    for (const Bandwidth& bandwidth : report.roofline->bandwidths)
        text +=
            fmt::format("{:7} {:10} {:>8} GB/s   ({} read again and again)\n", bandwidth.level,
                        threads(bandwidth.threads), threeDigits(bandwidth.gbps), megabytes(bandwidth.workingSetBytes));
    return text + fmt::format("an empty step takes {} us\n", threeDigits(1000 * report.roofline->overheadMs));
}

std::string isaSummary(const Report& report) {
    const IsaComparison& isas = *report.isas;
    std::string text = report.verdict.sentence + "\n" + sectionWords(report, isas.conditions) + "\n";
    const std::vector<std::string> precisions = measuredPrecisions(isas.runs);
    text += fmt::format("{:<20} weights", "instruction set");
    for (const std::string& precision : precisions)
        text += fmt::format(" {:>14} {:>7}", precision + " ms", "top-1");
    text += "  from exact   speed-up\n";
    for (const IsaRun& run : isas.runs) {
        text += fmt::format("{:<20} {:>7}", run.isa.empty() ? run.cap : run.isa, run.weightLimit);
        if (!run.failure.empty()) {
            text += "  " + run.failure + "\n";
            continue;
        }
        for (const std::string& precision : precisions) {
            const auto latency = run.latencyMs.find(precision);
            const auto top1 = run.top1.find(precision);
            text +=
                fmt::format(" {:>14} {:>7}", latency == run.latencyMs.end() ? "-" : threeDigits(latency->second.median),
                            top1 == run.top1.end() ? "-" : percentage(top1->second) + " %");
        }
        text += fmt::format("{:>12}", run.outputDifference ? threeDigits(100 * *run.outputDifference) + " %" : "-");
        text += "   " + speedupText(gradedSpeedup(run)) + (run.saturated ? "  saturates\n" : "\n");
    }
    return text + machineLine(report);
}

std::string planSummary(const Report& report) {
    const MixedPlan& plan = *report.plan;
    std::string text = report.verdict.sentence + "\n" + sectionWords(report, plan.conditions) + "\n";
    const std::string unit = plan.criterion == "output-distance" ? "%" : "points";
    const auto cell = [](const std::optional<double>& value, int decimals) {
        return value ? fmt::format("{:.{}f}", *value, decimals) : std::string("-");
    };
    text += fmt::format("  out of int8 {:>12} {:>14} {:>11} {:>13}\n", "predicted ms", unit + " lost", "measured ms",
                        unit + " lost");
    for (size_t i = 0; i < plan.front.size(); ++i) {
        const PlanPoint& point = plan.front[i];
        text += fmt::format("{} {:11} {:>12} {:>14} {:>11} {:>13}\n", static_cast<int>(i) == plan.chosen ? '*' : ' ',
                            point.keptOut.size(), threeDigits(point.predictedMs), cell(point.predictedDrop, 2),
                            point.measuredMs ? threeDigits(*point.measuredMs) : "-", cell(point.measuredDrop, 2));
    }
    for (const PlanLayer& layer : plan.layers)
        if (!layer.reason.empty())
            text += fmt::format("{} stays in {}: {}\n", layer.layer, layer.precision, layer.reason);
    if (plan.speedup)
        text += fmt::format("speed-up of the plan over fp32: {}\n", speedupText(gradedSpeedup(plan)));
    return text +
           fmt::format("{} samples, {} for each layer; {}\n", plan.accuracySamples, plan.sensitivitySamples,
                       plan.usedS <= plan.timeBudgetS
                           ? fmt::format("{:.1f} of {:g} s", plan.usedS, plan.timeBudgetS)
                           : fmt::format("{:.1f} s where {:g} s were allowed", std::ceil(10 * plan.usedS) / 10,
                                         plan.timeBudgetS)) +
           machineLine(report);
}

} // namespace halftone::app
