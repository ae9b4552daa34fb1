// SPDX-License-Identifier: GPL-3.0-or-later
// What a listener is told while a job goes through its stages. The clock is the test's own.
#include "core/workflow/tell/stages.h"
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

/// A job whose time passes when the test says so.
struct Script {
    explicit Script(std::vector<Stages::Stage> planned)
        : job(&recorder), stages(job, std::move(planned), [this] { return ns; }) {}

    void pass(double seconds) { ns += static_cast<int64_t>(seconds * 1e9); }
    /// The current stage at an even speed, from `from` on; told four times a second.
    void work(double seconds, double from = 0) {
        const int steps = std::max(1, static_cast<int>(4 * seconds));
        for (int i = 1; i <= steps; ++i) {
            pass(seconds / steps);
            stages.progress(from + (1 - from) * i / steps);
        }
    }
    double left() const { return recorder.secondsLeft.back(); }

    int64_t ns = 1'000'000'000;
    Recorder recorder;
    Job job;
    Stages stages;
};

/// Never up, and not down to 0 before the job is done.
void checkCourse(const Recorder& recorder) {
    REQUIRE_FALSE(recorder.fractions.empty());
    CHECK(std::ranges::is_sorted(recorder.fractions));
    CHECK(recorder.fractions.front() >= 0);
    CHECK(recorder.fractions.back() == 1);
    CHECK(std::ranges::is_sorted(recorder.secondsLeft, std::ranges::greater()));
    CHECK(std::ranges::all_of(recorder.secondsLeft.begin(), recorder.secondsLeft.end() - 1,
                              [](double left) { return left > 0; }));
    CHECK(recorder.secondsLeft.back() == 0);
}

} // namespace

TEST_CASE("Stages are told in order, counted from 1") {
    Script script({{"Reading", 1}, {"Measuring", 10}});
    script.stages.next();
    script.stages.next();
    CHECK(script.recorder.stages == std::vector<std::string>{"1/2 Reading", "2/2 Measuring"});
}

TEST_CASE("Before the first stage no progress is told") {
    Script script({{"read", 1}});
    script.stages.progress(0.5);
    CHECK(script.recorder.fractions.empty());
    script.stages.next();
    script.stages.progress(0.5);
    CHECK_FALSE(script.recorder.fractions.empty());
}

TEST_CASE("Where estimates are right, the time left is the truth") {
    Script script({{"Reading", 2}, {"Measuring", 10}, {"Comparing", 4}});
    double truth = 16;
    for (const double seconds : {2, 10, 4}) {
        script.stages.next();
        CHECK(script.left() == Approx(truth));
        for (int i = 1; i <= 10; ++i) {
            script.pass(seconds / 10);
            script.stages.progress(i / 10.0);
            truth -= seconds / 10;
            CHECK(script.left() == Approx(truth).margin(1e-9));
        }
    }
    checkCourse(script.recorder);
}

TEST_CASE("The time left only falls and the fraction only rises, however wrong the estimates are") {
    for (const double first : {0.05, 0.5, 1.0, 2.0, 20.0})
        for (const double second : {0.05, 0.5, 1.0, 2.0, 20.0}) {
            INFO("the stages take " << first << " and " << second << " times as long as estimated");
            Script script({{"Reading", 1}, {"Calibrating", 5}, {"Comparing", 8}});
            script.stages.next();
            script.work(1);
            script.stages.next();
            script.work(5 * first);
            script.stages.next();
            script.work(8 * second);
            checkCourse(script.recorder);
        }
}

TEST_CASE("Better estimates do not turn back what was told") {
    for (const double better : {0.1, 3.0, 1000.0}) {
        INFO("a stage to come takes " << better << " times as long as was thought");
        Script script({{"Reading", 1}, {"Calibrating", 2}, {"Comparing", 4}});
        script.stages.next();
        CHECK(script.left() == Approx(7));
        script.work(1);
        script.stages.estimate(2, 4 * better);
        script.stages.next();
        script.work(2);
        script.stages.next();
        script.work(4 * better);
        checkCourse(script.recorder);
    }
}

TEST_CASE("A stage that takes longer than estimated makes the time left fall more slowly, at an even pace") {
    Script script({{"Comparing", 5}});
    script.stages.next();
    script.work(50);
    checkCourse(script.recorder);
    const std::vector<double>& left = script.recorder.secondsLeft;
    const auto at = [&](double share) { return left[static_cast<size_t>(share * static_cast<double>(left.size()))]; };
    CHECK(at(0.5) > 1); // half of the time is still to come
    CHECK(at(0.9) > 0.1);
    for (size_t i = 1; i < left.size(); ++i)
        CHECK(left[i] < left[i - 1]);
}

