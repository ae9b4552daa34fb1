// SPDX-License-Identifier: GPL-3.0-or-later
// The one sentence, word for word.
#include "core/report/certainty.h"
#include "core/workflow/tell/verdict.h"
#include "tests/support/catch.h"

using namespace halftone;

namespace {

Run run(const std::string& precision, double medianMs) {
    Run run;
    run.precision = precision;
    run.latencyMs.median = medianMs;
    run.latencyMs.stable = true;
    return run;
}

Step step(StepKind kind, double ms) {
    Step step;
    step.kind = kind;
    step.medianMs = ms;
    return step;
}

/// int8 takes `int8Ms`, fp32 10 ms; 5 % of int8 is conversion.
Report timed(double int8Ms, const Interval& speedupCi95, bool disturbed = false) {
    Report report;
    report.data = Data{};
    report.runs = {run("fp32", 10), run("int8", int8Ms)};
    report.runs[1].speedup = 10 / int8Ms;
    report.runs[1].speedupCi95 = speedupCi95;
    report.runs[1].grade = gradeOf(10 / int8Ms, speedupCi95, disturbed);
    report.runs[1].significant = report.runs[1].grade != Grade::Undecided;
    report.runs[1].steps = {step(StepKind::Compute, 0.8 * int8Ms), step(StepKind::ConvertType, 0.02 * int8Ms),
                            step(StepKind::ConvertLayout, 0.02 * int8Ms), step(StepKind::ConvertBoth, 0.01 * int8Ms),
                            step(StepKind::Copy, 0.1 * int8Ms)};
    return report;
}

Accuracy accuracy(int64_t samples, double fp32, double int8) {
    Accuracy accuracy;
    accuracy.samples = samples;
    accuracy.top1 = TopK{{{"fp32", fp32}, {"int8", int8}}, {}};
    accuracy.agreement = 0.987;
    return accuracy;
}

} // namespace

TEST_CASE("Faster int8 is told with its interval, accuracy and conversions") {
    Report report = timed(3.2, {3.04, 3.21});
    report.accuracy = accuracy(1000, 0.921, 0.920);
    const Verdict verdict = judge(report);
    CHECK(verdict.sentence == "int8 is 3.12x faster than fp32 on this CPU (95 % 3.04 to 3.21), top-1 92.1 → 92.0 % on "
                              "1,000 pictures, 5.0 % of int8 time is conversion.");
    CHECK(verdict.significant);
    CHECK(*verdict.speedup == Approx(10 / 3.2));
    CHECK(*verdict.speedupCi95 == Interval{3.04, 3.21});
    CHECK(*verdict.conversionShare == Approx(0.05));
    CHECK(*verdict.accuracyDrop == Approx(0.1));
}

TEST_CASE("Slower int8 is told as slower, with the interval turned over") {
    Report report = timed(20, {0.48, 0.52});
    report.accuracy = accuracy(1, 1, 0);
    const Verdict verdict = judge(report);
    CHECK(verdict.sentence ==
          "int8 is 2.00x slower than fp32 on this CPU (95 % 1.92 to 2.08), top-1 100.0 → 0.0 % on 1 "
          "picture, 5.0 % of int8 time is conversion.");
    CHECK(verdict.significant);
    CHECK(*verdict.speedup == 0.5);
    CHECK(*verdict.accuracyDrop == 100);
}

TEST_CASE("A difference that is too small to be one is called none") {
    const Verdict verdict = judge(timed(9.6, {1.03, 1.049}));
    CHECK_FALSE(verdict.significant);
    CHECK(verdict.grade == Grade::Undecided);
    CHECK(verdict.sentence == "int8 is as fast as fp32 (1.03 to 1.05x) on this CPU, 5.0 % of int8 time is conversion.");
}

TEST_CASE("A figure that is not sure is told as an interval, never as one number") {
    CHECK_THAT(judge(timed(5, {1.6, 2.3})).sentence,
               StartsWith("int8 is roughly 1.60 to 2.30x faster than fp32 on this CPU, 5.0 %"));
    CHECK_THAT(judge(timed(20, {0.4, 0.625})).sentence,
               StartsWith("int8 is roughly 1.60 to 2.50x slower than fp32 on this CPU, 5.0 %"));
    CHECK_THAT(judge(timed(3.86, {2.03, 46.8}, true)).sentence,
               StartsWith("int8 is between 2.03 and 46.8x as fast as fp32 on this CPU (not decided), 5.0 %"));
    CHECK_THAT(judge(timed(5, {0.9, 4})).sentence,
               StartsWith("int8 is between 0.90 and 4.00x as fast as fp32 on this CPU (not decided),"));
}

