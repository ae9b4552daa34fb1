// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/disturbed_report.h"

#include "core/report/compared.h"
#include "tests/support/full_example_report.h"

#include <fmt/format.h>

namespace halftone {

namespace {

template <class Row> void widen(Row& row, double down, double up) {
    if (!row.speedup)
        return;
    row.speedupCi95 = Interval{down * *row.speedup, up * *row.speedup};
    row.grade = gradeOf(*row.speedup, *row.speedupCi95, true);
    row.significant = row.grade != Grade::Undecided;
}

/// A part of the time in no step, `share` of the sum of the steps.
void wait(Run& run, double share) {
    run.waitingMs = share * run.stepsMs;
    run.unexplainedMs += run.waitingMs;
    run.waitingShare = run.waitingMs / (run.stepsMs + run.unexplainedMs);
    Latency& latency = run.latencyMs;
    const double before = latency.median;
    latency.median = run.stepsMs + run.unexplainedMs;
    const double grown = latency.median / before;
    latency.p90 *= 2 * grown;
    latency.min *= grown;
    latency.mean *= 1.3 * grown;
    latency.ci95 = {0.86 * latency.median, 2.4 * latency.median};
    latency.cv = 0.4;
    latency.stable = false;
    for (double& ms : run.roundMs)
        ms *= grown;
    for (Step& step : run.steps)
        step.share = step.medianMs / latency.median;
}

Report disturbed(int layers, double down, double up) {
    Report report = fullExampleReport(layers);
    report.machine.load = 8.2;
    report.machine.others = 0.44;
    report.machine.steal = 0.03;
    double share = 0.2;
    for (Run& run : report.runs)
        wait(run, share += 0.1);
    const Run& fp32 = *report.run("fp32");
    for (Run& run : report.runs)
        if (run.speedup) {
            run.speedup = fp32.latencyMs.median / run.latencyMs.median;
            widen(run, down, up);
        }
    const Run& int8 = *report.run("int8");
    Verdict& verdict = report.verdict;
    verdict.speedup = int8.speedup;
    widen(verdict, down, up);
    verdict.sentence =
        fmt::format("int8 is {}. The timing was disturbed; see the warnings.", speedupWords(gradedSpeedup(verdict)));
    verdict.conversionShare = *verdict.conversionShare * (int8.stepsMs / int8.latencyMs.median);
    report.waterfall->fp32Ms = fp32.latencyMs.median;
    report.waterfall->int8Ms = int8.latencyMs.median;
    for (LossPart& part : report.waterfall->parts)
        if (part.kind == LossKind::Waiting)
            part.ms = int8.waitingMs;
    for (size_t i = 0; i < report.layers.size(); ++i) {
        Layer& layer = report.layers[i];
        if (!layer.speedup)
            continue;
        const double wide = i % 3 == 0 ? 3 : 1;
        layer.speedupCi95 = Interval{down / wide * *layer.speedup, up * wide * *layer.speedup};
        layer.grade = gradeOf(*layer.speedup, *layer.speedupCi95, true);
    }
    for (SweepPoint& point : report.sweep->points)
        widen(point, down, up);
    for (IsaRun& run : report.isas->runs)
        widen(run, down, up);
    widen(*report.plan, down, up);
    return report;
}

} // namespace

Report roughReport(int layers) {
    return disturbed(layers, 0.86, 1.22);
}

Report undecidedReport(int layers) {
    return disturbed(layers, 0.2, 4);
}

} // namespace halftone
