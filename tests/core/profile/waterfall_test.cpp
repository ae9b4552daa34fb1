// SPDX-License-Identifier: GPL-3.0-or-later
// Loss waterfalls of made-up runs, each part checked by hand.
#include "core/profile/waterfall.h"
#include "tests/support/catch.h"

#include <algorithm>

using namespace halftone;

namespace {

/// int8 computes four times as fast as fp32.
Report machineOnly() {
    Report report;
    report.roofline = Roofline{{{"fp32", 1, 100, ""}, {"int8", 1, 400, ""}}, {}, 0.001};
    for (const char* precision : {"fp32", "int8"}) {
        Run run;
        run.precision = precision;
        run.threads = 1;
        report.runs.push_back(run);
    }
    return report;
}

struct StepMaker {
    Step step;
    StepMaker(StepKind kind, const std::string& precision, std::vector<std::string> origins, double ms) {
        step.kind = kind;
        step.precision = precision;
        step.origins = std::move(origins);
        step.medianMs = ms;
    }
    StepMaker& macs(int64_t count) {
        step.macs = count;
        return *this;
    }
    StepMaker& limit(StepBound bound, double ms) {
        step.bound = bound;
        step.limitMs = ms;
        return *this;
    }
    StepMaker& why(const std::string& text) {
        step.why = text;
        return *this;
    }
};

StepMaker conv(const std::string& precision, std::vector<std::string> origins, double ms) {
    return StepMaker(StepKind::Compute, precision, std::move(origins), ms).macs(1000).limit(StepBound::Compute, 0);
}

void add(Report& report, size_t run, const StepMaker& maker) {
    Run& target = report.runs[run];
    target.steps.push_back(maker.step);
    target.steps.back().index = static_cast<int>(target.steps.size()) - 1;
    target.stepsMs += maker.step.medianMs;
    target.latencyMs.median = target.stepsMs;
}
void addFp32(Report& report, const StepMaker& maker) {
    add(report, 0, maker);
}
void addInt8(Report& report, const StepMaker& maker) {
    add(report, 1, maker);
}

const LossPart& part(const Waterfall& fall, LossKind kind) {
    const auto found = std::ranges::find(fall.parts, kind, &LossPart::kind);
    REQUIRE(found != fall.parts.end());
    return *found;
}

/// The waterfall, which adds up whatever it is made of.
Waterfall fallOf(const Report& report) {
    const std::optional<Waterfall> fall = lossWaterfall(report);
    REQUIRE(fall);
    double sum = 0;
    for (const LossPart& part : fall->parts)
        sum += part.ms;
    CHECK(sum == Approx(fall->int8Ms).margin(1e-12));
    CHECK(fall->fp32Ms == report.run("fp32")->latencyMs.median);
    CHECK(fall->int8Ms == report.run("int8")->latencyMs.median);
    CHECK(fall->parts.size() == 10);
    return *fall;
}

} // namespace

TEST_CASE("A layer that gains the ratio of the peaks has no loss") {
    Report report = machineOnly();
    addFp32(report, conv("fp32", {"a", "relu"}, 8));
    addInt8(report, conv("int8", {"a", "relu"}, 2));
    const Waterfall fall = fallOf(report);
    CHECK(part(fall, LossKind::Ideal).ms == Approx(2));
    CHECK(part(fall, LossKind::Ideal).steps == std::vector<int>{0});
    for (const LossPart& one : fall.parts)
        if (one.kind != LossKind::Ideal) {
            CHECK(one.ms == Approx(0).margin(1e-12));
            CHECK(one.steps.empty());
        }
}

TEST_CASE("A layer that gains more than the ratio keeps its ideal, and the gain is a part below zero") {
    Report report = machineOnly();
    addFp32(report, conv("fp32", {"a"}, 8));
    addInt8(report, conv("int8", {"a"}, 0.5));
    const Waterfall fall = fallOf(report);
    CHECK(part(fall, LossKind::Ideal).ms == Approx(2));
    CHECK(part(fall, LossKind::AbovePeak).ms == Approx(-1.5));
    CHECK(part(fall, LossKind::AbovePeak).steps == std::vector<int>{0});
    CHECK(part(fall, LossKind::BelowPeak).ms == 0);
}

