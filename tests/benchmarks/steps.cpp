// SPDX-License-Identifier: GPL-3.0-or-later
// Where the time between the steps goes, what measuring them costs, and how much memory each precision takes.
//   bench_steps MODEL [BATCH] [BUDGET_S]
#include "core/base/error.h"
#include "core/engine/compile.h"
#include "core/engine/machine/machine.h"
#include "core/profile/measure.h"
#include "core/quantize/quantize.h"
#include "core/workflow/network/load.h"
#include "core/workflow/network/quantize_model.h"
#include "core/workflow/samples/feed.h"
#include "tests/benchmarks/some_ranges.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>

using namespace halftone;

namespace {

struct Compiled {
    Plan plan;
    int64_t peakBytes; // growth while it was compiled and first run
};

Compiled compiled(const Graph& graph, Precision precision) {
    const PeakGrowth growth;
    Plan plan = compile(graph, {precision}, Job());
    fillBatch(plan, RandomSamples(1, 1), {0}, 0);
    plan.run();
    const int64_t peakBytes = growth.bytes();
    return {std::move(plan), peakBytes};
}

Graph quantized(const LoadedModel& model) {
    if (model.onGrids)
        return *model.onGrids;
    QuantizeOptions options;
    options.weightLimit = weightLimitFor(machineInfo(), options);
    return withUnsignedCodes(quantize(model.graph, someRanges(model.graph), options));
}

void printTimes(const char* precision, const Plan& plan, const Measurement& measured) {
    double computeMs = 0, convertMs = 0;
    for (size_t i = 0; i < plan.steps().size(); ++i)
        (plan.steps()[i].kind == StepInfo::Kind::Compute ? computeMs : convertMs) += measured.steps[i].medianMs;
    const double wholeMs = measured.latency.median;
    fmt::print(
        "{}: {:.4f} ms, {:.3f} of its compute steps; conversions {:.1f} %; the clock between {} steps adds {:.1f} %\n",
        precision, wholeMs, wholeMs / computeMs, 100 * convertMs / wholeMs, plan.steps().size(),
        100 * measured.timingOverheadMs / wholeMs);
}

void printMemory(const char* precision, const Compiled& compiled) {
    const PlanMemory memory = compiled.plan.memory();
    fmt::print("{}: weights {:.1f} MB, activations {:.1f} MB, scratchpad {:.1f} MB, peak growth {:.1f} MB\n", precision,
               static_cast<double>(memory.weightsBytes) / 1e6, static_cast<double>(memory.arenaBytes) / 1e6,
               static_cast<double>(memory.scratchpadBytes) / 1e6, static_cast<double>(compiled.peakBytes) / 1e6);
}

} // namespace

int main(int argc, char** argv) try {
    if (argc < 2) {
        fmt::print(stderr, "usage: bench_steps MODEL [BATCH] [BUDGET_S]\n");
        return 2;
    }
    const int64_t batch = argc > 2 ? std::max(1, std::atoi(argv[2])) : 1;
    const double budgetS = argc > 3 ? std::atof(argv[3]) : 5;
    useThreads(machineInfo().cores);
    Job job;
    const LoadedModel model = loadModel(argv[1], {}, batch, job);
    const Graph codes = quantized(model);
    Compiled fp32 = compiled(model.graph, Precision::Fp32), int8 = compiled(codes, Precision::Int8);
    const MeasuredAll measured =
        measureInterleaved({{"fp32", &fp32.plan}, {"int8", &int8.plan}}, {budgetS, 10, 1}, job, [](double) {});
    printTimes("fp32", fp32.plan, measured.plans[0]);
    printTimes("int8", int8.plan, measured.plans[1]);
    printMemory("fp32", fp32);
    printMemory("int8", int8);
    const PlanMemory whole = fp32.plan.memory();
    fmt::print("peak of int8: {:.3f} of fp32's weights and activations\n",
               static_cast<double>(int8.peakBytes) / static_cast<double>(whole.weightsBytes + whole.arenaBytes));
    return 0;
} catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.message());
    return 1;
}
