// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/merge.h"

#include "core/base/error.h"
#include "core/report/json.h"
#include "tests/support/catch.h"
#include "tests/support/example_report.h"

#include <algorithm>

using namespace halftone;

namespace {

Report sweepOf(const Report& base, int threads) {
    Report report;
    report.machine = base.machine;
    report.model = base.model;
    report.sweep = Sweep{1, {SweepPoint{threads, 1, {}, 2.0, Interval{1.5, 2.5}, true, ""}}};
    report.diagnostics = {{Severity::Warning, "sweep-unstable", "", "Disturbed."},
                          {Severity::Info, "synthetic-data", "", "Random input."}};
    return report;
}

bool has(const Report& report, const std::string& code) {
    return std::ranges::any_of(report.diagnostics, [&](const Diagnostic& each) { return each.code == code; });
}

} // namespace

TEST_CASE("A sweep joins a report of the same model and leaves the rest as it was") {
    const Report base = exampleReport(12);
    Report joined = merged(base, sweepOf(base, 2));
    REQUIRE(joined.sweep);
    CHECK(joined.sweep->points.at(0).threads == 2);
    CHECK(has(joined, "sweep-unstable"));
    CHECK_FALSE(has(joined, "synthetic-data")); // not the base's own input
    joined.sweep.reset();
    std::erase_if(joined.diagnostics, [](const Diagnostic& each) { return each.code == "sweep-unstable"; });
    Report bare = base;
    bare.sweep.reset();
    CHECK(joined == bare);
}

TEST_CASE("A newer sweep replaces the older one and its diagnostics; other sections stay") {
    Report base = exampleReport(12);
    base.isas = IsaComparison{10, 1, {IsaRun{}}};
    base.diagnostics.push_back({Severity::Warning, "sweep-failure", "", "An old one."});
    base.diagnostics.push_back({Severity::Warning, "isa-saturation", "", "Of the instruction sets."});
    const Report joined = merged(merged(base, sweepOf(base, 2)), sweepOf(base, 4));
    CHECK(joined.sweep->points.at(0).threads == 4);
    CHECK(joined.isas == base.isas);
    CHECK_FALSE(has(joined, "sweep-failure"));
    CHECK(has(joined, "isa-saturation"));
    CHECK(std::ranges::count_if(joined.diagnostics,
                                [](const Diagnostic& each) { return each.code == "sweep-unstable"; }) == 1);
}

TEST_CASE("What a run measured wins over all that an older report had, section by section") {
    Report older = exampleReport(12), newer = exampleReport(12);
    older.sweep = sweepOf(older, 2).sweep;
    older.isas = IsaComparison{10, 1, {IsaRun{}}, {}};
    older.roofline->overheadMs = 99;
    older.waterfall->fp32Ms = 99;
    older.options.batch = 16;
    older.created = "2020-01-01T00:00:00Z";
    older.accuracy.reset();
    newer.sweep.reset();
    newer.isas.reset();
    const Report joined = merged(older, newer);
    CHECK(joined.roofline == newer.roofline);
    CHECK(joined.waterfall == newer.waterfall);
    CHECK(joined.runs == newer.runs);
    CHECK(joined.layers == newer.layers);
    CHECK(joined.tensors == newer.tensors);
    CHECK(joined.conversions == newer.conversions);
    CHECK(joined.accuracy == newer.accuracy);
    CHECK(joined.errors == newer.errors);
    CHECK(joined.verdict == newer.verdict);
    CHECK(joined.options == newer.options);
    CHECK(joined.created == newer.created);
    CHECK(joined.sweep == older.sweep); // what was measured apart stays
    CHECK(joined.isas == older.isas);
    newer.roofline.reset(); // limits of another run would not be those of this one
    newer.waterfall.reset();
    CHECK_FALSE(merged(older, newer).roofline);
    CHECK_FALSE(merged(older, newer).waterfall);
}

TEST_CASE("A section with other settings than the runs says which") {
    Report base = exampleReport(12);
    base.options.quantization.weights = "per-channel";
    Report swept = sweepOf(base, 2);
    swept.sweep->conditions = Conditions{};
    swept.sweep->conditions->options = base.options;
    swept.sweep->conditions->options.quantization.weights = "per-tensor";
    Report joined = merged(base, swept);
    REQUIRE(joined.sweep->conditions->differences.size() == 1);
    CHECK_THAT(joined.sweep->conditions->differences[0], StartsWith("per-tensor weights"));
    Report again = base; // profiled anew with these settings
    again.sweep.reset();
    again.options.quantization.weights = "per-tensor";
    CHECK(merged(joined, again).sweep->conditions->differences.empty());
}

TEST_CASE("A plan joins a report with its own diagnostics") {
    const Report base = exampleReport(12);
    Report planned = sweepOf(base, 2);
    planned.sweep.reset();
    planned.plan = MixedPlan{};
    planned.plan->sentence = "Keep one layer.";
    planned.diagnostics.push_back({Severity::Warning, "plan-trials", "", "Few samples."});
    const Report joined = merged(base, planned);
    CHECK(joined.plan == planned.plan);
    CHECK(joined.sweep == base.sweep);
    CHECK(has(joined, "plan-trials"));
    CHECK_FALSE(has(joined, "sweep-unstable"));
}

TEST_CASE("A joined report is read as it was written") {
    Report base = exampleReport(12);
    base.isas = IsaComparison{10,
                              0.5,
                              {IsaRun{"AVX2",
                                      "AVX2",
                                      7,
                                      "7-bit",
                                      {{"fp32", Latency{}}},
                                      1.5,
                                      Interval{1.4, 1.6},
                                      true,
                                      {{"fp32", 0.9}, {"int8", 0.89}},
                                      0.98,
                                      0.004,
                                      false,
                                      ""}}};
    const Report joined = merged(base, sweepOf(base, 2));
    CHECK(reportFromJson(toJson(joined), "joined") == joined);
}

TEST_CASE("Reports of other models or other CPUs are not joined") {
    const Report base = exampleReport(12);
    Report other = sweepOf(base, 2);
    other.model.sha256[0] = other.model.sha256[0] == '0' ? '1' : '0';
    CHECK_THROWS_WITH(merged(base, other), Contains("another model file"));
    Report elsewhere = sweepOf(base, 2);
    elsewhere.machine.cpu += " II";
    CHECK_THROWS_WITH(merged(base, elsewhere), Contains("another CPU"));
}
