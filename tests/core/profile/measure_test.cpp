// SPDX-License-Identifier: GPL-3.0-or-later
// Interleaved timing of small plans. No test looks at how long anything takes, only at what is counted and how the
// figures relate.
#include "core/engine/compile.h"
#include "core/engine/machine/machine.h"
#include "core/passes/passes.h"
#include "core/profile/measure.h"
#include "core/profile/statistics.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"

#include <algorithm>
#include <map>

using namespace halftone;
using halftone::test::GraphBuilder;

namespace {

Plan smallPlan(int convolutions) {
    GraphBuilder builder;
    ValueId x = builder.input("x", {1, 8, 12, 12});
    for (int i = 0; i < convolutions; ++i)
        x = builder.relu("relu" + std::to_string(i), builder.conv("conv" + std::to_string(i), x, 8, 8));
    useThreads(1);
    return compile(runPasses(builder.build({x}), standardPasses()), {Precision::Fp32}, Job());
}

struct Recorder : JobListener {
    std::map<std::string, int> latencies;
    void latency(const std::string& precision, double medianMs) override {
        ++latencies[precision];
        CHECK(medianMs > 0);
    }
};

const MeasureOptions briefly{0.05, 10, 1};

MeasuredAll measured(std::vector<MeasuredPlan> plans, const MeasureOptions& options = briefly) {
    Job job;
    return measureInterleaved(plans, options, job, [](double) {});
}

} // namespace

TEST_CASE("Every plan gets rounds, a median for each step and figures in order") {
    Plan one = smallPlan(1), three = smallPlan(3);
    const MeasuredAll all = measured({{"fp32", &one}, {"int8", &three}});
    REQUIRE(all.plans.size() == 2);
    CHECK(all.plans[0].steps.size() == one.steps().size());
    CHECK(all.plans[1].steps.size() == three.steps().size());
    for (const Measurement& plan : all.plans) {
        CHECK(plan.roundMs.size() >= 10);
        CHECK(plan.latency.n >= static_cast<int64_t>(plan.roundMs.size()));
        CHECK(plan.latency.n % static_cast<int64_t>(plan.roundMs.size()) == 0);
        CHECK(plan.latency.min > 0);
        CHECK(plan.latency.min <= plan.latency.median);
        CHECK(plan.latency.min <= plan.latency.p90);
        CHECK(plan.latency.p90 <= plan.latency.max);
        CHECK(plan.latency.min <= plan.latency.mean);
        CHECK(plan.latency.median == median(plan.roundMs));
        CHECK(plan.latency.ci95.lo <= plan.latency.median);
        CHECK(plan.latency.median <= plan.latency.ci95.hi);
        CHECK(plan.latency.cv == coefficientOfVariation(plan.roundMs));
        CHECK(plan.latency.median + plan.timingOverheadMs > 0);
        double stepsMs = 0;
        for (const StepTime& step : plan.steps)
            stepsMs += step.medianMs;
        CHECK(stepsMs <= 1.001 * plan.latency.median); // of four digits each
        for (const StepTime& step : plan.steps) {
            CHECK(step.medianMs >= 0);
            CHECK(step.roundMs.size() == plan.stepRounds.size());
            CHECK(step.medianMs == median(step.roundMs));
            CHECK(step.ci95.lo <= step.medianMs);
            CHECK(step.medianMs <= step.ci95.hi);
        }
    }
}

TEST_CASE("A strict budget is kept but for the fewest rounds, another one gets all its rounds") {
    Plan one = smallPlan(1), three = smallPlan(3);
    MeasureOptions none{0, 10, 1};
    CHECK(measured({{"fp32", &one}, {"int8", &three}}, none).plans[0].roundMs.size() == 10);
    none.strict = true;
    const MeasuredAll all = measured({{"fp32", &one}, {"int8", &three}}, none);
    for (const Measurement& plan : all.plans) {
        CHECK(plan.roundMs.size() == kFewestRounds);
        CHECK(plan.latency.n == kFewestRounds);
    }
    none.minRounds = 2;
    CHECK(measured({{"fp32", &one}}, none).plans[0].roundMs.size() == 2);
}

TEST_CASE("What measuring will take is the budget, or more where the rounds do not fit") {
    const MeasureOptions options{10, 10, 1};
    CHECK(measuringS(0.001, options) == 10);
    CHECK(measuringS(0.2, options) > 10);
    CHECK(measuringS(4, options) == Approx(4 * 26)); // six runs to warm up, two in each round
    MeasureOptions strict{0};
    strict.strict = true;
    CHECK(measuringS(1, strict) == Approx(12));
}