TEST_CASE("A drop of accuracy that could be chance is said to be none, a significant one is not doubted") {
    Report report = timed(3.2, {3.04, 3.21});
    report.accuracy = accuracy(400, 0.86, 0.855);
    report.accuracy->mcnemar = McNemar{5, 3, 0.7266};
    CHECK_THAT(judge(report).sentence,
               Contains("top-1 86.0 → 85.5 % on 400 pictures (5 got worse, 3 better: chance), 5.0 %"));
    report.accuracy->mcnemar = McNemar{9, 1, 0.0215};
    CHECK_THAT(judge(report).sentence, Contains("→ 85.5 % on 400 pictures, 5.0 %"));
    report.accuracy->mcnemar = McNemar{4, 4, 1};
    CHECK_THAT(judge(report).sentence, Contains("→ 85.5 % on 400 pictures, 5.0 %"));
}

TEST_CASE("Factors from 10 on have one decimal") {
    CHECK_THAT(judge(timed(0.5, {19.51, 20.49})).sentence,
               StartsWith("int8 is 20.0x faster than fp32 on this CPU (95 % 19.5 to 20.5),"));
}

TEST_CASE("Without data the sentence says that accuracy is unknown") {
    Report report = timed(5, {1.9, 2.1});
    report.data.reset();
    CHECK(judge(report).sentence == "int8 is 2.00x faster than fp32 on this CPU (95 % 1.90 to 2.10), 5.0 % of int8 "
                                    "time is conversion. Timing only: "
                                    "no data was given, so accuracy is unknown.");
    CHECK_FALSE(judge(report).accuracyDrop);
}

TEST_CASE("Without labels agreement stands for accuracy") {
    Report report = timed(5, {1.9, 2.1});
    report.accuracy = accuracy(12345, 0, 0);
    report.accuracy->top1.reset();
    CHECK_THAT(judge(report).sentence, Contains("), both agree on 98.7 % of 12,345 pictures without labels, "));
    CHECK_FALSE(judge(report).accuracyDrop);
}

TEST_CASE("Without classes the distance of the outputs stands for accuracy") {
    Report report = timed(5, {1.9, 2.1});
    report.accuracy = accuracy(10, 0, 0);
    report.accuracy->top1.reset();
    report.accuracy->agreement.reset();
    report.accuracy->outputs.sqnrDb = 31.44;
    CHECK_THAT(judge(report).sentence, Contains("), output SQNR 31.4 dB on 10 pictures, "));
    report.accuracy->outputs.sqnrDb.reset();
    CHECK_THAT(judge(report).sentence, Contains("), outputs identical on 10 pictures, "));
}

TEST_CASE("Pictures that come wrong are said to be, since accuracy then means nothing") {
    const auto sentence = [](const char* code) {
        Report report = timed(5, {1.9, 2.1});
        report.diagnostics.push_back({Severity::Warning, code, "", "Something."});
        return judge(report).sentence;
    };
    CHECK_THAT(sentence("wrong-preprocessing"), EndsWith("conversion. The preprocessing looks wrong, so accuracy and "
                                                         "ranges are not those of the network."));
    CHECK_THAT(sentence("channel-order"), Contains(" Red and blue look swapped, so "));
    CHECK_THAT(sentence("label-offset"), Contains(" The labels look one class off, so accuracy is not "));
    CHECK_THAT(sentence("reduced-weights"), EndsWith("conversion."));
}

TEST_CASE("A disturbed measurement is said to be one") {
    for (const size_t run : {0, 1}) {
        Report report = timed(5, {1.9, 2.1}, true);
        report.runs[run].latencyMs.stable = false;
        CHECK_THAT(judge(report).sentence,
                   EndsWith("conversion. The timing was disturbed; measure again when the machine is quiet."));
    }
}

TEST_CASE("Without a measured int8 run there is no verdict") {
    Report report = timed(5, {1.9, 2.1});
    report.runs[1].speedup.reset();
    CHECK(judge(report) == Verdict{});
    report.runs.pop_back();
    CHECK(judge(report) == Verdict{});
    CHECK(judge(Report{}) == Verdict{});
}

TEST_CASE("A 16-bit float that is faster than fp32 is told beside int8, the fastest one alone") {
    Report report = timed(5, {1.9, 2.1});
    report.runs.push_back(run("bf16", 4.5));
    report.runs.push_back(run("fp16", 4));
    report.runs[2].speedup = 2.22;
    report.runs[3].speedup = 2.5;
    report.runs[2].speedupCi95 = Interval{2.2, 2.24};
    report.runs[3].speedupCi95 = Interval{2.45, 2.55};
    report.runs[2].grade = report.runs[3].grade = Grade::Sure;
    report.accuracy = accuracy(1000, 0.921, 0.920);
    report.accuracy->top1->share["fp16"] = 0.9204;
    CHECK_THAT(judge(report).sentence,
               EndsWith("is conversion. fp16 is 2.50x faster than fp32 without calibration, top-1 92.0 %."));
    report.runs[3].grade = Grade::Undecided;
    report.accuracy->top1.reset();
    report.accuracy->byPrecision["bf16"].agreement = 0.999;
    CHECK_THAT(judge(report).sentence,
               EndsWith(" bf16 is 2.22x faster than fp32 without calibration, and agrees with it on 99.9 %."));
    report.runs[2].speedup = 0.5;
    CHECK_THAT(judge(report).sentence, EndsWith("% of int8 time is conversion."));
}
