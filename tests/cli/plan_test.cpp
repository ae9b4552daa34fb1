// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli plan: limits and pins in, a report, tables and a section of an older report out.
#include "core/report/json.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"

#include <algorithm>

using namespace halftone;
using namespace halftone::test;

namespace {

std::vector<std::string> planWords(const std::vector<std::string>& more) {
    std::vector<std::string> words{
        "plan",      sampleModel(), "--data",        sampleData(), "--preset", "fashion-mnist",
        "--threads", "1",           "--calibration", "20",         "--time",   "4"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

} // namespace

TEST_CASE("A plan is written as a report and tables, and told in words") {
    const TemporaryFolder folder;
    const Finished finished =
        runCli(planWords({"--out", folder.path("plan.json"), "--csv", folder.path("tables"), "--progress", "none"}));
    INFO(finished.err);
    REQUIRE(finished.exitCode == 0);
    const Report report = loadReport(folder.path("plan.json"));
    REQUIRE(report.plan);
    const MixedPlan& plan = *report.plan;
    CHECK(plan.criterion == "top-1");
    CHECK(plan.timeBudgetS == 4);
    CHECK(plan.maxDrop == 1);
    CHECK_FALSE(plan.layers.empty());
    REQUIRE(plan.chosen >= 0);
    CHECK(*plan.front[static_cast<size_t>(plan.chosen)].measuredDrop <= 1);
    CHECK(plan.top1.contains("mixed"));
    CHECK(report.verdict.sentence == plan.sentence);
    CHECK_THAT(finished.out, StartsWith(plan.sentence) && Contains("out of int8"));
    CHECK_THAT(finished.out, Contains(plan.usedS <= 4 ? " of 4 s\n" : " s where 4 s were allowed\n"));
    CHECK_THAT(readText(folder.path("tables/plan.csv")),
               StartsWith("layer,op,precision,pinned,reason,") &&
                   Contains("fp32 ms,int8 ms,")); // bf16 where there is one
    CHECK_THAT(readText(folder.path("tables/plan-front.csv")), StartsWith("chosen,predicted ms,"));
}

TEST_CASE("A plan is added to a report of the same model with what it has to say") {
    const TemporaryFolder folder;
    const std::string path = folder.path("report.json");
    REQUIRE(runCli({"inspect", sampleModel(), "--out", path}).exitCode == 0);
    const Finished finished =
        runCli(planWords({"--into", path, "--max-drop", "0.5", "--relative", "--progress", "none"}));
    INFO(finished.err);
    REQUIRE(finished.exitCode == 0);
    const Report after = loadReport(path);
    REQUIRE(after.plan);
    CHECK(after.plan->relative);
    CHECK(after.plan->maxDrop == 0.5);
    CHECK(
        std::ranges::all_of(after.diagnostics, [](const Diagnostic& each) { return each.code.starts_with("plan-"); }));
}

TEST_CASE("Pinned layers are read from the command line, and wrong pins are refused before anything is measured") {
    const TemporaryFolder folder;
    const std::string path = folder.path("report.json");
    REQUIRE(runCli({"inspect", sampleModel(), "--out", folder.path("model.json")}).exitCode == 0);
    REQUIRE(runCli(planWords({"--out", path, "--progress", "none", "--last-fp32"})).exitCode == 0);
    const Report report = loadReport(path);
    REQUIRE(report.plan);
    REQUIRE_FALSE(report.plan->layers.empty());
    const PlanLayer& last = report.plan->layers.back();
    CHECK(last.pinned == "fp32");
    CHECK(last.precision != "int8");
    CHECK(report.options.quantization.keptFp32 == std::vector<std::string>{last.layer});
    const auto refused = [&](const std::vector<std::string>& words, const std::string& why) {
        const Finished finished = runCli(planWords(words));
        CHECK(finished.exitCode == 2);
        CHECK_THAT(finished.err, Contains(why));
    };
    refused({"--pin", last.layer}, "write LAYER=int8 or LAYER=fp32");
    refused({"--pin", last.layer + "=bf16"}, "write LAYER=int8 or LAYER=fp32");
    refused({"--pin", last.layer + "=int8", "--last-fp32"}, "is to be in int8 and is to be kept in fp32");
    refused({"--pin", "nobody=fp32"}, "no convolution or matrix product nobody");
    refused({"--max-drop", "-1"}, "The largest accuracy drop must be 0 to 100");
}
