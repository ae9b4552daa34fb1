// SPDX-License-Identifier: GPL-3.0-or-later
// Sweeps over the bundled sample: which settings are measured and what is told of each. No figure is asserted.
#include "core/workflow/jobs/sweep.h"

#include "core/base/error.h"
#include "core/engine/machine/machine.h"
#include "core/report/json.h"
#include "core/workflow/tell/verdict.h"
#include "tests/support/catch.h"

#include <algorithm>

using namespace halftone;

namespace {

JobRequest request(std::vector<int64_t> batches, std::vector<int> threads) {
    JobRequest request;
    request.modelPath = std::string(HALFTONE_SAMPLE_DIR) + "/fashion_resnet.onnx";
    request.timeBudgetS = 0.02;
    request.sweep = {std::move(batches), std::move(threads)};
    return request;
}

struct Course : JobListener {
    std::vector<std::string> stages, found;
    std::vector<double> fractions;
    int announced = 0;
    Job* job = nullptr;
    std::string cancelAt;
    void stage(int, int count, const std::string& name) override {
        stages.push_back(name);
        announced = count;
        if (job && name == cancelAt)
            job->cancel();
    }
    void progress(double fraction, double) override { fractions.push_back(fraction); }
};

SweepPoint point(int64_t batch, double fp32Ms, double int8Ms) {
    SweepPoint result;
    result.batch = batch;
    result.threads = 1;
    result.latencyMs["fp32"].median = fp32Ms;
    result.latencyMs["int8"].median = int8Ms;
    result.speedup = fp32Ms / int8Ms;
    result.speedupCi95 = Interval{0.99 * *result.speedup, 1.01 * *result.speedup};
    result.grade = Grade::Sure;
    return result;
}

} // namespace

TEST_CASE("A sweep measures every batch with every number of threads, each once") {
    Course course;
    Job job(&course);
    const Report report = sweepModel(request({2, 1, 2}, {1, 2, 1}), job);
    REQUIRE(report.sweep);
    CHECK(report.sweep->timeBudgetS == 0.02);
    std::vector<std::pair<int64_t, int>> settings;
    for (const SweepPoint& each : report.sweep->points) {
        settings.emplace_back(each.batch, each.threads);
        INFO(each.failure);
        CHECK(each.failure.empty());
        REQUIRE(each.latencyMs.size() == 2);
        CHECK(each.latencyMs.at("fp32").median > 0);
        CHECK(each.latencyMs.at("int8").n >= 10);
        REQUIRE(each.speedup);
        CHECK(*each.speedup ==
              Approx(each.latencyMs.at("fp32").median / each.latencyMs.at("int8").median).epsilon(1e-9));
        REQUIRE(each.speedupCi95);
        CHECK(each.speedupCi95->lo <= *each.speedup);
        CHECK(*each.speedup <= each.speedupCi95->hi);
    }
    CHECK(settings == std::vector<std::pair<int64_t, int>>{{1, 1}, {1, 2}, {2, 1}, {2, 2}});
    CHECK(course.announced == 6);
    CHECK(course.stages.size() == 6);
    CHECK(course.stages.back() == "Measuring batch 2, 2 threads");
    CHECK(std::ranges::is_sorted(course.fractions));
    CHECK(course.fractions.back() == 1);
    CHECK_THAT(report.verdict.sentence, Contains("(4 settings, "));
    CHECK(report.runs.empty());
    CHECK(reportFromJson(toJson(report), "sweep") == report);
}

TEST_CASE("All CPUs are a number of threads like any other") {
    Job job;
    const int cores = machineInfo().cores;
    const Report report = sweepModel(request({1}, {0, cores}), job);
    REQUIRE(report.sweep->points.size() == 1);
    CHECK(report.sweep->points[0].threads == cores);
}

TEST_CASE("Lists out of range are refused before anything is read") {
    Job job;
    const auto refused = [&](const JobRequest& wrong) {
        try {
            sweepModel(wrong, job);
        } catch (const Error& error) {
            return error.code() == ErrorCode::Usage;
        }
        return false;
    };
    CHECK(refused(request({}, {1})));
    CHECK(refused(request({0}, {1})));
    CHECK(refused(request({1, 5000}, {1})));
    CHECK(refused(request({1}, {-1})));
    CHECK(refused(request({1}, {1, 2000})));
}

TEST_CASE("A sweep can be cancelled between and within settings") {
    Course course;
    Job job(&course);
    course.job = &job;
    course.cancelAt = "Measuring batch 1, 1 thread";
    CHECK_THROWS_AS(sweepModel(request({1, 2}, {1}), job), Cancelled);
    CHECK(course.stages.back() == course.cancelAt);
}

TEST_CASE("The sentence of a sweep names the extremes and the best throughput, and skips failures") {
    Sweep sweep{1, {point(1, 2, 1), point(8, 12, 3), SweepPoint{}}};
    sweep.points[2].failure = "There is not enough memory.";
    CHECK(
        sweepSentence(sweep) ==
        "int8 is 4.00x faster than fp32 at batch 8, 1 thread, 2.00x faster than fp32 at batch 1, 1 thread (2 settings, "
        "0 not decided); most samples a second: 2,667 in int8 (batch 8, 1 thread), 667 in fp32 (batch 8, 1 thread).");
    sweep.points.erase(sweep.points.begin());
    CHECK_THAT(sweepSentence(sweep), StartsWith("int8 is 4.00x faster than fp32 at batch 8, 1 thread;"));
}
