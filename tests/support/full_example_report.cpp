// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/full_example_report.h"

#include "core/report/certainty.h"
#include "tests/support/example_report.h"
#include "tests/support/example_samples.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace halftone {

namespace {

Latency latency(double median, double spread = 0.005) {
    return {median,
            1.04 * median,
            0.985 * median,
            1.006 * median,
            0.011,
            240,
            {(1 - spread) * median, (1 + spread) * median},
            true};
}

/// fp32 against another median, with the interval that the latencies' own intervals allow.
struct Ratio {
    double speedup;
    Interval ci95;
    bool significant;
};

template <class Row> void setSpeedup(Row& row, const Ratio& ratio) {
    row.speedup = ratio.speedup;
    row.speedupCi95 = ratio.ci95;
    row.significant = ratio.significant;
    row.grade = gradeOf(ratio.speedup, ratio.ci95, false);
}

Ratio ratio(const Latency& fp32, const Latency& other) {
    const Interval ci95{fp32.ci95.lo / other.ci95.hi, fp32.ci95.hi / other.ci95.lo};
    return {fp32.median / other.median, ci95, ci95.lo > 1 || ci95.hi < 1};
}

/// The fp32 run in another precision: the same steps, each in `factor` of the time.
void addRun(Report& report, const std::string& precision, const std::string& arithmetic, double factor,
            const std::string& kernel) {
    const Run& fp32 = *report.run("fp32");
    Run run = fp32;
    run.precision = precision;
    run.stepsMs = 0;
    for (Step& step : run.steps) {
        step.medianMs *= factor;
        step.ci95 = {factor * step.ci95.lo, factor * step.ci95.hi};
        for (double& ms : step.roundMs)
            ms *= factor;
        run.stepsMs += step.medianMs;
        if (step.kind != StepKind::Compute)
            continue;
        step.precision = arithmetic;
        if (step.op == "Conv")
            step.kernel = kernel;
        if (step.op == "Gemm" && arithmetic == "bf16") {
            step.precision = "fp32";
            step.why = "oneDNN has no bf16 kernel for this layer on this CPU.";
        }
    }
    run.latencyMs = latency(run.stepsMs + run.unexplainedMs);
    for (double& ms : run.roundMs)
        ms *= run.latencyMs.median / fp32.latencyMs.median;
    for (Step& step : run.steps)
        step.share = step.medianMs / run.latencyMs.median;
    setSpeedup(run, ratio(fp32.latencyMs, run.latencyMs));
    for (Layer& layer : report.layers) {
        LayerRun layerRun = layer.byPrecision.at("fp32");
        if (layerRun.medianMs)
            layerRun.medianMs = *layerRun.medianMs * factor;
        if (layerRun.ci95)
            layerRun.ci95 = Interval{factor * layerRun.ci95->lo, factor * layerRun.ci95->hi};
        if (layerRun.step >= 0) {
            layerRun.precision = run.steps[static_cast<size_t>(layerRun.step)].precision;
            layerRun.kernel = run.steps[static_cast<size_t>(layerRun.step)].kernel;
        }
        layer.byPrecision[precision] = layerRun;
    }
    std::vector<Conversion> conversions;
    for (Conversion conversion : report.conversions)
        if (conversion.run == "fp32") {
            conversion.run = precision;
            if (conversion.medianMs)
                conversion.medianMs = *conversion.medianMs * factor;
            conversions.push_back(conversion);
        }
    report.conversions.insert(report.conversions.end(), conversions.begin(), conversions.end());
    report.runs.push_back(std::move(run));
}

void addPrecisions(Report& report) {
    addRun(report, "bf16", "bf16", 0.55, "brgconv:avx512_core_bf16");
    addRun(report, "int8-simulated", "fp32", 1.7, "jit:avx512_core");
    const Run& fp32 = *report.run("fp32");
    for (Run& run : report.runs) {
        report.options.precisions.push_back(run.precision);
        if (run.precision == "fp32")
            continue;
        setSpeedup(run, ratio(fp32.latencyMs, run.latencyMs));
        report.accuracy->byPrecision[run.precision] = {report.accuracy->agreement, report.accuracy->outputs};
    }
    for (TopK* top : {&*report.accuracy->top1, &*report.accuracy->top5})
        for (const auto& [precision, like] : {std::pair{"bf16", "fp32"}, std::pair{"int8-simulated", "int8"}}) {
            top->share[precision] = top->share.at(like);
            top->ci95[precision] = top->ci95.at(like);
        }
    report.accuracy->byPrecision["bf16"] = {0.999, {58.2, 0.99999, 0.021}};
    report.accuracy->byPrecision["bf16"].measures = {{MeasureKind::Cosine, 0.9987, Interval{0.998, 0.9991}, 400}};
    report.diagnostics.push_back(
        {Severity::Info, "simulated-int8", "",
         fmt::format(
             "Simulated int8 takes {:.2f} ms, {:.2f}x as long as fp32: its layers still multiply fp32 numbers, and "
             "the rounding of each is added. It tells the accuracy of int8, not its speed.",
             report.run("int8-simulated")->latencyMs.median,
             report.run("int8-simulated")->latencyMs.median / fp32.latencyMs.median)});
}

/// Latency of one inference: a part that no thread count shortens, and one that threads share.
double modelMs(double perSampleMs, int64_t batch, int threads) {
    return 0.05 + perSampleMs * static_cast<double>(batch) / std::pow(threads, 0.9);
}

void addSweep(Report& report) {
    Sweep sweep;
    sweep.timeBudgetS = 2;
    for (const int threads : {1, 2, 4, 8})
        for (const int64_t batch : {1, 2, 4, 16, 64}) {
            SweepPoint point;
            point.threads = threads;
            point.batch = batch;
            if (batch == 64 && threads == 8) {
                point.failure = "There is not enough memory for batch 64 with 8 threads.";
                sweep.points.push_back(point);
                continue;
            }
            const double fp32 = modelMs(0.8, batch, threads);
            // Without work to share out, int8 has nothing to win and at last loses.
            const double gain = batch == 1 && threads == 8 ? 0.88
                                : batch == 1 && threads == 4
                                    ? 1.004
                                    : 3.9 - 6.0 / static_cast<double>(batch + 2) - 0.1 * threads;
            point.latencyMs["fp32"] = latency(fp32);
            point.latencyMs["int8"] = latency(fp32 / gain);
            setSpeedup(point, ratio(point.latencyMs["fp32"], point.latencyMs["int8"]));
            sweep.points.push_back(point);
        }
    report.sweep = sweep;
}

void addIsas(Report& report) {
    IsaComparison isas;
    isas.samples = 500;
    isas.timeBudgetS = 4;
    struct Row {
        const char *cap, *isa;
        int weightBits;
        double fp32Ms, int8Ms, int8Top1;
        bool saturated;
    };
    for (const Row& row :
         {Row{"SSE41", "SSE41", 8, 9.1, 8.6, 0.918, false}, Row{"AVX2", "AVX2", 8, 3.3, 1.75, 0.864, true},
          Row{"AVX2", "AVX2", 7, 3.3, 1.76, 0.919, false},
          Row{"AVX512_CORE", "AVX512_CORE", 8, 1.62, 0.86, 0.866, true},
          Row{"AVX512_CORE", "AVX512_CORE", 7, 1.62, 0.86, 0.919, false},
          Row{"AVX512_CORE_VNNI", "AVX512_CORE_VNNI", 8, 1.61, 0.47, 0.92, false}}) {
        IsaRun run;
        run.cap = row.cap;
        run.isa = row.isa;
        run.weightBits = row.weightBits;
        run.weightLimit = row.weightBits == 7 ? "7-bit" : "full";
        run.latencyMs["fp32"] = latency(row.fp32Ms, 0.04);
        run.latencyMs["int8"] = latency(row.int8Ms, 0.04);
        setSpeedup(run, ratio(run.latencyMs["fp32"], run.latencyMs["int8"]));
        run.top1 = {{"fp32", 0.921}, {"int8", row.int8Top1}};
        run.agreement = row.saturated ? 0.912 : 0.991;
        run.outputDifference = row.saturated ? 0.183 : 0.0;
        run.saturated = row.saturated;
        isas.runs.push_back(run);
    }
    IsaRun failed;
    failed.cap = failed.isa = "AVX512_CORE_AMX";
    failed.failure = "The process of this instruction set ended by signal 4.";
    isas.runs.push_back(failed);
    report.isas = isas;
}

/// Quantization costs this network 2.4 points: 29 pictures that only fp32 gets right, 5 that only int8 does.
void addLoss(Report& report) {
    constexpr int64_t classes = 10, rightToWrong = 29, wrongToRight = 5;
    Accuracy& accuracy = *report.accuracy;
    const double fp32Share = accuracy.top1->share.at("fp32");
    accuracy.top1->share["int8"] =
        fp32Share - static_cast<double>(rightToWrong - wrongToRight) / static_cast<double>(accuracy.samples);
    accuracy.top1->ci95["int8"] = {0.8766, 0.9143};
    accuracy.changed.clear();
    for (int64_t i = 0; i < rightToWrong + wrongToRight; ++i) {
        const int64_t label = (3 * i + 1) % classes, other = (label + 2) % classes;
        const bool lost = i < rightToWrong;
        accuracy.changed.push_back({fmt::format("pictures/{}/{:04}.png", label, 17 + 29 * i), label,
                                    lost ? label : other, lost ? other : label,
                                    lost ? "right-to-wrong" : "wrong-to-right", 0.41 - 0.01 * static_cast<double>(i)});
    }
    addSampleDetails(accuracy);
    accuracy.mcnemar = McNemar{rightToWrong, wrongToRight, 3.86e-5};
    accuracy.agreement = 1 - static_cast<double>(accuracy.changed.size()) / static_cast<double>(accuracy.samples);
    accuracy.outputs = {14.2, 0.9811, 2.31};
    report.verdict.accuracyDrop = 100 * (fp32Share - accuracy.top1->share.at("int8"));
    const std::string before = "92.1 -> 92.0 %";
    report.verdict.sentence.replace(report.verdict.sentence.find(before), before.size(), "92.1 -> 89.7 %");
}

/// Distance of a tensor of mean square 1, as the SQNR gives it.
TensorDistance distance(double sqnrDb) {
    const double mse = std::pow(10, -sqnrDb / 10);
    return {sqnrDb, 1 / std::sqrt(1 + mse), mse, 6 * std::sqrt(mse)};
}

/// Every layer that computes, each of its own error; the second one of int8 is bad, so that what follows it is too.
void addErrors(Report& report) {
    ErrorAnalysis errors;
    errors.samples = 100;
    double noise = 0;
    int inInt8 = 0;
    for (const Step& step : report.run("int8")->steps) {
        if (step.kind != StepKind::Compute)
            continue;
        LayerError error{step.origins.front(), step.op, step.outputs.front().tensor, std::nullopt, {}};
        if (step.precision == "int8") {
            const bool bad = inInt8 == 1;
            error.local = distance(bad ? 8.5 : 38 - 3.7 * (inInt8 % 4));
            noise += error.local->mse;
            ++inInt8;
        } else {
            error.notMeasured = "It is not in int8.";
        }
        noise *= 0.93; // later layers average errors out
        error.accumulated = distance(-10 * std::log10(noise));
        if (inInt8 == 2 && step.precision == "int8")
            for (size_t i = 0; i < 6; ++i)
                errors.divergences.push_back({report.accuracy->changed[i].sample, error.layer,
                                              *error.accumulated.sqnrDb - 9 + static_cast<double>(i),
                                              *error.accumulated.sqnrDb});
        errors.layers.push_back(error);
    }
    report.errors = errors;
}

/// What keeping `layer` out of int8 adds to the latency.
double addedMs(const PlanLayer& layer) {
    return layer.ms.at("fp32") - layer.ms.at("int8") + layer.conversionMs;
}

/// Of the layers with weights the first is pinned to fp32, the second costs accuracy and the third is slower in int8.
void addPlan(Report& report) {
    MixedPlan plan;
    plan.maxDrop = 0.5;
    plan.criterion = "top-1";
    plan.timeBudgetS = 60;
    plan.usedS = 41.5;
    plan.sensitivitySamples = 200;
    plan.accuracySamples = report.data->samples - report.data->calibrationSamples;
    plan.otherPrecision = "fp32";
    const double fp32Top1 = 100 * report.accuracy->top1->share.at("fp32"), drop = *report.verdict.accuracyDrop;
    for (const Layer& layer : report.layers) {
        const auto int8 = layer.byPrecision.find("int8");
        if (layer.op != "Conv" || int8 == layer.byPrecision.end() || int8->second.precision != "int8")
            continue;
        const size_t index = plan.layers.size();
        PlanLayer planned;
        planned.layer = layer.name;
        planned.op = layer.op;
        planned.precision = index < 3 ? "fp32" : "int8";
        planned.pinned = index == 0 ? "fp32" : "";
        planned.ms = {{"fp32", *layer.byPrecision.at("fp32").medianMs}, {"int8", *int8->second.medianMs}};
        planned.conversionMs = 0.011;
        planned.outputSqnrDb = 24 + 2.5 * static_cast<double>(index % 5);
        planned.agreement = 0.995;
        planned.top1Drop = 0.1;
        planned.costPoints = 0.04 - 0.01 * static_cast<double>(index % 5);
        if (index == 0)
            planned.reason = "pinned to fp32";
        if (index == 1) {
            planned.outputSqnrDb = 7.9;
            planned.agreement = 0.972;
            planned.top1Drop = 1.7;
            planned.costPoints = 1.6;
            planned.reason = "costs 1.6 points";
        }
        if (index == 2) {
            planned.ms.at("int8") = 1.3 * planned.ms.at("fp32");
            planned.conversionMs = 0;
            planned.reason = "slower in int8 here";
        }
        planned.speedup = planned.ms.at("fp32") / planned.ms.at("int8");
        planned.speedupCi95 = Interval{0.98 * *planned.speedup, 1.02 * *planned.speedup};
        planned.grade = gradeOf(*planned.speedup, *planned.speedupCi95, false);
        plan.layers.push_back(planned);
    }
    const double int8Ms = report.run("int8")->latencyMs.median;
    PlanPoint point{{}, int8Ms, drop, {}, {}};
    const auto keepOut = [&](size_t index) {
        point.keptOut.push_back(plan.layers[index].layer);
        point.predictedMs += addedMs(plan.layers[index]);
        point.predictedDrop = std::max(0.0, point.predictedDrop - plan.layers[index].costPoints);
    };
    keepOut(0);
    keepOut(2);
    plan.front.push_back(point);
    plan.front.back().measuredMs = 1.02 * point.predictedMs;
    plan.front.back().measuredDrop = point.predictedDrop + 0.1;
    for (size_t index = 1; index < plan.layers.size(); ++index) {
        if (index == 2)
            continue;
        keepOut(index);
        plan.front.push_back(point);
    }
    // Of the points only the first two were measured: the second one is within the limit.
    plan.front[1].predictedDrop = 0.3;
    plan.front[1].measuredMs = 1.015 * plan.front[1].predictedMs;
    plan.front[1].measuredDrop = 0.4;
    for (size_t i = 2; i < plan.front.size(); ++i)
        plan.front[i].predictedDrop = 0.3 / static_cast<double>(i);
    plan.chosen = 1;

    plan.latencyMs = {{"fp32", report.run("fp32")->latencyMs},
                      {"int8", latency(int8Ms)},
                      {"mixed", latency(*plan.front[1].measuredMs)}};
    setSpeedup(plan, ratio(plan.latencyMs.at("fp32"), plan.latencyMs.at("mixed")));
    plan.top1 = {{"fp32", fp32Top1 / 100}, {"int8", (fp32Top1 - drop) / 100}, {"mixed", (fp32Top1 - 0.4) / 100}};
    plan.agreement = {{"int8", 0.962}, {"mixed", 0.989}};
    plan.sentence = fmt::format("With 3 of {} layers in fp32 the drop of top-1 is 0.4 points instead of 2.4, and the "
                                "network takes {:.2f} ms, {:.2f} ms in int8 alone.",
                                plan.layers.size(), *plan.front[1].measuredMs, int8Ms);
    report.plan = plan;
}

void addQuantization(Report& report) {
    QuantizationOptions& options = report.options.quantization;
    options.scheme = "mixed";
    options.weights = "per-channel";
    options.weightLimit = "full";
    options.ranges = "min-max";
    options.percentile = 99.99;
    report.options.sizes = {{"sequence", 128}};
    report.model.openSizes = {"sequence"};
    options.rangesOf = {{report.tensors.front().name, "entropy"}};
    options.biasCorrection = true;
}

/// The sweep and the plan are of other sittings than the runs, the instruction sets of the same one.
void addConditions(Report& report) {
    const auto conditions = [&](const std::string& created, double load, std::vector<std::string> differences) {
        Conditions result{created, report.command, report.options, load, 0.0, 0.01, std::move(differences)};
        return result;
    };
    report.sweep->conditions = conditions("2025-03-14T08:41:07Z", 2.1, {"7-bit weights, not full"});
    report.isas->conditions = conditions(report.created, 0.12, {});
    report.plan->conditions = conditions("2025-03-13T16:20:00Z", 0.3, {"batch 16, not 1", "500 pictures, not 1000"});
}

} // namespace

Report fullExampleReport(int layers) {
    Report report = exampleReport(layers);
    addQuantization(report);
    addLoss(report);
    addErrors(report);
    addPlan(report);
    addPrecisions(report);
    addSweep(report);
    addIsas(report);
    addConditions(report);
    return report;
}

} // namespace halftone
