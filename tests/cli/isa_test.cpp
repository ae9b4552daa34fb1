// SPDX-License-Identifier: GPL-3.0-or-later
// halftone-cli isa: the same model in processes of their own. No figure of speed is asserted.
#include "core/base/child_process.h"
#include "core/report/json.h"
#include "core/report/progress.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

using namespace halftone;
using namespace halftone::test;

namespace {

std::vector<std::string> isaWords(const std::vector<std::string>& more) {
    std::vector<std::string> words{
        "isa", sampleModel(),   "--data", sampleData(), "--preset", "fashion-mnist", "--samples",
        "40",  "--calibration", "20",     "--threads",  "1",        "--time",        "0.1"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

/// Processes of this command line's worker kind that write below `folder`.
int workersFor(const std::string& folder) {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        std::ifstream file(entry.path() / "cmdline", std::ios::binary);
        const std::string command((std::istreambuf_iterator<char>(file)), {});
        count += command.find("--worker") != std::string::npos && command.find(folder) != std::string::npos;
    }
    return count;
}

/// Every stage is told of as it begins and within it; the time left, once known, only falls.
void checkCourse(const std::vector<nlohmann::json>& lines) {
    std::vector<int> tells; // by stage
    std::vector<double> left;
    for (const auto& line : lines) {
        if (line["type"] == "stage")
            tells.push_back(0);
        if (line["type"] != "progress")
            continue;
        REQUIRE_FALSE(tells.empty());
        ++tells.back();
        if (const double seconds = line["secondsLeft"]; seconds >= 0 || !left.empty())
            left.push_back(seconds);
    }
    CHECK(std::ranges::all_of(tells, [](int count) { return count >= 2; }));
    CHECK(std::ranges::is_sorted(left, std::ranges::greater()));
    REQUIRE_FALSE(left.empty());
    CHECK(left.back() == 0);
}

} // namespace

TEST_CASE("Every instruction set of the CPU is compared once, with full and limited weights where sums have 16 bits") {
    const TemporaryFolder folder;
    const Finished finished =
        runCli(isaWords({"--out", folder.path("isas.json"), "--csv", folder.path("tables"), "--progress", "jsonl"}));
    INFO(finished.err);
    REQUIRE(finished.exitCode == 0);
    const Report report = loadReport(folder.path("isas.json"));
    REQUIRE(report.isas);
    CHECK(report.isas->samples == 40);
    CHECK(report.runs.empty());
    std::set<std::pair<std::string, std::string>> rows; // instruction set, weight limit
    for (const IsaRun& run : report.isas->runs) {
        INFO(run.isa << " " << run.failure);
        CHECK(run.failure.empty());
        CHECK(rows.emplace(run.isa, run.weightLimit).second);
        CHECK(run.latencyMs.at("fp32").n >= 10);
        CHECK(run.latencyMs.at("int8").n >= 10);
        REQUIRE(run.speedup);
        REQUIRE(run.speedupCi95);
        CHECK(run.top1.at("fp32") > 0.5);
        CHECK(run.top1.at("int8") > 0.5);
        REQUIRE(run.agreement);
        CHECK(*run.agreement > 0.8);
        REQUIRE(run.outputDifference);
        // limited weights cannot saturate, and on VNNI nothing can: what is left is rounding
        const bool alone = std::ranges::count(report.isas->runs, run.isa, &IsaRun::isa) == 1;
        if (run.weightLimit != "full" || alone) {
            CHECK(*run.outputDifference < 0.5);
            CHECK_FALSE(run.saturated);
        }
    }
    for (const std::string isa : {"SSE41", "AVX2"}) // the first any x86 CPU has, the second may be missing
        if (isa == "SSE41" || std::ranges::any_of(rows, [&](const auto& row) { return row.first == isa; })) {
            CHECK(rows.contains({isa, "full"}));
            CHECK(std::ranges::count(report.isas->runs, isa, &IsaRun::isa) == 2);
        }
    CHECK_THAT(readText(folder.path("tables/isas.csv")), StartsWith("isa,cap,weight bits,weight limit,"));
    const auto lines = jsonLines(finished.out);
    checkCourse(lines);
    REQUIRE(lines.back()["type"] == "done");
    CHECK_THAT(lines.back()["sentence"].get<std::string>(),
               StartsWith("Speed-up of int8 over fp32: ") && Contains("SSE41"));
}

TEST_CASE("A process of the comparison tells its course as any job does, and waits to be told to go on") {
    const TemporaryFolder folder;
    const std::string rows = folder.path("rows.json");
    std::vector<std::string> words = isaWords({"--progress", "bar", "--worker", rows});
    words.insert(words.begin(), HALFTONE_CLI);
    ChildProcess worker(words, {"ONEDNN_MAX_CPU_ISA=SSE41"});
    Job job;
    std::vector<std::string> found;
    std::set<size_t> kinds;
    std::optional<JobDone> done;
    while (const std::optional<std::string> line = worker.readLine(job)) {
        INFO(*line);
        const std::optional<ProgressMessage> message = progressMessage(*line);
        REQUIRE(message);
        kinds.insert(message->index());
        if (const auto* waits = std::get_if<JobWaits>(&*message)) {
            found.push_back(waits->found);
            worker.writeLine(found.size() == 1 ? "check" : "go");
        } else if (const auto* ends = std::get_if<JobDone>(&*message)) {
            done = *ends;
        }
    }
    CHECK(worker.ending() == "ended with exit code 0");
    REQUIRE(done);
    CHECK(done->report == rows);
    CHECK(loadReport(rows).isas->runs.size() == 2);
    REQUIRE(found.size() >= 2);
    CHECK(found[0] == "SSE41");
    CHECK_THAT(found[1], Contains("top-1 in fp32"));
    CHECK(kinds.contains(ProgressMessage(StageProgress{}).index()));
}

TEST_CASE("Cancelling ends every process of the comparison") {
    const TemporaryFolder folder;
    std::vector<std::string> words = isaWords({"--out", folder.path("isas.json"), "--progress", "jsonl"});
    *(std::ranges::find(words, "--time") + 1) = "100";
    for (const std::string at : {"Preparing", "\"precision\":\"int8\""}) {
        const Finished finished = runCli(words, Interruption{at, SIGTERM});
        CHECK(finished.exitCode == 130);
        CHECK(workersFor(folder.path()) == 0);
        CHECK(folder.names().empty());
    }
}

TEST_CASE("What no instruction set can do is told once, as by any other command") {
    const TemporaryFolder folder;
    const Finished finished = runCli(
        {"isa", folder.write("broken.onnx", "no model"), "--progress", "none", "--out", folder.path("isas.json")});
    CHECK(finished.exitCode == 1);
    CHECK_THAT(finished.err, StartsWith("halftone-cli: ") && Contains("broken.onnx") && EndsWith(".\n"));
    CHECK(std::ranges::count(finished.err, '\n') == 1);
    CHECK(folder.names() == std::vector<std::string>{"broken.onnx"});
}

TEST_CASE("Instruction sets that are compared with wrongly prepared pictures come with the cure") {
    const TemporaryFolder folder;
    const Finished finished = runCli(isaWords({"--mean", "5000", "--out", folder.path("isas.json")}));
    INFO(finished.err);
    REQUIRE(finished.exitCode == 0);
    const Report report = loadReport(folder.path("isas.json"));
    const auto found = std::ranges::find(report.diagnostics, "isa-wrong-preprocessing", &Diagnostic::code);
    REQUIRE(found != report.diagnostics.end());
    CHECK(found->cure.contains("mean")); // with 40 pictures not always the best one
    CHECK_THAT(report.verdict.sentence, Contains("The preprocessing looks wrong"));
}
