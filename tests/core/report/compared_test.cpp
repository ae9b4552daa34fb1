// SPDX-License-Identifier: GPL-3.0-or-later
// What is said of speed-ups, remainders, changes of accuracy, best settings and sections: one rule for all places.
#include "core/report/compared.h"

#include "core/report/accuracy_change.h"
#include "core/report/json.h"
#include "core/report/run_time.h"
#include "core/report/section_words.h"
#include "core/report/sweep_choice.h"
#include "tests/support/catch.h"
#include "tests/support/data_dir.h"

#include <cstdlib>
#include <ctime>

using namespace halftone;

namespace {

GradedSpeedup compared(double speedup, double lo, double hi, bool disturbed = false) {
    return {speedup, Interval{lo, hi}, gradeOf(speedup, {lo, hi}, disturbed)};
}

SweepPoint setting(int64_t batch, double lo, double speedup, double hi, double int8Ms, double slowestMs) {
    SweepPoint point;
    point.threads = 1;
    point.batch = batch;
    point.speedup = speedup;
    point.speedupCi95 = Interval{lo, hi};
    point.grade = gradeOf(speedup, {lo, hi}, false);
    point.latencyMs["int8"].median = int8Ms;
    point.latencyMs["int8"].ci95 = {int8Ms, slowestMs};
    return point;
}

Accuracy split(int64_t worse, int64_t better, double p) {
    Accuracy accuracy;
    accuracy.samples = 200;
    accuracy.mcnemar = McNemar{worse, better, p};
    return accuracy;
}

} // namespace

TEST_CASE("A point estimate stands only where it is sure") {
    CHECK(speedupFigure(compared(1.9, 1.85, 1.95)) == "1.90x");
    CHECK(speedupFigure(compared(1.9, 1.6, 2.3)) == "1.60 to 2.30x");
    CHECK(speedupFigure(compared(2.59, 2.03, 46.8, true)) == "not decided");
    CHECK(speedupFigure(compared(0.998, 0.98, 1.01)) == "as fast");
    CHECK(speedupFigure(compared(1.3, 0.9, 2)) == "not decided");
    CHECK(speedupFigure({}) == "");
    CHECK(speedupFigure({1.9, {}, Grade::Undecided}) == "1.90x"); // of an older report, which has no interval
}

TEST_CASE("Slower and faster is only what is decided") {
    CHECK(isSlower(compared(0.8, 0.75, 0.85)));
    CHECK(isSlower(compared(0.6, 0.4, 0.9)));
    CHECK_FALSE(isSlower(compared(0.998, 0.98, 1.01)));
    CHECK_FALSE(isSlower(compared(0.97, 0.96, 0.98))); // less than two launches differ by
    CHECK_FALSE(isSlower({0.5, {}, Grade::Undecided}));
    CHECK(isFaster(compared(1.9, 1.6, 2.3)));
    CHECK_FALSE(isFaster(compared(1.9, 0.9, 4)));
    CHECK_FALSE(isFaster({}));
}

TEST_CASE("The certainty names its grade and its interval") {
    CHECK(speedupCertainty(compared(1.9, 1.85, 1.95)) == "sure: 95 % interval 1.85 to 1.95x");
    CHECK(speedupCertainty(compared(1.9, 1.6, 2.3)) == "rough: 95 % interval 1.60 to 2.30x");
    CHECK(speedupCertainty(compared(1.3, 0.9, 2)) == "not decided: the 95 % interval 0.90 to 2.00x holds 1");
    CHECK(speedupCertainty(compared(0.998, 0.98, 1.01)) == "as fast: 95 % interval 0.98 to 1.01x");
    CHECK(speedupCertainty(compared(1.04, 1.02, 1.06)) ==
          "not decided: less than 5 % apart, 95 % interval 1.02 to 1.06x");
    CHECK(speedupCertainty(compared(2.59, 2.03, 46.8, true)) ==
          "not decided: the 95 % interval 2.03 to 46.8x is too wide");
    CHECK(speedupCertainty({1.9, {}, Grade::Undecided}) == "how certain it is was not measured");
}

TEST_CASE("What is gained at least is the interval's end nearest to 1") {
    CHECK(leastGain(compared(1.9, 1.6, 2.3)) == 1.6);
    CHECK(leastGain(compared(0.6, 0.4, 0.9)) == 0.9);
    CHECK(leastGain(compared(1.3, 0.9, 2)) == 1);
    CHECK(leastGain({1.9, {}, Grade::Undecided}) == 1.9);
}