TEST_CASE("The ideal is that of the fp32 time, whatever int8 was measured to take") {
    for (const double int8Ms : {0.5, 2.0, 30.0}) {
        Report report = machineOnly();
        addFp32(report, conv("fp32", {"a"}, 8));
        addInt8(report, conv("int8", {"a"}, int8Ms));
        CHECK(part(fallOf(report), LossKind::Ideal).ms == Approx(2));
    }
}

TEST_CASE("What threads waited for a CPU is a part of its own") {
    Report report = machineOnly();
    addFp32(report, conv("fp32", {"a"}, 4));
    addInt8(report, conv("int8", {"a"}, 1));
    report.runs[1].latencyMs.median = 3;
    report.runs[1].waitingMs = 1.5;
    CHECK(part(fallOf(report), LossKind::Waiting).ms == Approx(1.5));
    CHECK(part(fallOf(report), LossKind::Unexplained).ms == Approx(0.5));
}

TEST_CASE("What the limit of memory or of small steps explains is told apart from the kernel") {
    Report report = machineOnly();
    addFp32(report, conv("fp32", {"memory"}, 8));
    addFp32(report, conv("fp32", {"small"}, 0.04));
    addFp32(report, conv("fp32", {"slow"}, 4));
    addInt8(report, conv("int8", {"memory"}, 5).limit(StepBound::Memory, 3));        // ideal 2, memory to 3, 2 more
    addInt8(report, conv("int8", {"small"}, 0.03).limit(StepBound::Overhead, 0.02)); // ideal 0.01, overhead to 0.02
    addInt8(report, conv("int8", {"slow"}, 1.5).limit(StepBound::Compute, 0.8));
    const Waterfall fall = fallOf(report);
    CHECK(part(fall, LossKind::Ideal).ms == Approx(2 + 0.01 + 1));
    CHECK(part(fall, LossKind::MemoryBound).ms == Approx(1));
    CHECK(part(fall, LossKind::MemoryBound).steps == std::vector<int>{0});
    CHECK(part(fall, LossKind::TooSmall).ms == Approx(0.01));
    CHECK(part(fall, LossKind::TooSmall).steps == std::vector<int>{1});
    CHECK(part(fall, LossKind::BelowPeak).ms == Approx(2 + 0.01 + 0.5));
    CHECK(part(fall, LossKind::BelowPeak).steps == std::vector<int>{0, 1, 2});
}

TEST_CASE("A limit above the measured time takes no more than the time that there is") {
    Report report = machineOnly();
    addFp32(report, conv("fp32", {"a"}, 4));
    addInt8(report, conv("int8", {"a"}, 2).limit(StepBound::Memory, 7));
    const Waterfall fall = fallOf(report);
    CHECK(part(fall, LossKind::MemoryBound).ms == Approx(1));
    CHECK(part(fall, LossKind::BelowPeak).ms == 0);
}

TEST_CASE("A layer that stays in fp32 loses all beyond the ideal to the missing kernel") {
    Report report = machineOnly();
    addFp32(report, conv("fp32", {"a"}, 4));
    addInt8(report, conv("fp32", {"a"}, 4.5).limit(StepBound::Memory, 4));
    const Waterfall fall = fallOf(report);
    CHECK(part(fall, LossKind::Ideal).ms == Approx(1));
    CHECK(part(fall, LossKind::NoInt8Kernel).ms == Approx(3.5));
    CHECK(part(fall, LossKind::MemoryBound).ms == 0);
}