TEST_CASE("Rounds are paired, and every plan is compared with the first by them") {
    Plan one = smallPlan(1), three = smallPlan(3), four = smallPlan(4);
    const MeasuredAll all = measured({{"fp32", &one}, {"int8", &three}, {"bf16", &four}}, {0.05, 10, 7});
    for (const Measurement& plan : all.plans) {
        CHECK(plan.roundMs.size() == all.plans[0].roundMs.size());
        CHECK(plan.speedup.factor == all.plans[0].latency.median / plan.latency.median);
        CHECK(plan.speedup.ci95 == compareRounds(all.plans[0].roundMs, plan.roundMs, false).ci95);
    }
    CHECK(all.plans[0].speedup.factor == 1);
    CHECK_FALSE(all.plans[0].speedup.significant());
}

TEST_CASE("The steps are timed in the rounds around the median, whose median is that of all") {
    Plan one = smallPlan(1), three = smallPlan(3);
    for (const double budgetS : {0.05, 1.0}) {
        const MeasuredAll all = measured({{"fp32", &one}, {"int8", &three}}, {budgetS, 10, 1});
        for (const Measurement& plan : all.plans) {
            std::vector<double> chosen;
            for (const int round : plan.stepRounds)
                chosen.push_back(plan.roundMs.at(static_cast<size_t>(round)));
            CHECK(median(chosen) == plan.latency.median);
            CHECK(std::ranges::is_sorted(plan.stepRounds));
            CHECK(chosen.size() >= std::min<size_t>(plan.roundMs.size(), 11));
            CHECK(chosen.size() <= 42);
            const auto within = [&](double ms) {
                return ms > std::ranges::min(chosen) && ms < std::ranges::max(chosen);
            };
            CHECK(std::ranges::count_if(plan.roundMs, within) <= static_cast<int64_t>(chosen.size()));
        }
    }
}

TEST_CASE("The least number of rounds is kept also when it takes longer than the budget") {
    Plan plan = smallPlan(4);
    const MeasuredAll all = measured({{"fp32", &plan}}, {1e-6, 13, 1});
    CHECK(all.plans[0].roundMs.size() == 13);
    CHECK(all.plans[0].latency.n == 13); // no time for more than one inference a round
}

TEST_CASE("A plan without convolutions to compute is measured as well") {
    GraphBuilder builder;
    const ValueId x = builder.input("x", {1, 4});
    useThreads(1);
    Plan plan = compile(builder.build({builder.relu("relu", x)}), {Precision::Fp32}, Job());
    const MeasuredAll all = measured({{"fp32", &plan}});
    CHECK(all.plans[0].latency.median > 0);
}

TEST_CASE("Progress grows from 0 and ends at 1") {
    Plan plan = smallPlan(2);
    Job job;
    std::vector<double> fractions;
    measureInterleaved({{"fp32", &plan}}, {0.6, 10, 1}, job, [&](double fraction) { fractions.push_back(fraction); });
    REQUIRE_FALSE(fractions.empty());
    CHECK(std::ranges::is_sorted(fractions));
    CHECK(fractions.front() >= 0);
    CHECK(fractions.back() == 1);
}

TEST_CASE("The listener sees the median of every plan while it is measured") {
    Plan one = smallPlan(1), two = smallPlan(2);
    Recorder recorder;
    Job job(&recorder);
    measureInterleaved({{"fp32", &one}, {"int8", &two}}, {1.5, 10, 1}, job, [](double) {});
    CHECK(recorder.latencies["fp32"] > 0);
    CHECK(recorder.latencies["fp32"] == recorder.latencies["int8"]);
}

TEST_CASE("A cancel before or while measuring stops it") {
    Plan plan = smallPlan(2);
    Job before;
    before.cancel();
    CHECK_THROWS_AS(measureInterleaved({{"fp32", &plan}}, briefly, before, [](double) {}), Cancelled);

    Job during;
    int told = 0;
    const auto cancelAtOnce = [&](double) {
        ++told;
        during.cancel();
    };
    CHECK_THROWS_AS(measureInterleaved({{"fp32", &plan}}, {3600, 10, 1}, during, cancelAtOnce), Cancelled);
    CHECK(told == 1);
}

TEST_CASE("A latency that is not called stable has a warning that says why") {
    Plan one = smallPlan(1), two = smallPlan(2);
    const MeasuredAll all = measured({{"fp32", &one}, {"int8", &two}});
    const bool stable = std::ranges::all_of(all.plans, [](const Measurement& plan) { return plan.latency.stable; });
    CHECK(stable == all.diagnostics.empty());
    for (const Diagnostic& diagnostic : all.diagnostics) {
        CHECK(diagnostic.severity == Severity::Warning);
        CHECK(diagnostic.code == "unstable-timing");
        CHECK(diagnostic.message.ends_with('.'));
    }
}
