// SPDX-License-Identifier: GPL-3.0-or-later
// Help, versions, and everything that is refused: exit codes, streams and sentences.
#include "tests/cli/program.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <filesystem>

using namespace halftone::test;

namespace {

using Words = std::vector<std::string>;

/// One sentence of one line that ends with a full stop.
void checkSentence(const std::string& err) {
    INFO(err);
    CHECK_THAT(err, StartsWith("halftone-cli: "));
    CHECK(std::count(err.begin(), err.end(), '\n') == 1);
    CHECK_THAT(err, EndsWith(".\n"));
}

/// The program fails with exit code 1, one line on stderr and nothing on stdout.
std::string failure(const Words& words) {
    const Finished finished = runCli(words);
    CHECK(finished.exitCode == 1);
    CHECK(finished.out.empty());
    checkSentence(finished.err);
    return finished.err;
}

std::string profileFailure(Words words) {
    words.insert(words.begin(), {"profile", sampleModel(), "--progress", "none", "--threads", "1", "--time", "0.2"});
    return failure(words);
}

} // namespace

TEST_CASE("Help and version of the program and each command go to stdout") {
    for (const Words& command : {Words{}, Words{"inspect"}, Words{"profile"}, Words{"run"}, Words{"export"}}) {
        Words words = command;
        words.push_back("--help");
        const Finished help = runCli(words);
        CHECK(help.exitCode == 0);
        CHECK_THAT(help.out, Contains("--help") && Contains("Usage: halftone-cli"));
        CHECK(help.err.empty());
        words.back() = "--version";
        const Finished version = runCli(words);
        CHECK(version.exitCode == 0);
        CHECK(version.out == "halftone-cli " HALFTONE_VERSION "\n");
        CHECK(version.err.empty());
    }
}

TEST_CASE("A command line that makes no sense exits with 2, says why on stderr and prints nothing on stdout") {
    const std::string model = sampleModel();
    const Words run{"run", model, "--output", "nowhere", "--input"};
    const auto with = [](Words words, const Words& more) {
        words.insert(words.end(), more.begin(), more.end());
        return words;
    };
    struct Example {
        Words words;
        const char* says;
    };
    for (const auto& [words, says] : {
             Example{{}, "subcommand"},
             Example{{"fly"}, "fly"},
             Example{{"inspect"}, "MODEL"},
             Example{{"inspect", model, "--fast"}, "--fast"},
             Example{{"profile", model, "--progress", "loud"}, "--progress"},
             Example{{"profile", model, "--threads", "two"}, "--threads"},
             Example{{"profile", model, "--threads", "-1"}, "threads"},
             Example{{"profile", model, "--time", "0"}, "time"},
             Example{{"profile", model, "--time", "nan"}, "time"},
             Example{{"profile", model, "--batch", "0"}, "batch"},
             Example{{"profile", model, "--samples", "-1"}, "samples"},
             Example{{"profile", model, "--calibration", "0"}, "1 sample"},
             Example{{"profile", model, "--weight-limit", "9-bit"}, "--weight-limit"},
             Example{{"profile", model, "--weights", "per-row"}, "--weights"},
             Example{{"sweep", model, "--scheme", "odd"}, "--scheme"},
             Example{{"isa", model, "--ranges", "all"}, "--ranges"},
             Example{{"profile", model, "--percentile", "50"}, "percentile"},
             Example{{"profile", model, "--rounding", "maybe"}, "--rounding"},
             Example{{"profile", model, "--range-of", "input"}, "TENSOR=METHOD"},
             Example{{"profile", model, "--range-of", "input=widest"}, "mean-min-max"},
             Example{{"profile", model, "--range-of", "x=mse", "--range-of", "x=entropy"}, "twice"},
             Example{{"profile", model, "--range-of", "x=mse", "--progress", "none"}, "activation x"},
             Example{{"profile", model, "--keep-fp32", "conv-of-another", "--progress", "none"}, "conv-of-another"},
             Example{with(run, {"x=a.npy", "--keep-fp32"}), "--keep-fp32"},
             Example{{"profile", model, "--precisions", "fp32,int4"}, "no precision int4"},
             Example{{"profile", model, "--preset", "vogue"}, "fashion-mnist"},
             Example{{"profile", model, "--shape", "x=1,three"}, "--shape"},
             Example{{"inspect", model, "--shape", "x=1,0"}, "NAME=1,3,224,224"},
             Example{{"inspect", model, "--shape", "nobody=1,3"}, "nobody"},
             Example{{"inspect", model, "--size", "sequence"}, "NAME=N"},
             Example{{"inspect", model, "--size", "sequence=0"}, "at least 1"},
             Example{{"inspect", model, "--size", "nobody=3"}, "no size \"nobody\""},
             Example{{"inspect", model, "--size", "a=3", "--size", "a=4"}, "twice"},
             Example{{"run", model, "--output", "nowhere", "--shape", "1,1", "--shape", "1,1", "--input", "x=a.npy"},
                     "twice"},
             Example{{"profile", model, "--channels", "cmyk"}, "--channels"},
             Example{{"profile", model, "--mean", "1,x"}, "--mean"},
             Example{{"run", model, "--output", "nowhere"}, "--input"},
             Example{with(run, {"x"}), "NAME=FILE.npy"},
             Example{with(run, {"x=a.npy", "--input", "x=b.npy"}), "twice"},
             Example{with(run, {"x=a.npy", "--precision", "int4"}), "int8-simulated"},
             Example{with(run, {"x=a.npy", "--threads", "-1"}), "threads"},
             Example{{"export", "report.json"}, "--format"},
             Example{{"export", "report.json", "--format", "pdf", "--out", "x"}, "--format"},
         }) {
        const Finished finished = runCli(words);
        INFO("says " << says << ": " << finished.err);
        CHECK(finished.exitCode == 2);
        CHECK(finished.out.empty());
        checkSentence(finished.err);
        CHECK_THAT(finished.err, Contains(says));
    }
}