TEST_CASE("Steps without MACs have no ideal") {
    Report report = machineOnly();
    addFp32(report, StepMaker(StepKind::Compute, "fp32", {"pool"}, 1));
    addFp32(report, StepMaker(StepKind::Compute, "fp32", {"softmax"}, 1));
    addInt8(report, StepMaker(StepKind::Compute, "int8", {"pool"}, 0.5).limit(StepBound::Memory, 0.3));
    addInt8(report, StepMaker(StepKind::Compute, "fp32", {"softmax"}, 0.9)
                        .limit(StepBound::Memory, 0.3)
                        .why("There is no kernel."));
    addInt8(report, StepMaker(StepKind::Copy, "", {}, 0.2).limit(StepBound::Overhead, 0.05));
    const Waterfall fall = fallOf(report);
    CHECK(part(fall, LossKind::Ideal).ms == 0);
    CHECK(part(fall, LossKind::NoInt8Kernel).ms == Approx(0.9));
    CHECK(part(fall, LossKind::MemoryBound).ms == Approx(0.3));
    CHECK(part(fall, LossKind::TooSmall).ms == Approx(0.05));
    CHECK(part(fall, LossKind::BelowPeak).ms == Approx(0.2 + 0.15));
}

TEST_CASE("Conversions are parts of their own, those that change both belong to the type") {
    Report report = machineOnly();
    addInt8(report, StepMaker(StepKind::ConvertType, "", {}, 1).limit(StepBound::Memory, 0.5));
    addInt8(report, StepMaker(StepKind::ConvertLayout, "", {}, 2).limit(StepBound::Memory, 0.5));
    addInt8(report, StepMaker(StepKind::ConvertBoth, "", {}, 4).limit(StepBound::Memory, 0.5));
    const Waterfall fall = fallOf(report);
    CHECK(part(fall, LossKind::ConvertType).ms == Approx(5));
    CHECK(part(fall, LossKind::ConvertType).steps == std::vector<int>{0, 2});
    CHECK(part(fall, LossKind::ConvertLayout).ms == Approx(2));
    CHECK(part(fall, LossKind::MemoryBound).ms == 0);
}

TEST_CASE("What no step explains is the rest, and may be negative") {
    Report report = machineOnly();
    addFp32(report, conv("fp32", {"a"}, 4));
    addInt8(report, conv("int8", {"a"}, 1));
    report.runs[1].latencyMs.median = 0.9;
    CHECK(part(fallOf(report), LossKind::Unexplained).ms == Approx(-0.1));
    report.runs[1].latencyMs.median = 1.3;
    CHECK(part(fallOf(report), LossKind::Unexplained).ms == Approx(0.3));
}

TEST_CASE("Layers that one run computes together and the other apart share their fp32 time by MACs") {
    Report report = machineOnly();
    addFp32(report, conv("fp32", {"a", "b"}, 8));
    addFp32(report, StepMaker(StepKind::Compute, "fp32", {"b", "add"}, 4));
    addInt8(report, conv("int8", {"a"}, 10).macs(3000));
    addInt8(report, conv("int8", {"b"}, 10).macs(1000));
    addInt8(report, StepMaker(StepKind::Compute, "int8", {"add"}, 1));
    const Waterfall fall = fallOf(report);
    CHECK(part(fall, LossKind::Ideal).ms == Approx(12.0 / 4)); // 9 / 4 and 3 / 4; the addition has none
    CHECK(part(fall, LossKind::Ideal).steps == std::vector<int>{0, 1});
    CHECK(part(fall, LossKind::BelowPeak).ms == Approx(21 - 3));
}

TEST_CASE("A layer that fp32 does not compute has no ideal") {
    Report report = machineOnly();
    addInt8(report, conv("int8", {"a"}, 1));
    CHECK(part(fallOf(report), LossKind::BelowPeak).ms == Approx(1));
}

TEST_CASE("Without both runs of one setting and their peaks there is no waterfall") {
    Report whole = machineOnly();
    CHECK(lossWaterfall(whole));
    Report report = whole;
    report.roofline.reset();
    CHECK_FALSE(lossWaterfall(report));
    report = whole;
    report.roofline->peaks.pop_back();
    CHECK_FALSE(lossWaterfall(report));
    report = whole;
    report.runs.pop_back();
    CHECK_FALSE(lossWaterfall(report));
    report = whole;
    report.runs[1].threads = 2;
    CHECK_FALSE(lossWaterfall(report));
    report = whole;
    report.runs[1].batch = 4;
    CHECK_FALSE(lossWaterfall(report));
}
