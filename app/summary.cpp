#include "app/summary.h"

#include "core/base/text.h"
#include "core/report/precisions.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>

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
        texts.push_back(fmt::format("{} {} {}", port.name, port.type, shapeText(port.shape)));
    return join(texts, ", ");
}

std::string runLine(const Run& run, size_t nameWidth) {
    const Latency& latency = run.latencyMs;
    const std::string speedup =
        run.speedup ? fmt::format(", {:.2f}x{}", *run.speedup, run.significant ? "" : " (no measurable difference)")
                    : "";
    return fmt::format("{:{}} {:10.3f} ms{}  (95 % {:.3f} to {:.3f}, p90 {:.3f}, {} inferences{})\n", run.precision,
                       nameWidth, latency.median, speedup, latency.ci95.lo, latency.ci95.hi, latency.p90, latency.n,
                       latency.stable ? "" : ", unstable");
}

/// The parts of the int8 time that are no gain, the largest first; empty without a waterfall.
std::string lossLine(const Report& report) {
    if (!report.waterfall)
        return {};
    constexpr size_t most = 3;
    constexpr double leastShare = 0.01; // of the int8 time
    std::vector<LossPart> losses;
    for (const LossPart& part : report.waterfall->parts)
        if (part.kind != "ideal" && part.ms >= leastShare * report.waterfall->int8Ms)
            losses.push_back(part);
    std::ranges::sort(losses, std::ranges::greater(), &LossPart::ms);
    losses.resize(std::min(losses.size(), most));
    std::vector<std::string> texts;
    for (const LossPart& loss : losses)
        texts.push_back(fmt::format("{} {} ms", loss.kind, threeDigits(loss.ms)));
    return texts.empty() ? std::string() : fmt::format("lost of int8: {}\n", join(texts, ", "));
}

std::string machineLine(const Report& report) {
    return fmt::format("{}, {}, {} thread{}\n", report.machine.cpu, report.machine.isa, report.machine.threads,
                       report.machine.threads == 1 ? "" : "s");
}

/// Of a SweepPoint or IsaRun; an asterisk tells a difference that cannot be told from noise.
template <class Row> std::string speedupCell(const Row& row) {
    if (!row.speedup || !row.speedupCi95)
        return {};
    return fmt::format("   {:.2f}x ({:.2f} to {:.2f}){}", *row.speedup, row.speedupCi95->lo, row.speedupCi95->hi,
                       row.significant ? "" : " *");
}

} // namespace

std::string modelSummary(const Report& report) {
    const Model& model = report.model;
    std::string text = fmt::format("{} ({}, {})\n", model.name, model.format, megabytes(model.sizeBytes));
    text += fmt::format("inputs      {}\noutputs     {}\n", ports(model.inputs), ports(model.outputs));
    text += fmt::format("parameters  {}\nMACs        {}\noperators  ", model.parameters, model.macs);
    for (const auto& [op, count] : model.operators)
        text += fmt::format(" {}:{}", op, count);
    return text + "\n" + diagnosticLines(report);
}

std::string diagnosticLines(const Report& report) {
    std::string text;
    for (const Diagnostic& diagnostic : report.diagnostics)
        text +=
            fmt::format("{}: {}\n", diagnostic.severity == Severity::Warning ? "warning" : "note", diagnostic.message);
    return text;
}

std::string profileSummary(const Report& report) {
    std::string text = report.verdict.sentence + "\n";
    size_t nameWidth = 0;
    for (const Run& run : report.runs)
        nameWidth = std::max(nameWidth, run.precision.size());
    for (const Run& run : report.runs)
        text += runLine(run, nameWidth) + "      " + memoryText(run);
    text += fmt::format("weights {} in fp32, {} in int8\n", megabytes(report.model.fp32WeightsBytes),
                        megabytes(report.model.int8WeightsBytes));
    return text + lossLine(report) + machineLine(report);
}

std::string sweepSummary(const Report& report) {
    const Sweep& sweep = *report.sweep;
    std::string text = report.verdict.sentence + "\n";
    const std::vector<std::string> precisions = measuredPrecisions(sweep.points);
    text += "batch threads";
    for (const std::string& precision : precisions)
        text += fmt::format(" {:>14} {:>10}", precision + " ms", "samples/s");
    text += "   speed-up (95 %)\n";
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
        text += speedupCell(point) + "\n";
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
    std::string text = report.verdict.sentence + "\n";
    const std::vector<std::string> precisions = measuredPrecisions(isas.runs);
    text += fmt::format("{:<20} weights", "instruction set");
    for (const std::string& precision : precisions)
        text += fmt::format(" {:>14} {:>7}", precision + " ms", "top-1");
    text += "  from exact   speed-up (95 %)\n";
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
        text += speedupCell(run) + (run.saturated ? "  saturates\n" : "\n");
    }
    return text + machineLine(report);
}

std::string planSummary(const Report& report) {
    const MixedPlan& plan = *report.plan;
    std::string text = report.verdict.sentence + "\n";
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
    return text +
           fmt::format("{} samples, {} for each layer; {:.1f} of {:.0f} s\n", plan.accuracySamples,
                       plan.sensitivitySamples, plan.usedS, plan.timeBudgetS) +
           machineLine(report);
}

} // namespace halftone::app
