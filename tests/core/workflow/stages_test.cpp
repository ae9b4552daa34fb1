// What a listener is told while a job goes through its stages.
#include "core/workflow/stages.h"
#include "tests/support/catch.h"

#include <algorithm>

using namespace halftone;

namespace {

struct Recorder : JobListener {
    std::vector<std::string> stages;
    std::vector<double> fractions, secondsLeft;

    void stage(int index, int count, const std::string& name) override {
        stages.push_back(std::to_string(index) + "/" + std::to_string(count) + " " + name);
    }
    void progress(double fraction, double left) override {
        fractions.push_back(fraction);
        secondsLeft.push_back(left);
    }
};

} // namespace

TEST_CASE("Stages are told in order, counted from 1") {
    Recorder recorder;
    Job job(&recorder);
    Stages stages(job, {{"Reading", 1}, {"Measuring", 10}});
    stages.next();
    stages.next();
    CHECK(recorder.stages == std::vector<std::string>{"1/2 Reading", "2/2 Measuring"});
}

TEST_CASE("Fractions are of the whole job, never fall and end at 1") {
    Recorder recorder;
    Job job(&recorder);
    Stages stages(job, {{"Reading", 1e-4}, {"Calibrating", 1e-4}, {"Comparing", 1e-4}});
    for (int stage = 0; stage < 3; ++stage) {
        stages.next();
        for (const double fraction : {0.2, 0.7, 1.0})
            stages.progress(fraction);
        stages.estimate(2, 1000.0 * (stage + 1)); // much worse than thought
    }
    REQUIRE_FALSE(recorder.fractions.empty());
    CHECK(std::ranges::is_sorted(recorder.fractions));
    CHECK(recorder.fractions.front() >= 0);
    CHECK(recorder.fractions.front() < 1);
    CHECK(recorder.fractions.back() == 1);
}

TEST_CASE("The time left is never negative and counts the stages to come") {
    Recorder recorder;
    Job job(&recorder);
    Stages stages(job, {{"Reading", 1}, {"Measuring", 100}, {"Comparing", 20}});
    stages.next();
    CHECK(recorder.secondsLeft.back() == Approx(121));
    stages.estimate(2, 30);
    stages.progress(1);
    CHECK(recorder.secondsLeft.back() == Approx(130));
    stages.next();
    stages.next();
    stages.progress(1);
    CHECK(recorder.secondsLeft.back() == Approx(0));
    CHECK(std::ranges::all_of(recorder.secondsLeft, [](double left) { return left >= 0; }));
}

TEST_CASE("A fraction beyond 0 and 1 is taken as 0 and 1") {
    Recorder recorder;
    Job job(&recorder);
    Stages stages(job, {{"Measuring", 10}});
    stages.next();
    stages.progress(7);
    CHECK(recorder.fractions.back() == 1);
    CHECK(recorder.secondsLeft.back() == 0);
}

TEST_CASE("Progress is told a few times a second, not at every call") {
    Recorder recorder;
    Job job(&recorder);
    Stages stages(job, {{"Comparing", 10}});
    stages.next();
    for (int i = 0; i < 10000; ++i)
        stages.progress(i / 20000.0);
    CHECK(recorder.fractions.size() < 100);
}

TEST_CASE("A cancelled job ends at the next stage or progress") {
    Job job;
    Stages stages(job, {{"Reading", 1}, {"Measuring", 1}});
    stages.next();
    job.cancel();
    CHECK_THROWS_AS(stages.progress(0.5), Cancelled);
    CHECK_THROWS_AS(stages.next(), Cancelled);
}