TEST_CASE("Stages to come are expected to be as slow as those before") {
    Script script({{"Calibrating", 9}, {"Measuring", 10}, {"Comparing", 10}});
    script.stages.next();
    script.work(29);
    script.stages.next();
    const double left = script.left();
    for (int i = 1; i <= 60; ++i) {
        script.pass(0.25);
        script.stages.progress(i / 120.0);
    }
    CHECK(script.left() == Approx(left * (15 + 30) / (30 + 30))); // in proportion to 30 s a stage
    script.work(15, 0.5);
    script.stages.next();
    script.work(30);
    checkCourse(script.recorder);
}

TEST_CASE("No time left is told before all that is to come was estimated, and then always") {
    constexpr bool guess = true;
    Script script({{"Reading", 1, guess}, {"Calibrating", 5, guess}, {"Measuring", 10}, {"Comparing", 3, guess}});
    script.stages.next();
    script.work(2);
    CHECK(std::ranges::all_of(script.recorder.secondsLeft, [](double left) { return left < 0; }));
    script.stages.estimate(1, 4);
    script.stages.next();
    CHECK(script.left() < 0); // the last stage is a guess
    script.stages.estimate(3, 6);
    script.pass(1);
    script.stages.progress(0.25);
    const size_t first = script.recorder.secondsLeft.size() - 1;
    CHECK(script.left() == Approx(3 + 10 + 6));
    script.work(3, 0.25);
    script.stages.next();
    script.work(10);
    script.stages.next();
    script.work(6);
    const std::vector<double>& left = script.recorder.secondsLeft;
    CHECK(std::is_sorted(left.begin() + static_cast<ptrdiff_t>(first), left.end(), std::ranges::greater()));
    CHECK(left.back() == 0);
    CHECK(std::ranges::is_sorted(script.recorder.fractions));
}

TEST_CASE("A stage that nothing was known of shows itself how long it takes") {
    Script script({{"Calibrating", 1, true}});
    script.stages.next();
    script.pass(2);
    script.stages.progress(0.05);
    CHECK(script.left() < 0);
    script.pass(2);
    script.stages.progress(0.1);
    CHECK(script.left() == Approx(36));
}

TEST_CASE("Parts of a stage follow one another") {
    Script script({{"Compiling", 10}});
    script.stages.next();
    script.stages.part(0.2);
    for (const double fraction : {0.5, 1.0}) {
        script.pass(1);
        script.stages.progress(fraction);
    }
    CHECK(script.left() == Approx(8));
    CHECK(script.recorder.fractions.back() == Approx(0.2));
    script.stages.part(0.8);
    script.pass(4);
    script.stages.teller()(0.5);
    CHECK(script.left() == Approx(4));
    CHECK(script.recorder.fractions.back() == Approx(0.6));
    CHECK(script.stages.spentS() == Approx(6));
    script.pass(4);
    script.stages.progress(1);
    checkCourse(script.recorder);
}

TEST_CASE("A fraction beyond 0 and 1 is taken as 0 and 1, and one that falls is not believed") {
    Script script({{"Measuring", 10}});
    script.stages.next();
    script.pass(5);
    script.stages.progress(0.5);
    script.pass(1);
    script.stages.progress(-3);
    CHECK(script.left() <= 5);
    CHECK(script.left() > 0);
    script.stages.progress(7);
    CHECK(script.recorder.fractions.back() == 1);
    CHECK(script.recorder.secondsLeft.back() == 0);
}

TEST_CASE("Progress is told when a stage begins, at its first progress, and then five times a second") {
    Script script({{"Comparing", 10}, {"Analysing", 1}});
    for (int stage = 0; stage < 2; ++stage) {
        const size_t before = script.recorder.fractions.size();
        script.stages.next();
        CHECK(script.recorder.fractions.size() == before + 1);
        for (int i = 0; i < 1000; ++i)
            script.stages.progress(i / 20000.0);
        CHECK(script.recorder.fractions.size() == before + 2);
        for (int i = 0; i < 1000; ++i) {
            script.pass(0.01);
            script.stages.progress(0.05 + i / 2000.0);
        }
        CHECK(script.recorder.fractions.size() == before + 2 + 50);
    }
}

TEST_CASE("A cancelled job ends at the next stage or progress") {
    Job job;
    Stages stages(job, {{"Reading", 1}, {"Measuring", 1}});
    stages.next();
    job.cancel();
    CHECK_THROWS_AS(stages.progress(0.5), Cancelled);
    CHECK_THROWS_AS(stages.next(), Cancelled);
}
