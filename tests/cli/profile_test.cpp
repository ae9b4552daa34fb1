// SPDX-License-Identifier: GPL-3.0-or-later
// The main job through the program, and what can be done with its report.
#include "core/report/json.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <set>

using namespace halftone;
using namespace halftone::test;
using nlohmann::json;

namespace {

std::vector<std::string> profileWords(const std::vector<std::string>& more) {
    std::vector<std::string> words{
        "profile", sampleModel(),   "--data", sampleData(), "--preset", "fashion-mnist", "--samples",
        "60",      "--calibration", "20",     "--threads",  "1",        "--time",        "0.2"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

/// One run of the program, looked at by several cases.
struct Profiled {
    TemporaryFolder folder;
    Finished finished;
    Profiled()
        : finished(runCli(profileWords(
              {"--out", folder.path("report.json"), "--csv", folder.path("new/tables"), "--progress", "jsonl"}))) {}
};

const Profiled& profiled() {
    static const Profiled once;
    REQUIRE(once.finished.exitCode == 0);
    return once;
}

/// RFC 4180: rows end with CR LF, cells are separated by commas, quoted cells may hold all of these and doubled quotes.
std::vector<std::vector<std::string>> csvRows(const std::string& text) {
    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> row{""};
    bool quoted = false;
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '"' && i + 1 < text.size() && text[i + 1] == '"')
                row.back() += text[++i];
            else if (c == '"')
                quoted = false;
            else
                row.back() += c;
        } else if (c == '"') {
            REQUIRE(row.back().empty());
            quoted = true;
        } else if (c == ',') {
            row.emplace_back();
        } else if (c == '\r') {
            REQUIRE(text.at(++i) == '\n');
            rows.push_back(std::move(row));
            row = {""};
        } else {
            REQUIRE(c != '\n');
            row.back() += c;
        }
    }
    REQUIRE_FALSE(quoted);
    REQUIRE(row == std::vector<std::string>{""}); // the last row is ended too
    return rows;
}

void checkTable(const std::string& path, size_t rowCount) {
    INFO(path);
    const auto rows = csvRows(readText(path));
    REQUIRE(rows.size() == rowCount + 1);
    for (const auto& row : rows)
        CHECK(row.size() == rows.front().size());
    CHECK(std::ranges::none_of(rows.front(), [](const std::string& title) { return title.empty(); }));
}

void checkTables(const std::string& folder, const Report& report) {
    checkTable(folder + "/layers.csv", report.layers.size());
    checkTable(folder + "/tensors.csv", report.tensors.size());
    checkTable(folder + "/conversions.csv", report.conversions.size());
    size_t steps = 0;
    for (const Run& run : report.runs)
        steps += run.steps.size();
    checkTable(folder + "/steps.csv", steps);
}

} // namespace

TEST_CASE("Profiling tells its course as JSON lines alone and leaves report and tables") {
    const Profiled& once = profiled();
    const std::vector<json> lines = jsonLines(once.finished.out);
    CHECK(once.finished.err.empty());
    const std::set<std::string> known{"stage", "progress", "found", "latency", "diagnostic", "done"};
    int stages = 0;
    double fraction = 0, secondsLeft = std::numeric_limits<double>::max();
    for (const json& line : lines) {
        const std::string type = line.at("type");
        INFO(line.dump());
        CHECK(known.contains(type));
        if (type == "stage") {
            CHECK(line.at("index") == ++stages);
            CHECK(line.at("count") == 9);
            CHECK_FALSE(line.at("name").get<std::string>().empty());
        } else if (type == "progress") {
            CHECK(line.at("fraction") >= fraction);
            fraction = line.at("fraction");
            const double left = line.at("secondsLeft");
            CHECK((left == -1 || left <= secondsLeft)); // unknown at first, then it only falls
            secondsLeft = left == -1 ? secondsLeft : left;
        } else if (type == "latency") {
            CHECK(line.at("medianMs") > 0);
        }
    }
    CHECK(stages == 9);
    CHECK(fraction == Approx(1));

    const Report report = loadReport(once.folder.path("report.json"));
    CHECK(lines.back() ==
          json{{"type", "done"}, {"report", once.folder.path("report.json")}, {"sentence", report.verdict.sentence}});
    CHECK(std::ranges::count(lines, "done", [](const json& line) { return line["type"].get<std::string>(); }) == 1);
    CHECK_THAT(report.command, StartsWith("halftone-cli profile ") && Contains("--preset fashion-mnist"));
    CHECK(report.accuracy->samples == 60);
    CHECK(report.tool.version == HALFTONE_VERSION);
    checkTables(once.folder.path("new/tables"), report);
    CHECK(once.folder.names() == std::vector<std::string>{"new", "report.json"});
}