TEST_CASE("The best setting of a sweep has the best lower bound, and one that is not decided never wins") {
    Sweep sweep;
    CHECK(bestSpeedup(sweep) == nullptr);
    sweep.points = {setting(1, 1.8, 1.9, 2.0, 1.0, 1.1), setting(2, 1.5, 3.0, 3.4, 0.9, 4.0),
                    setting(4, 0.9, 5.0, 9.0, 2.0, 2.2)};
    CHECK(bestSpeedup(sweep) == &sweep.points[0]);
    CHECK(bestPoint(sweep, "int8") == &sweep.points[2]); // 4 in 2.2 ms; 2 in 0.9 ms may be 2 in 4 ms
    CHECK(bestPoint(sweep, "bf16") == nullptr);
}

TEST_CASE("The whole latency is steps, waiting and what passes between the steps") {
    Run run;
    run.latencyMs.median = 10;
    run.stepsMs = 7;
    run.unexplainedMs = 3;
    CHECK_FALSE(knowsWaiting(run));
    run.waitingMs = 2.5;
    run.waitingShare = 0.25;
    CHECK(knowsWaiting(run));
    CHECK(run.stepsMs + run.waitingMs + betweenStepsMs(run) == Approx(run.latencyMs.median));
    CHECK(*shareOfWhole(run, 0.75) == Approx(0.075));
    CHECK_FALSE(shareOfWhole(Run{}, 1));
    Machine machine;
    machine.others = 0.44;
    machine.steal = 0.03;
    machine.load = 8.23;
    CHECK(waitingProof(machine, run) ==
          "its threads together waited as long as 25.0 % of an inference, within steps too; "
          "other programs took 44.0 % of the CPUs; other guests took 3.0 % of them; load 8.2 before");
    CHECK(waitingProof(Machine{}, Run{}).empty());
}

TEST_CASE("A change of accuracy that may be chance is called so") {
    CHECK(accuracyChange(Accuracy{}) == AccuracyChange::Unknown);
    CHECK(accuracyChangeWords(Accuracy{}).empty());
    CHECK(accuracyChange(split(2, 1, 1)) == AccuracyChange::Chance);
    CHECK(accuracyChangeWords(split(2, 1, 1)) == "2 got worse, 1 got better of 200: chance");
    CHECK(accuracyChangeProof(split(5, 3, 0.7266)) == "McNemar p = 0.73");
    CHECK(accuracyChange(split(29, 5, 3.86e-5)) == AccuracyChange::Worse);
    CHECK(accuracyChangeWords(split(29, 5, 3.86e-5)) == "29 got worse, 5 got better of 200: more than chance");
    CHECK(accuracyChangeProof(split(29, 5, 3.86e-5)) == "McNemar p < 0.001");
    CHECK(accuracyChange(split(1, 9, 0.0215)) == AccuracyChange::Better);
    CHECK(accuracyChangeWords(split(0, 0, 1)) == "none of 200 got worse or better");
}

TEST_CASE("A section says when and with which settings it was measured, and whether the runs had others") {
    setenv("TZ", "UTC", 1);
    tzset();
    Report report;
    report.created = "2025-03-14T09:26:53Z";
    report.runs.resize(1);
    CHECK(sectionWords(report, {}) == "When and with which settings this was measured is not known.");
    CHECK_FALSE(isApart(report, {}));
    Conditions conditions;
    conditions.created = report.created;
    conditions.load = 0.12;
    CHECK(sectionWords(report, conditions) == "Measured 09:26 with the settings of the runs; load 0.1.");
    CHECK_FALSE(isApart(report, conditions));
    conditions.created = "2025-03-14T10:55:00Z";
    conditions.differences = {"batch 16, not 1"};
    conditions.load = 2.1;
    CHECK(isApart(report, conditions));
    CHECK(sectionWords(report, conditions) ==
          "Measured 10:55 with batch 16, not 1; load 2.1. The runs were measured 09:26.");
    conditions.created = "2025-03-15T10:55:00Z";
    CHECK(sectionWords(report, conditions) ==
          "Measured 2025-03-15 10:55 with batch 16, not 1; load 2.1. The runs were measured 2025-03-14 09:26.");
    report.runs.clear(); // a sweep alone
    CHECK_FALSE(isApart(report, conditions));
    CHECK(localTime("yesterday", report.created).empty());
}

TEST_CASE("Reports of before the grades are graded by their intervals, their layers have none") {
    const Report report = loadReport(test::testsDir() + "/core/report/golden-1.json");
    REQUIRE(report.verdict.speedup);
    CHECK(report.verdict.grade == gradeOf(*report.verdict.speedup, *report.verdict.speedupCi95, false));
    CHECK(report.verdict.grade == Grade::Sure);
    CHECK(speedupOf(report, *report.run("int8")) == gradedSpeedup(report.verdict));
    for (const Layer& layer : report.layers) {
        CHECK_FALSE(isSlower(gradedSpeedup(layer)));
        CHECK_FALSE(isFaster(gradedSpeedup(layer)));
    }
    CHECK_FALSE(knowsWaiting(*report.run("int8")));
}
