// SPDX-License-Identifier: GPL-3.0-or-later
// Limits of made-up steps on a made-up machine, checked by hand.
#include "core/engine/machine/machine.h"
#include "core/profile/roofline.h"
#include "tests/support/catch.h"

#include <algorithm>

using namespace halftone;

namespace {

/// fp32 at 100 GOP/s, int8 at 400; L2 of 1 MB at 100 GB/s, memory at 10 GB/s; an empty step takes 1 us.
Roofline machine() {
    Roofline roofline;
    roofline.peaks = {{"fp32", 1, 50, ""}, {"int8", 1, 200, ""}, {"fp32", 2, 100, ""}, {"int8", 2, 400, ""}};
    roofline.bandwidths = {
        {"L1", 2, 65536, 32768, 1000}, {"L2", 2, 1'000'000, 500'000, 100}, {"memory", 2, 0, 64'000'000, 10}};
    roofline.overheadMs = 0.001;
    return roofline;
}

Run runOf(const Step& step, int64_t networkBytes = 500'000) {
    Run run;
    run.threads = 2;
    run.memory.weightsBytes = networkBytes;
    run.steps = {step};
    return run;
}

Step step(const std::string& precision, int64_t macs, int64_t activationBytes, int64_t weightsBytes = 0) {
    Step step;
    step.kind = StepKind::Compute;
    step.precision = precision;
    step.macs = macs;
    step.bytes = activationBytes + weightsBytes;
    step.weightsBytes = weightsBytes;
    return step;
}

Step limited(Run run) {
    applyRoofline(machine(), run);
    return run.steps.front();
}

} // namespace

TEST_CASE("A step with many operations is limited by the peak of its own arithmetic") {
    const Step fp32 = limited(runOf(step("fp32", 50'000'000, 1000)));
    CHECK(fp32.bound == StepBound::Compute);
    CHECK(*fp32.limitMs == Approx(1.0)); // 1e8 operations at 1e11 a second
    const Step int8 = limited(runOf(step("int8", 50'000'000, 1000)));
    CHECK(int8.bound == StepBound::Compute);
    CHECK(*int8.limitMs == Approx(0.25));
}

TEST_CASE("Operations with padding do not count, because a kernel may leave them out") {
    Step padded = step("fp32", 50'000'000, 1000);
    padded.paddingMacs = 10'000'000;
    CHECK(*limited(runOf(padded)).limitMs == Approx(0.8));
}

TEST_CASE("What a step touches comes from the level that holds it, and never from L1") {
    const Step inL2 = limited(runOf(step("int8", 1000, 1'000'000)));
    CHECK(inL2.bound == StepBound::Memory);
    CHECK(*inL2.limitMs == Approx(0.01));
    const Step inMemory = limited(runOf(step("int8", 1000, 1'000'001)));
    CHECK(inMemory.bound == StepBound::Memory);
    CHECK(*inMemory.limitMs == Approx(0.1).epsilon(1e-5));
    const Step tiny = limited(runOf(step("", 0, 300'000)));
    CHECK(*tiny.limitMs == Approx(0.003));
}

TEST_CASE("Weights come from the level that holds the whole network") {
    const Step small = limited(runOf(step("fp32", 1000, 400'000, 200'000), 900'000));
    CHECK(*small.limitMs == Approx(0.006));
    const Step large = limited(runOf(step("fp32", 1000, 400'000, 200'000), 90'000'000));
    CHECK(large.bound == StepBound::Memory);
    CHECK(*large.limitMs == Approx(0.004 + 0.02));
}

TEST_CASE("A step too small for either is limited by the overhead") {
    const Step tiny = limited(runOf(step("int8", 100, 100)));
    CHECK(tiny.bound == StepBound::Overhead);
    CHECK(*tiny.limitMs == Approx(0.001));
}

TEST_CASE("Without a peak of its arithmetic or its number of threads a step keeps no limit") {
    const Step bf16 = limited(runOf(step("bf16", 100, 100)));
    CHECK_FALSE(bf16.limitMs);
    CHECK(bf16.bound == StepBound::None);
    Run otherThreads = runOf(step("int8", 100, 100));
    otherThreads.threads = 3;
    CHECK_FALSE(limited(otherThreads).limitMs);
}

TEST_CASE("The machine's limits are measured for one thread and for the team, once, and the team is left as asked") {
    const Roofline& first = machineRoofline(2, Job());
    CHECK(&first == &machineRoofline(2, Job()));
    for (const char* precision : {"fp32", "int8"})
        for (const int threads : {1, 2}) {
            const PeakRate* peak = peakOf(first, precision, threads);
            REQUIRE(peak);
            CHECK(peak->gops > 0);
        }
    CHECK(first.overheadMs > 0);
    for (const int threads : {1, 2})
        CHECK(std::ranges::count_if(first.bandwidths, [&](const Bandwidth& one) {
                  return one.level == "memory" && one.threads == threads && one.gbps > 0;
              }) == 1);
    useThreads(1);
}
