// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/csv.h"

#include "core/base/text.h"
#include "core/report/compared.h"
#include "core/report/csv_writer.h"
#include "core/report/precisions.h"
#include "core/report/run_time.h"

#include <algorithm>
#include <fmt/format.h>

namespace halftone {

namespace {

/// fp32 and int8 always, so that the columns of two reports agree; then what else was run.
std::vector<std::string> precisions(const Report& report) {
    std::vector<std::string> names{"fp32", "int8"};
    for (const Run& run : report.runs)
        if (std::find(names.begin(), names.end(), run.precision) == names.end())
            names.push_back(run.precision);
    return names;
}

template <class T> std::optional<T> found(const std::map<std::string, T>& map, const std::string& key) {
    const auto entry = map.find(key);
    return entry == map.end() ? std::nullopt : std::optional(entry->second);
}

void latencyTitles(std::vector<std::string>& header, const std::string& precision) {
    for (const char* column : {"ms", "ci95 lo", "ci95 hi", "stable"})
        header.push_back(precision + " " + column);
}

void latencyCells(Csv& csv, const std::optional<Latency>& latency) {
    if (!latency) {
        csv.missing().missing().missing().missing();
        return;
    }
    csv.number(latency->median).number(latency->ci95.lo).number(latency->ci95.hi).text(latency->stable ? "yes" : "no");
}

void intervalTitles(std::vector<std::string>& header, const std::string& of) {
    header.push_back(of + " ci95 lo");
    header.push_back(of + " ci95 hi");
}

void intervalCells(Csv& csv, const std::optional<Interval>& ci95) {
    if (ci95)
        csv.number(ci95->lo).number(ci95->hi);
    else
        csv.missing().missing();
}

void speedupTitles(std::vector<std::string>& header) {
    header.emplace_back("speedup");
    intervalTitles(header, "speedup");
    header.emplace_back("speedup grade");
}

/// Of whatever is compared with fp32. The grade is missing where the interval is.
void speedupCells(Csv& csv, const GradedSpeedup& comparison) {
    csv.number(comparison.speedup);
    intervalCells(csv, comparison.ci95);
    csv.text(comparison.ci95 ? name(comparison.grade) : "");
}

/// Reports of before the intervals of steps have zeros there.
std::optional<Interval> measured(const Interval& ci95) {
    return ci95.hi > 0 ? std::optional(ci95) : std::nullopt;
}

} // namespace

std::string layersCsv(const Report& report) {
    const std::vector<std::string> runs = precisions(report);
    std::vector<std::string> header{"index", "layer", "op", "group"};
    for (const std::string& run : runs)
        for (const char* column : {"status", "into", "precision", "ms", "ci95 lo", "ci95 hi", "kernel"})
            header.push_back(run + " " + column);
    speedupTitles(header);
    header.insert(header.end(), {"rounds", "macs", "bytes", "reason"});

    Csv csv(header);
    for (const Layer& layer : report.layers) {
        csv.number(layer.originIndex).text(layer.name).text(layer.op).number(layer.group);
        for (const std::string& run : runs) {
            const auto found = layer.byPrecision.find(run);
            const bool known = found != layer.byPrecision.end();
            const LayerRun& layerRun = known ? found->second : LayerRun{};
            csv.text(known ? nameIn(layerRun.status) : "").text(layerRun.into).text(layerRun.precision);
            csv.number(layerRun.medianMs);
            intervalCells(csv, layerRun.ci95);
            csv.text(layerRun.kernel);
        }
        speedupCells(csv, gradedSpeedup(layer));
        if (layer.rounds > 0)
            csv.number(layer.rounds);
        else
            csv.missing();
        csv.number(layer.macs).number(layer.bytes).text(layer.reason).endRow();
    }
    return csv.takeText();
}

std::string tensorsCsv(const Report& report) {
    Csv csv({"name",
             "role",
             "layer",
             "observed min",
             "observed max",
             "clip min",
             "clip max",
             "storage",
             "scale",
             "zero point",
             "axis",
             "clipped share",
             "sqnr dB",
             "synthetic",
             "method",
             "stable after",
             "held-out clipped share",
             "clipped by steps",
             "not finite",
             "clip note"});
    for (const TensorRange& tensor : report.tensors) {
        csv.text(tensor.name).text(tensor.role).text(tensor.layer);
        csv.number(tensor.observedMin).number(tensor.observedMax).number(tensor.clipMin).number(tensor.clipMax);
        csv.text(tensor.storage).numbers(tensor.scales).numbers(tensor.zeroPoints).number(tensor.axis);
        csv.number(tensor.clippedShare).number(tensor.sqnrDb).text(tensor.synthetic ? "yes" : "no").text(tensor.method);
        const RangeHealth health = tensor.health.value_or(RangeHealth());
        csv.number(health.stableAfter).number(health.heldOutClippedShare);
        csv.number(tensor.clippedBySteps).number(tensor.notFinite).text(tensor.clipNote).endRow();
    }
    return csv.takeText();
}

std::string conversionsCsv(const Report& report) {
    Csv csv({"run", "step", "kind", "tensor", "from type", "to type", "from layout", "to layout", "producer",
             "consumer", "bytes", "ms", "when", "why"});
    for (const Conversion& conversion : report.conversions) {
        csv.text(conversion.run);
        if (conversion.step < 0)
            csv.missing();
        else
            csv.number(conversion.step);
        csv.text(nameIn(conversion.kind)).text(conversion.tensor).text(conversion.fromType).text(conversion.toType);
        csv.text(conversion.fromLayout).text(conversion.toLayout);
        csv.text(conversion.edge.producer).text(conversion.edge.consumer);
        csv.number(conversion.bytes).number(conversion.medianMs);
        csv.text(nameIn(conversion.when)).text(conversion.why).endRow();
    }
    return csv.takeText();
}

std::string stepsCsv(const Report& report) {
    Csv csv({"run", "step", "name", "kind", "op", "kernel", "precision", "macs", "bytes", "weights bytes",
             "operations per byte", "ms", "ci95 lo", "ci95 hi", "share", "limit ms", "bound", "why"});
    for (const Run& run : report.runs) {
        for (const Step& step : run.steps) {
            csv.text(run.precision).number(step.index).text(step.name).text(nameIn(step.kind)).text(step.op);
            csv.text(step.kernel).text(step.precision).number(step.macs).number(step.bytes).number(step.weightsBytes);
            if (step.bytes > 0)
                csv.number(static_cast<double>(step.operations()) / static_cast<double>(step.bytes));
            else
                csv.missing();
            csv.number(step.medianMs);
            intervalCells(csv, measured(step.ci95));
            csv.number(shareOfWhole(run, step.medianMs)).number(step.limitMs);
            csv.text(nameIn(step.bound)).text(step.why).endRow();
        }
    }
    return csv.takeText();
}

std::string runsCsv(const Report& report) {
    std::vector<std::string> header{"run", "isa", "threads", "batch"};
    latencyTitles(header, "whole");
    header.insert(header.end(), {"inferences", "steps ms", "waiting ms", "between steps ms", "waiting share"});
    speedupTitles(header);
    header.insert(header.end(), {"top-1", "weights bytes", "activations bytes", "scratchpad bytes", "peak bytes"});

    Csv csv(header);
    for (const Run& run : report.runs) {
        csv.text(run.precision).text(run.isa).number(run.threads).number(run.batch);
        latencyCells(csv, run.latencyMs);
        csv.number(run.latencyMs.n).number(run.stepsMs);
        if (knowsWaiting(run))
            csv.number(run.waitingMs);
        else
            csv.missing();
        csv.number(betweenStepsMs(run)).number(run.waitingShare);
        speedupCells(csv, speedupOf(report, run));
        const std::optional<TopK> top1 = report.accuracy ? report.accuracy->top1 : std::nullopt;
        csv.number(top1 ? found(top1->share, run.precision) : std::nullopt);
        csv.number(run.memory.weightsBytes).number(run.memory.arenaBytes);
        csv.number(run.memory.scratchpadBytes).number(run.memory.peakRssBytes).endRow();
    }
    return csv.takeText();
}

std::string sweepCsv(const Sweep& sweep) {
    const std::vector<std::string> precisions = measuredPrecisions(sweep.points);
    std::vector<std::string> header{"batch", "threads"};
    for (const std::string& precision : precisions) {
        latencyTitles(header, precision);
        header.push_back(precision + " samples/s");
    }
    speedupTitles(header);
    header.emplace_back("failure");

    Csv csv(header);
    for (const SweepPoint& point : sweep.points) {
        csv.number(point.batch).number(point.threads);
        for (const std::string& precision : precisions) {
            const std::optional<Latency> latency = found(point.latencyMs, precision);
            latencyCells(csv, latency);
            if (latency && latency->median > 0)
                csv.number(1000 * static_cast<double>(point.batch) / latency->median);
            else
                csv.missing();
        }
        speedupCells(csv, gradedSpeedup(point));
        csv.text(point.failure).endRow();
    }
    return csv.takeText();
}

std::string isasCsv(const IsaComparison& isas) {
    const std::vector<std::string> precisions = measuredPrecisions(isas.runs);
    std::vector<std::string> header{"isa", "cap", "weight bits", "weight limit"};
    for (const std::string& precision : precisions) {
        latencyTitles(header, precision);
        header.push_back(precision + " top-1");
    }
    speedupTitles(header);
    header.insert(header.end(), {"agreement", "output difference", "saturated", "failure"});

    Csv csv(header);
    for (const IsaRun& run : isas.runs) {
        csv.text(run.isa).text(run.cap).number(run.weightBits).text(run.weightLimit);
        for (const std::string& precision : precisions) {
            latencyCells(csv, found(run.latencyMs, precision));
            csv.number(found(run.top1, precision));
        }
        speedupCells(csv, gradedSpeedup(run));
        csv.number(run.agreement).number(run.outputDifference).text(run.saturated ? "yes" : "no");
        csv.text(run.failure).endRow();
    }
    return csv.takeText();
}

std::string errorsCsv(const ErrorAnalysis& errors) {
    std::vector<std::string> header{"layer", "op", "tensor"};
    for (const char* kind : {"alone", "accumulated"})
        for (const char* column : {"sqnr dB", "cosine", "mse", "max"})
            header.push_back(fmt::format("{} {}", kind, column));
    header.push_back("not measured");
    Csv csv(header);
    const auto cells = [&](const std::optional<TensorDistance>& distance) {
        if (!distance)
            csv.missing().missing().missing().missing();
        else
            csv.number(distance->sqnrDb).number(distance->cosine).number(distance->mse).number(distance->maxAbs);
    };
    for (const LayerError& layer : errors.layers) {
        csv.text(layer.layer).text(layer.op).text(layer.tensor);
        cells(layer.local);
        cells(layer.accumulated);
        csv.text(layer.notMeasured).endRow();
    }
    return csv.takeText();
}

std::string planCsv(const MixedPlan& plan) {
    std::vector<std::string> precisions;
    for (const PlanLayer& layer : plan.layers)
        for (const auto& [precision, ms] : layer.ms)
            if (std::ranges::find(precisions, precision) == precisions.end())
                precisions.push_back(precision);
    std::vector<std::string> header{"layer", "op", "precision", "pinned", "reason"};
    for (const std::string& precision : precisions)
        header.push_back(precision + " ms");
    speedupTitles(header);
    header.insert(header.end(), {"conversions ms", "output sqnr dB", "agreement", "top-1 drop", "cost points"});
    Csv csv(header);
    for (const PlanLayer& layer : plan.layers) {
        csv.text(layer.layer).text(layer.op).text(layer.precision).text(layer.pinned).text(layer.reason);
        for (const std::string& precision : precisions)
            csv.number(found(layer.ms, precision));
        speedupCells(csv, gradedSpeedup(layer));
        csv.number(layer.conversionMs).number(layer.outputSqnrDb).number(layer.agreement).number(layer.top1Drop);
        csv.number(layer.costPoints).endRow();
    }
    return csv.takeText();
}

std::string planFrontCsv(const MixedPlan& plan) {
    Csv csv({"chosen", "predicted ms", "predicted drop", "measured ms", "measured drop", "kept out", "layers"});
    for (size_t i = 0; i < plan.front.size(); ++i) {
        const PlanPoint& point = plan.front[i];
        csv.text(static_cast<int>(i) == plan.chosen ? "yes" : "no")
            .number(point.predictedMs)
            .number(point.predictedDrop);
        csv.number(point.measuredMs).number(point.measuredDrop).number(point.keptOut.size());
        csv.text(join(point.keptOut, " ")).endRow();
    }
    return csv.takeText();
}

} // namespace halftone
