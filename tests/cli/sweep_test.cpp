// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli sweep: lists of settings in, a report, tables and a section of an older report out.
#include "core/report/json.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"

#include <algorithm>

using namespace halftone;
using namespace halftone::test;

namespace {

std::vector<std::string> sweepWords(const std::vector<std::string>& more) {
    std::vector<std::string> words{"sweep", sampleModel(), "--batches", "1,2", "--threads", "1", "--time", "0.02"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

} // namespace

TEST_CASE("A sweep writes its report and tables, and prints a line a setting") {
    const TemporaryFolder folder;
    const Finished finished =
        runCli(sweepWords({"--out", folder.path("sweep.json"), "--csv", folder.path("tables"), "--progress", "none"}));
    INFO(finished.err);
    REQUIRE(finished.exitCode == 0);
    const Report report = loadReport(folder.path("sweep.json"));
    REQUIRE(report.sweep);
    CHECK(report.sweep->points.size() == 2);
    CHECK_THAT(report.command, StartsWith("halftone-cli sweep "));
    CHECK_THAT(finished.out,
               Contains(report.verdict.sentence) && Contains("\n    1       1 ") && Contains("\n    2       1 "));
    CHECK_THAT(readText(folder.path("tables/sweep.csv")), StartsWith("batch,threads,fp32 ms,"));
}

TEST_CASE("The course of a sweep is told as that of a profile") {
    const TemporaryFolder folder;
    const Finished finished = runCli(sweepWords({"--out", folder.path("sweep.json"), "--progress", "jsonl"}));
    const auto lines = jsonLines(finished.out);
    std::vector<std::string> stages;
    for (const auto& line : lines)
        if (line["type"] == "stage")
            stages.push_back(line["name"]);
    CHECK(stages == std::vector<std::string>{"Reading the model", "Calibrating ranges", "Measuring batch 1, 1 thread",
                                             "Measuring batch 2, 1 thread"});
    REQUIRE(lines.back()["type"] == "done");
    CHECK(lines.back()["report"] == folder.path("sweep.json"));
}

TEST_CASE("A sweep is added to a report of the same model, and to no other") {
    const TemporaryFolder folder;
    const std::string path = folder.path("report.json");
    REQUIRE(runCli({"inspect", sampleModel(), "--out", path}).exitCode == 0);
    const Report before = loadReport(path);
    const Finished finished = runCli(sweepWords({"--into", path, "--progress", "none"}));
    INFO(finished.err);
    REQUIRE(finished.exitCode == 0);
    const Report after = loadReport(path);
    REQUIRE(after.sweep);
    CHECK(after.sweep->points.size() == 2);
    CHECK(after.command == before.command);

    Report other = before;
    other.model.sha256 = std::string(64, '0');
    saveReport(other, path);
    const std::string unchanged = readText(path);
    const Finished refused = runCli(sweepWords({"--into", path, "--progress", "none"}));
    CHECK(refused.exitCode == 1);
    CHECK_THAT(refused.err, Contains("another model file"));
    CHECK(readText(path) == unchanged);
}

TEST_CASE("Lists that are no lists of numbers are refused in one sentence") {
    for (const std::vector<std::string>& wrong : {std::vector<std::string>{"--batches", "1,two"},
                                                  {"--threads", "some"},
                                                  {"--threads", "99999999999"},
                                                  {"--batches", "0"}}) {
        const Finished finished = runCli({"sweep", sampleModel(), wrong[0], wrong[1], "--progress", "none"});
        CHECK(finished.exitCode == 2);
        CHECK(finished.out.empty());
        CHECK_THAT(finished.err, StartsWith("halftone-cli: ") && EndsWith(".\n"));
    }
}

TEST_CASE("An interrupted sweep exits with 130 and leaves nothing behind") {
    const TemporaryFolder folder;
    const Finished finished = runCli({"sweep", sampleModel(), "--batches", "1", "--threads", "1", "--time", "100",
                                      "--out", folder.path("sweep.json"), "--progress", "jsonl"},
                                     Interruption{"Measuring batch 1", SIGINT});
    CHECK(finished.exitCode == 130);
    CHECK(folder.names().empty());
}
