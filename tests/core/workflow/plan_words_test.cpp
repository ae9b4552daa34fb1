// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workflow/tell/plan_words.h"

#include "tests/support/catch.h"

using namespace halftone;

namespace {

PlanLayer layerOf(double costPoints) {
    PlanLayer layer;
    layer.costPoints = costPoints;
    return layer;
}

Latency latency(double ms) {
    Latency latency;
    latency.median = ms;
    return latency;
}

MixedPlan plan(size_t keptOut) {
    MixedPlan plan;
    plan.criterion = "top-1";
    plan.otherPrecision = "fp32";
    plan.layers.resize(3);
    plan.front = {{}, {}};
    plan.front[0].measuredDrop = 2.5;
    plan.front[1].keptOut.resize(keptOut, "conv");
    plan.front[1].measuredDrop = 0.25;
    plan.chosen = 1;
    plan.latencyMs = {{"fp32", latency(4)}, {"int8", latency(1.9)}, {"mixed", latency(2)}};
    plan.speedup = 2;
    plan.speedupCi95 = Interval{1.95, 2.05};
    plan.grade = Grade::Sure;
    return plan;
}

} // namespace

TEST_CASE("a plan that took longer than it was allowed says so and what the least is") {
    CHECK_FALSE(warnOfBudget(15, 14.99));
    CHECK_FALSE(warnOfBudget(15, 15));
    const auto warning = warnOfBudget(15, 15.01);
    REQUIRE(warning);
    CHECK(warning->code == "plan-budget");
    CHECK(warning->severity == Severity::Warning);
    CHECK_THAT(warning->message, StartsWith("Planning took 15.1 s where 15 s were allowed. "));
    CHECK_THAT(warning->message, EndsWith("allow 16 s or more."));
}

TEST_CASE("a layer that is not in int8 says why") {
    CHECK(whyOut(layerOf(0.6), {0.3, 0.2, true, true, false, "top-1"}) == "costs 0.60 points");
    CHECK(whyOut(layerOf(0.004), {0.3, 0.2, false, true, false, "agreement"}) == "costs 0.004 points");
    CHECK(whyOut(layerOf(3), {0.3, 0.2, true, true, false, "output-distance"}) ==
          "moves the outputs by 3.0 % of their norm");
    CHECK(whyOut(layerOf(0), {0.3, 0.41, true, false, true, "top-1"}) ==
          "slower in int8 here: 0.410 instead of 0.300 ms");
    CHECK(whyOut(layerOf(0), {0.3, 0.25, true, false, true, "top-1"}) ==
          "int8 would gain 0.0500 ms here, less than the conversions at its borders take");
    CHECK(whyOut(layerOf(0), {0.3, 0.25, true, false, false, "top-1"}) ==
          "beside layers that stay out: int8 would gain 0.0500 ms, its conversions take more");
    PlanLayer pinned = layerOf(1);
    pinned.pinned = "fp32";
    CHECK(whyOut(pinned, {0.3, 0.2, true, true, false, "top-1"}) == "kept out as asked");
}

TEST_CASE("a layer whose times do not decide is called neither slower nor faster in int8") {
    CHECK(whyOut(layerOf(0), {0.3, 0.31, false, false, true, "top-1"}) ==
          "no gain measured in int8 here: 0.310 instead of 0.300 ms");
    CHECK(whyOut(layerOf(0), {0.3, 0.29, false, false, true, "top-1"}) ==
          "no sure gain in int8 here, and conversions at its borders");
}

TEST_CASE("no drop is said in words") {
    CHECK(dropWords("top-1", 0) == "top-1 stays the same");
    CHECK(dropWords("agreement", 0) == "every sample gets the same class as in fp32");
    CHECK(dropWords("top-1", -0.5) == "top-1 rises by 0.50 points");
    CHECK(dropWords("output-distance", 0) == "the outputs move by 0.00 % of their norm");
}

TEST_CASE("the answer of a plan names what stays out, the times and the drop") {
    CHECK(planSentence(plan(1), 1) ==
          "Keep 1 of 3 layers in fp32: 2.00 ms, 2.00x faster than fp32 (all in int8: 1.90 ms); "
          "top-1 falls by 0.25 points, within the limit of 1.0 points.");
    CHECK(planSentence(plan(0), 1) ==
          "All layers can stay in int8: 2.00 ms, 2.00x faster than fp32; top-1 falls by 0.25 "
          "points, within the limit of 1.0 points.");
    CHECK_THAT(planSentence(plan(3), 1), StartsWith("No layer should be in int8: in fp32 the network takes 2.00 ms"));
    MixedPlan noise = plan(1);
    noise.speedupCi95 = Interval{0.9, 4};
    noise.grade = Grade::Undecided;
    CHECK_THAT(planSentence(noise, 1), Contains("2.00 ms, between 0.90 and 4.00x as fast as fp32 (all"));
    MixedPlan none = plan(1);
    none.chosen = -1;
    none.front[1].measuredDrop = 1.5;
    CHECK(planSentence(none, 1) ==
          "No plan was found within the limit of 1.0 points: with 1 layer out of int8, the last "
          "that was tried, top-1 falls by 1.5 points.");
    none.front[1].predictedDrop = 1.2; // not tried: it is all-int8's own figure
    CHECK(planSentence(none, 1) == "No plan is within the limit of 1.0 points.");
}
