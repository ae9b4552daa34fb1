#include "tests/support/full_example_report.h"

#include "tests/support/example_report.h"

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
        run.stepsMs += step.medianMs;
        if (step.kind != "compute")
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
    const Ratio against = ratio(fp32.latencyMs, run.latencyMs);
    run.speedup = against.speedup;
    run.speedupCi95 = against.ci95;
    run.significant = against.significant;
    for (Layer& layer : report.layers) {
        LayerRun layerRun = layer.byPrecision.at("fp32");
        if (layerRun.medianMs)
            layerRun.medianMs = *layerRun.medianMs * factor;
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
        const Ratio against = ratio(fp32.latencyMs, run.latencyMs);
        run.speedup = against.speedup;
        run.speedupCi95 = against.ci95;
        run.significant = against.significant;
        report.accuracy->byPrecision[run.precision] = {report.accuracy->agreement, report.accuracy->outputs};
    }
    for (TopK* top : {&*report.accuracy->top1, &*report.accuracy->top5})
        for (const auto& [precision, like] : {std::pair{"bf16", "fp32"}, std::pair{"int8-simulated", "int8"}}) {
            top->share[precision] = top->share.at(like);
            top->ci95[precision] = top->ci95.at(like);
        }
    report.accuracy->byPrecision["bf16"] = {0.999, {58.2, 0.99999, 0.021}};
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
            const Ratio against = ratio(point.latencyMs["fp32"], point.latencyMs["int8"]);
            point.speedup = against.speedup;
            point.speedupCi95 = against.ci95;
            point.significant = against.significant;
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
        run.latencyMs["fp32"] = latency(row.fp32Ms, 0.04);
        run.latencyMs["int8"] = latency(row.int8Ms, 0.04);
        const Ratio against = ratio(run.latencyMs["fp32"], run.latencyMs["int8"]);
        run.speedup = against.speedup;
        run.speedupCi95 = against.ci95;
        run.significant = against.significant;
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

} // namespace

Report fullExampleReport(int layers) {
    Report report = exampleReport(layers);
    addPrecisions(report);
    addSweep(report);
    addIsas(report);
    return report;
}

} // namespace halftone