TEST_CASE("Diagnostics of the report were told while it was made") {
    const Profiled& once = profiled();
    const Report report = loadReport(once.folder.path("report.json"));
    std::vector<std::string> told, kept;
    for (const json& line : jsonLines(once.finished.out))
        if (line["type"] == "diagnostic")
            told.push_back(line["message"]);
    for (const Diagnostic& diagnostic : report.diagnostics)
        kept.push_back(diagnostic.message);
    CHECK(told == kept);
}

TEST_CASE("Export copies a report and writes its tables") {
    const Profiled& once = profiled();
    const TemporaryFolder folder;
    const std::string source = once.folder.path("report.json");
    const Finished copied = runCli({"export", source, "--format", "json", "--out", folder.path("copy.json")});
    CHECK(copied.exitCode == 0);
    CHECK(loadReport(folder.path("copy.json")) == loadReport(source));
    CHECK(readText(folder.path("copy.json")) == readText(source));

    const Finished tables = runCli({"export", source, "--format", "csv", "--out", folder.path("tables")});
    CHECK(tables.exitCode == 0);
    checkTables(folder.path("tables"), loadReport(source));
    for (const char* table : {"layers.csv", "tensors.csv", "conversions.csv", "steps.csv"})
        CHECK(readText(folder.path("tables/") + table) == readText(once.folder.path("new/tables/") + table));
}

TEST_CASE("A report cannot be written over a folder or into a place that is not there") {
    const Profiled& once = profiled();
    const TemporaryFolder folder;
    for (const std::string& place : {folder.path(), folder.path("no/where.json")}) {
        const Finished finished =
            runCli({"export", once.folder.path("report.json"), "--format", "json", "--out", place});
        CHECK(finished.exitCode == 1);
        CHECK_THAT(finished.err, Contains(folder.path()) && EndsWith(".\n"));
    }
    CHECK(folder.names().empty());
}

TEST_CASE("Without JSON lines stdout holds the result alone, the course goes to stderr") {
    const TemporaryFolder folder;
    const std::string relative = std::filesystem::relative(folder.path("report.json")).string();
    for (const char* mode : {"bar", "none"}) {
        std::vector<std::string> words = profileWords({"--progress", mode, "--out", relative});
        *(std::ranges::find(words, "--samples") + 1) = "5";
        const Finished finished = runCli(words);
        CHECK(finished.exitCode == 0);
        CHECK(loadReport(folder.path("report.json")).accuracy->samples == 5);
        CHECK_THAT(finished.out, Contains("fp32 on this CPU"));
        CHECK_THAT(finished.out, Contains("\nfp32 ") && Contains("\nint8 "));
        CHECK(finished.out.find('\r') == std::string::npos);
        const std::string note = "\nnote: Ranges are found with 20 pictures and accuracy is taken on 5 others.";
        if (mode == std::string("none")) {
            CHECK(finished.err.empty());
            CHECK_THAT(finished.out, Contains(note));
        } else {
            CHECK_THAT(finished.err, Contains("[5/9] Measuring") && Contains(note));
            CHECK(finished.out.find(note) == std::string::npos);
        }
    }
}

