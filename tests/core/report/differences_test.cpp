// SPDX-License-Identifier: GPL-3.0-or-later
// Sections of one report that were measured in several sittings.
#include "core/report/differences.h"
#include "core/report/sweep_choice.h"
#include "tests/support/catch.h"

using namespace halftone;

namespace {

/// A profile at batch 1 with 2 threads that found 2.29x, and a sweep with the same settings.
Report profileAndSweep(const Interval& sweepCi95) {
    Report report;
    report.created = "2026-11-30T10:41:03Z";
    report.options.threads = 2;
    Run int8;
    int8.precision = "int8";
    int8.threads = 2;
    int8.speedup = 2.29;
    int8.speedupCi95 = Interval{2.25, 2.33};
    int8.grade = Grade::Sure;
    report.runs = {Run{"fp32"}, int8};
    SweepPoint point{2, 1, {}, (sweepCi95.lo + sweepCi95.hi) / 2, sweepCi95, true, "", Grade::Sure};
    report.sweep =
        Sweep{1, {SweepPoint{2, 16, {}, 9.0, Interval{8.9, 9.1}, true, "", Grade::Sure}, point}, Conditions{}};
    report.sweep->conditions->created = "2026-11-30T10:55:12Z";
    report.sweep->conditions->options = report.options;
    return report;
}

} // namespace

TEST_CASE("What a section was measured with otherwise is told in phrases") {
    Options runs, section;
    CHECK(differences(section, runs).empty());
    section.batch = 16;
    section.quantization.weights = "per-tensor";
    runs.quantization.weights = "per-channel";
    section.quantization.biasCorrection = true;
    section.quantization.keptFp32 = {"conv"};
    CHECK(differences(section, runs) ==
          std::vector<std::string>{"batch 16, not 1", "per-tensor weights, not per-channel",
                                   "with correction of biases", "1 layers kept in fp32, not 0"});
    section.batch = 1;
    section.timeBudgetS = 30; // changes how well a figure is known, not what it means
    section.quantization = runs.quantization;
    CHECK(differences(section, runs).empty());
}

TEST_CASE("Sections that disagree beyond their intervals are named, with the cause that the system saw") {
    CHECK(disagreements(profileAndSweep({2.2, 2.3})).empty());
    CHECK(disagreements(profileAndSweep({2.36, 2.4})).empty()); // apart, but by less than two launches differ
    Report report = profileAndSweep({1.85, 1.95});
    REQUIRE(disagreements(report).size() == 1);
    CHECK(disagreements(report)[0].code == kDisagreement);
    CHECK_THAT(disagreements(report)[0].message, Contains("the profile (10:41 UTC) measured 2.29x") &&
                                                     Contains("the sweep (10:55 UTC) 1.90x") &&
                                                     Contains("Nothing was seen to disturb either"));
    report.sweep->conditions->others = 0.31;
    CHECK_THAT(disagreements(report)[0].message, Contains("Other programs took 31 % of the CPU during the sweep."));
}

TEST_CASE("Sections with other settings cannot disagree") {
    Report report = profileAndSweep({1.85, 1.95});
    report.sweep->conditions->options.quantization.scheme = "symmetric";
    CHECK(disagreements(report).empty());
    report.sweep->conditions.reset(); // of an older report: not known
    CHECK(disagreements(report).empty());
}

TEST_CASE("The best point of a sweep is that with the best lower bound") {
    const auto point = [](int threads, double ms, const Interval& ci95) {
        SweepPoint made{threads, 1};
        made.latencyMs["int8"] = Latency{ms};
        made.latencyMs["int8"].ci95 = ci95;
        return made;
    };
    const Sweep sweep{1, {point(1, 10, {9.9, 10.1}), point(2, 8, {5, 40}), point(4, 12, {11, 13})}, {}};
    CHECK(bestPoint(sweep, "int8")->threads == 1);
    CHECK(leastSamplesPerSecond(sweep.points[1], "int8") == 25);
    CHECK(samplesPerSecond(sweep.points[1], "int8") == 125);
    CHECK(bestPoint(sweep, "fp32") == nullptr);
}