TEST_CASE("A model that cannot be opened is one sentence and exit code 1") {
    const TemporaryFolder folder;
    const std::string empty = folder.write("empty.onnx", "");
    const std::string text = folder.write("text.onnx", "just words\n");
    const std::string cut = folder.write("cut.onnx", readText(sampleModel()).substr(0, 100'000));
    for (const char* command : {"inspect", "profile"}) {
        const auto refused = [&](const std::string& path) { return failure({command, path, "--progress", "none"}); };
        CHECK_THAT(refused(folder.path("missing.onnx")), Contains("missing.onnx"));
        CHECK_THAT(refused(folder.path()), Contains("folder"));
        CHECK_THAT(refused("/dev/zero"), Contains("/dev/zero"));
        CHECK_THAT(refused(empty), Contains("empty"));
        CHECK_THAT(refused(text), Contains("text.onnx"));
        CHECK_THAT(refused(cut), Contains("cut.onnx"));
        CHECK_THAT(refused(sampleData()), Contains("fashion_test_1000.npz"));
    }
}

TEST_CASE("The model may stand behind options that take several values") {
    CHECK_THAT(failure({"profile", "--progress", "none", "--mean", "1,2,3", "--std", "9", "/nowhere/model.onnx"}),
               Contains("/nowhere/model.onnx"));
}

TEST_CASE("With JSON lines an error is one line on stdout and a sentence on stderr") {
    for (const char* command : {"inspect", "profile"}) {
        const Finished finished = runCli({command, "/nowhere/missing.onnx", "--progress", "jsonl"});
        CHECK(finished.exitCode == 1);
        const auto lines = jsonLines(finished.out);
        REQUIRE_FALSE(lines.empty());
        CHECK(std::count_if(lines.begin(), lines.end(), [](const auto& line) { return line["type"] == "error"; }) == 1);
        const auto& error = lines.back();
        CHECK(error["type"] == "error");
        CHECK(error["code"] == "io");
        CHECK(error["where"] == "/nowhere/missing.onnx");
        checkSentence(finished.err);
        CHECK(finished.err == "halftone-cli: " + error["message"].get<std::string>() + "\n");
    }
}

TEST_CASE("Hostile names in a command line are shown harmlessly") {
    const Finished finished = runCli({"inspect", "no\x1b[31m\xff\nwhere.onnx", "--progress", "jsonl"});
    CHECK(finished.exitCode == 1);
    CHECK(finished.err.find('\x1b') == std::string::npos);
    checkSentence(finished.err);
    CHECK(jsonLines(finished.out).size() == 1);
}

TEST_CASE("Data that cannot be used is one sentence and exit code 1") {
    const TemporaryFolder folder;
    const std::string grey = "fashion-mnist";
    const auto refused = [&](const std::string& data, const Words& more = {}) {
        Words words{"--preset", grey, "--data", data};
        words.insert(words.end(), more.begin(), more.end());
        return profileFailure(words);
    };
    CHECK_THAT(refused(folder.path("missing")), Contains("missing"));
    CHECK_THAT(refused(folder.write("words", "not pictures\n")), Contains("words"));
    CHECK_THAT(refused(folder.write("none", "")), Contains("none"));
    CHECK_THAT(refused(sampleModel()), Contains("fashion_resnet.onnx"));
    CHECK_THAT(refused("/dev/zero"), Contains("/dev/zero"));
    std::filesystem::create_directory(folder.path("hollow"));
    CHECK_THAT(refused(folder.path("hollow")), Contains("hollow"));
    CHECK_THAT(refused(sampleData(), {"--labels", folder.path("gone.npy")}), Contains("gone.npy"));
    CHECK_THAT(refused(sampleData(), {"--labels", folder.path("words.txt")}), Contains("words.txt"));
    CHECK_THAT(refused(sampleData(), {"--label-offset", "1"}), Contains("offset"));
    CHECK_THAT(refused(sampleData(), {"--label-offset", "-1"}), Contains("offset"));
}

TEST_CASE("Preprocessing that does not fit the network is a usage error") {
    const Finished finished = runCli({"profile", sampleModel(), "--progress", "none", "--data", sampleData(),
                                      "--preset", "fashion-mnist", "--mean", "1,2,3"});
    CHECK(finished.exitCode == 2);
    checkSentence(finished.err);
}

TEST_CASE("A place where the report cannot be written is refused before anything is measured") {
    const TemporaryFolder folder;
    folder.write("file", "");
    for (const Words& place : {Words{"--out", folder.path("no/where/report.json")}, Words{"--out", folder.path()},
                               Words{"--out", "/dev/full"}, Words{"--out", folder.path("file/report.json")},
                               Words{"--csv", folder.path("file")}, Words{"--csv", folder.path("file/tables")}}) {
        Words words{"profile", sampleModel(), "--progress", "jsonl"};
        words.insert(words.end(), place.begin(), place.end());
        INFO(place[1]);
        const Finished finished = runCli(words);
        CHECK(finished.exitCode == 1);
        checkSentence(finished.err);
        const auto lines = jsonLines(finished.out);
        REQUIRE(lines.size() == 1);
        CHECK(lines[0]["type"] == "error");
        CHECK(lines[0]["code"] == "io");
    }
    CHECK(folder.names() == Words{"file"});
}

TEST_CASE("A report that is none is refused by export") {
    const TemporaryFolder folder;
    const auto refused = [&](const std::string& path) {
        return failure({"export", path, "--format", "json", "--out", folder.path("copy.json")});
    };
    CHECK_THAT(refused(folder.path("missing.json")), Contains("missing.json"));
    CHECK_THAT(refused(folder.write("half.json", "{\"schema\": ")), Contains("half.json"));
    CHECK_THAT(refused(folder.write("other.json", "{\"schema\": \"other/1\"}")), Contains("schema"));
    CHECK_THAT(refused(sampleModel()), Contains("fashion_resnet.onnx"));
    CHECK_FALSE(std::filesystem::exists(folder.path("copy.json")));
}