TEST_CASE("Wrong preprocessing is told with the option that mends it") {
    std::vector<std::string> words = profileWords({"--std", "1", "--progress", "bar"});
    const Finished finished = runCli(words);
    CHECK(finished.exitCode == 0);
    CHECK_THAT(finished.out, Contains("The preprocessing looks wrong") && Contains("\nRun again with --std 90.02.\n"));
    CHECK_THAT(finished.err, Contains("\nwarning: The preprocessing looks wrong: fp32 is right on ") &&
                                 Contains(" Run again with --std 90.02.\n"));
    std::vector<std::string> lines = profileWords({"--std", "1", "--progress", "jsonl"});
    const Finished told = runCli(lines);
    const auto all = jsonLines(told.out);
    const auto found = std::ranges::find_if(
        all, [](const json& line) { return line["type"] == "diagnostic" && line["code"] == "wrong-preprocessing"; });
    REQUIRE(found != all.end());
    CHECK((*found)["cure"] == json{{"std", "90.02"}});
}

TEST_CASE("An interrupted job exits with 130 and leaves nothing behind") {
    for (const int signal : {SIGINT, SIGTERM}) {
        const TemporaryFolder folder;
        std::vector<std::string> words =
            profileWords({"--out", folder.path("report.json"), "--csv", folder.path("tables"), "--progress", "jsonl"});
        *(std::ranges::find(words, "--time") + 1) = "100";
        const Finished finished = runCli(words, Interruption{"\"name\":\"Measuring\"", signal});
        CHECK(finished.exitCode == 130);
        CHECK(folder.names().empty());
        CHECK_THAT(finished.err, Contains("cancelled"));
        for (const json& line : jsonLines(finished.out)) {
            CHECK(line["type"] != "done");
            CHECK(line["type"] != "error");
        }
    }
}

TEST_CASE("An interrupted job leaves an older report as it was") {
    const TemporaryFolder folder;
    const std::string report = folder.write("report.json", "older");
    std::vector<std::string> words = profileWords({"--out", report, "--progress", "jsonl"});
    *(std::ranges::find(words, "--time") + 1) = "100";
    CHECK(runCli(words, Interruption{"Calibrating"}).exitCode == 130);
    CHECK(readText(report) == "older");
    CHECK(folder.names() == std::vector<std::string>{"report.json"});
}

TEST_CASE("Inspecting prints the model and writes it as a report") {
    const TemporaryFolder folder;
    const Finished finished = runCli({"inspect", sampleModel(), "--out", folder.path("model.json")});
    CHECK(finished.exitCode == 0);
    CHECK(finished.err.empty());
    const Report report = loadReport(folder.path("model.json"));
    CHECK(report.model.name == "fashion_resnet.onnx");
    CHECK(report.runs.empty());
    CHECK_THAT(finished.out, Contains("fashion_resnet.onnx") && Contains("Conv:") &&
                                 Contains(std::to_string(report.model.parameters)));
    const auto lines = jsonLines(runCli({"inspect", sampleModel(), "--progress", "jsonl"}).out);
    REQUIRE_FALSE(lines.empty());
    CHECK(lines.back()["type"] == "done");
}

TEST_CASE("Inspecting says which sizes a file leaves open") {
    const TemporaryFolder folder;
    const auto printed = [&](const std::string& shape) {
        const std::string path = folder.write(
            "net.pbtxt", "node { name: \"x\" op: \"Placeholder\" attr { key: \"dtype\" value { type: DT_FLOAT } } "
                         "attr { key: \"shape\" value { shape { " +
                             shape +
                             " } } } }\n"
                             "node { name: \"y\" op: \"Relu\" input: \"x\" attr { key: \"T\" value { type: DT_FLOAT "
                             "} } }\n");
        const Finished finished = runCli({"inspect", path});
        CHECK(finished.exitCode == 0);
        return finished.out;
    };
    CHECK_THAT(printed("dim { size: -1 } dim { size: -1 } dim { size: 3 }"),
               Contains("inputs      x f32 batch x x.1 x 3\noutputs     y f32 unknown shape\nopen sizes  x.1\n"));
    CHECK_THAT(printed("unknown_rank: true"),
               Contains("inputs      x f32 unknown shape\noutputs     y f32 unknown shape\n"));
    CHECK_THAT(printed("dim { size: 2 } dim { size: 3 }"), Contains("outputs     y f32 1x3\n"));
}
