// SPDX-License-Identifier: GPL-3.0-or-later
// The request as the command line and files say it.
#include "app/options.h"
#include "core/base/error.h"
#include "core/report/json.h"
#include "core/report/request_file.h"
#include "core/request/command_line.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"
#include "tests/support/changed_request.h"
#include "tests/support/temporary_folder.h"

#include <CLI/CLI.hpp>
#include <algorithm>

using namespace halftone;
using namespace halftone::test;

namespace {

/// What the words give, on top of `before`.
JobRequest parsed(JobKind kind, std::vector<std::string> words, JobRequest before) {
    CLI::App program;
    app::Options(program).addRequest(kind, before);
    std::reverse(words.begin(), words.end());
    program.parse(words);
    nameByValues(before.preprocessing);
    return before;
}

std::string refusal(JobKind kind, const std::vector<std::string>& words) {
    try {
        parsed(kind, words, {});
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Usage);
        return error.message();
    } catch (const CLI::ParseError& error) {
        return error.what();
    }
    return "it was read";
}

} // namespace

TEST_CASE("The command line has an option for every field of a request") {
    for (const JobKind kind : {JobKind::Profile, JobKind::Sweep, JobKind::Isa, JobKind::Plan, JobKind::Write}) {
        JobRequest wanted = defaultRequest(kind);
        const JobRequest changed = changedRequest(wanted);
        // Fields that the command does not know keep their defaults.
        const JobRequest read = parsed(kind, commandWords(kind, changed), wanted);
        INFO(commandLine(kind, changed));
        CHECK(commandLine(kind, read) == commandLine(kind, changed));
        CHECK(commandWords(kind, changed).size() > 20);
        CHECK((read.sweep == changed.sweep) == (kind == JobKind::Sweep));
        CHECK((read.plan == changed.plan) == (kind == JobKind::Plan));
        CHECK((read.written == changed.written) == (kind == JobKind::Write));
        CHECK(read.quantization == changed.quantization);
        CHECK(read.preprocessing == changed.preprocessing);
    }
    const JobRequest all = changedRequest();
    JobRequest profile = parsed(JobKind::Profile, commandWords(JobKind::Profile, all), {});
    profile.sweep = all.sweep; // what other commands know
    profile.plan = all.plan;
    profile.written = all.written;
    CHECK(profile == all);
}

TEST_CASE("Words that are no value are refused with their option") {
    CHECK_THAT(refusal(JobKind::Profile, {"m", "--size", "n"}), Contains("--size n: write NAME=N"));
    CHECK_THAT(refusal(JobKind::Profile, {"m", "--size", "n=0"}), Contains("at least 1"));
    CHECK_THAT(refusal(JobKind::Profile, {"m", "--size", "n=1", "--size", "n=2"}),
               Contains("--size was given twice for n"));
    CHECK_THAT(refusal(JobKind::Profile, {"m", "--shape", "x=1,a"}), Contains("--shape x=1,a: write NAME=1,3,224,224"));
    CHECK_THAT(refusal(JobKind::Profile, {"m", "--range-of", "t=best"}), Contains("--range-of t=best: write TENSOR="));
    CHECK_THAT(refusal(JobKind::Plan, {"m", "--pin", "l=bf16"}),
               Contains("--pin l=bf16: write LAYER=int8 or LAYER=fp32"));
    CHECK_THAT(refusal(JobKind::Profile, {"m", "--scheme", "other"}), Contains("--scheme"));
    CHECK_THAT(refusal(JobKind::Profile, {"m", "--batch", "two"}), Contains("--batch"));
    CHECK_THAT(refusal(JobKind::Profile, {"m", "--precisions", "int4"}), Contains("There is no precision int4"));
    CHECK_THAT(refusal(JobKind::Profile, {"m", "--preset", "other"}), Contains("no preprocessing preset \"other\""));
}

TEST_CASE("Options change what a preset says, whatever comes first") {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"m", "--preset", "imagenet-tf", "--crop", "96"},
          {"m", "--crop", "96", "--preset", "imagenet-tf"}}) {
        const JobRequest read = parsed(JobKind::Profile, words, {});
        CHECK(read.preprocessing.preset == "custom");
        CHECK(read.preprocessing.cropSize == 96);
        CHECK(read.preprocessing.labelOffset == 1);
    }
}

TEST_CASE("A file of --request says what options say, and options replace it") {
    const TemporaryFolder folder;
    JobRequest request;
    request.modelPath = sampleModel();
    request.timeBudgetS = 0.02;
    request.threads = 1;
    request.batch = 2;
    saveRequest(request, folder.path("request.json"));
    const Finished finished = runCli(
        {"profile", "--request", folder.path("request.json"), "--batch", "3", "--out", folder.path("report.json")});
    INFO(finished.err);
    REQUIRE(finished.exitCode == 0);
    const Report report = loadReport(folder.path("report.json"));
    request.batch = 3;
    CHECK(report.options.request == request);
    CHECK(report.command == commandLine(JobKind::Profile, request));
    CHECK(report.runs.front().batch == 3);
}

TEST_CASE("A file of --request that is none is refused") {
    const TemporaryFolder folder;
    const Finished finished = runCli({"profile", "--request", folder.write("r.json", "{\"schema\": 1}")});
    CHECK(finished.exitCode == 1);
    CHECK_THAT(finished.err, Contains("r.json"));
    CHECK(runCli({"profile", "--request", folder.path("nowhere.json")}).exitCode == 1);
}

TEST_CASE("A path that is no UTF-8 text ends no job") {
    const TemporaryFolder folder;
    const std::string model = folder.write("caf\xe9/net.onnx", readText(sampleModel()));
    for (const char* command : {"profile", "isa"}) {
        INFO(command);
        const Finished finished =
            runCli({command, model, "--time", "0.02", "--threads", "1", "--out", folder.path("report.json")});
        INFO(finished.err);
        CHECK(finished.exitCode == 0);
        const Report report = loadReport(folder.path("report.json"));
        REQUIRE(report.options.request);
        CHECK_THAT(report.options.request->modelPath, EndsWith("caf\\xE9/net.onnx"));
    }
}
