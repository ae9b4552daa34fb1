// SPDX-License-Identifier: GPL-3.0-or-later
// What real jobs on the bundled sample tell of their course: how often and in which direction, never how fast.
#include "core/workflow/jobs/plan.h"
#include "core/workflow/jobs/profile.h"
#include "core/workflow/jobs/sweep.h"
#include "core/workflow/jobs/write_model.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

#include <algorithm>

using namespace halftone;
using test::TemporaryFolder;

namespace {

struct Course : JobListener {
    struct Stage {
        std::string name;
        int tells = 0;
    };
    std::vector<Stage> stages;
    std::vector<double> fractions, secondsLeft;
    int announced = 0;

    void stage(int index, int count, const std::string& name) override {
        announced = count;
        stages.push_back({name});
        CHECK(index == static_cast<int>(stages.size()));
    }
    void progress(double fraction, double left) override {
        REQUIRE_FALSE(stages.empty());
        ++stages.back().tells;
        fractions.push_back(fraction);
        secondsLeft.push_back(left);
    }

    void check(size_t stagesWanted) const {
        CHECK(announced == static_cast<int>(stagesWanted));
        CHECK(stages.size() == stagesWanted);
        for (const Stage& each : stages) {
            INFO(each.name);
            CHECK(each.tells >= 2); // once as it begins, and within it
        }
        CHECK(std::ranges::is_sorted(fractions));
        CHECK(fractions.front() >= 0);
        CHECK(fractions.back() == Approx(1));
        const auto known = std::ranges::find_if(secondsLeft, [](double left) { return left >= 0; });
        CHECK(std::is_sorted(known, secondsLeft.end(), std::ranges::greater()));
        CHECK(secondsLeft.back() == 0);
    }
};

JobRequest request() {
    JobRequest request;
    request.modelPath = std::string(HALFTONE_SAMPLE_DIR) + "/fashion_resnet.onnx";
    request.dataPath = std::string(HALFTONE_SAMPLE_DIR) + "/fashion_test_1000.npz";
    request.preprocessing = preprocessingPreset("fashion-mnist");
    request.threads = 1;
    request.maxSamples = 50;
    request.calibrationSamples = 10;
    request.timeBudgetS = 0.05;
    return request;
}

} // namespace

TEST_CASE("A profile tells its progress in every stage, and its time left only falls") {
    Course course;
    Job job(&course);
    profileModel(request(), job);
    course.check(9);
    // Reading and compiling are short and say how long the rest will take.
    const size_t before = static_cast<size_t>(course.stages[0].tells + course.stages[1].tells);
    CHECK(std::all_of(course.secondsLeft.begin() + static_cast<ptrdiff_t>(before), course.secondsLeft.end(),
                      [](double left) { return left >= 0; }));
}

TEST_CASE("A profile without data does so too") {
    Course course;
    Job job(&course);
    JobRequest random = request();
    random.dataPath.clear();
    profileModel(random, job);
    course.check(7);
}

TEST_CASE("A plan tells its progress in every stage, and its time left only falls from its budget on") {
    Course course;
    Job job(&course);
    JobRequest plan = request();
    plan.timeBudgetS = 2;
    planModel(plan, job);
    course.check(7);
    CHECK(course.secondsLeft.front() == Approx(2));
}

TEST_CASE("A sweep tells its progress in every stage, and its time left only falls") {
    Course course;
    Job job(&course);
    JobRequest sweep = request();
    sweep.sweep = {{1, 2}, {1}};
    sweepModel(sweep, job);
    course.check(4);
}

TEST_CASE("Writing a model tells its progress in every stage, and its time left only falls") {
    Course course;
    Job job(&course);
    const TemporaryFolder folder;
    WriteRequest write;
    write.job = request();
    write.path = folder.path("int8.onnx");
    writeModel(write, job);
    course.check(3);
}
