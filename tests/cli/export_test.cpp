// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/benchmark_app.h"
#include "core/report/exclusions.h"
#include "core/report/json.h"
#include "tests/cli/program.h"
#include "tests/support/catch.h"
#include "tests/support/full_example_report.h"

using namespace halftone;
using namespace halftone::test;

TEST_CASE("The layers of a plan are exported for each quantizer") {
    const TemporaryFolder folder;
    const Report report = fullExampleReport();
    saveReport(report, folder.path("report.json"));
    for (const NamedExclusionFormat& format : kExclusionFormats) {
        const std::string out = folder.path(std::string(format.name));
        const Finished finished =
            runCli({"export", folder.path("report.json"), "--format", std::string(format.name), "--out", out});
        INFO(finished.err);
        CHECK(finished.exitCode == 0);
        CHECK(readText(out) == exclusionText(report, excludedLayers(report), format.value));
    }
}

TEST_CASE("A report that excludes nothing is refused with the remedy") {
    const TemporaryFolder folder;
    Report report = fullExampleReport();
    report.plan.reset();
    saveReport(report, folder.path("report.json"));
    const Finished finished =
        runCli({"export", folder.path("report.json"), "--format", "ort-exclude", "--out", folder.path("excluded.py")});
    CHECK(finished.exitCode == 1);
    CHECK(finished.err.find("halftone-cli plan") != std::string::npos);
    CHECK(folder.names() == std::vector<std::string>{"report.json"});
}

TEST_CASE("A run is exported as benchmark_app writes it, int8 unless another one is asked for") {
    const TemporaryFolder folder;
    const Report report = fullExampleReport();
    saveReport(report, folder.path("report.json"));
    for (const NamedBenchmarkAppFormat& format : kBenchmarkAppFormats)
        for (const std::string precision : {"", "fp32"}) {
            const std::string out = folder.path(std::string(format.name) + precision);
            std::vector<std::string> words{
                "export", folder.path("report.json"), "--format", std::string(format.name), "--out", out};
            if (!precision.empty())
                words.insert(words.end(), {"--precision", precision});
            const Finished finished = runCli(words);
            INFO(finished.err);
            CHECK(finished.exitCode == 0);
            CHECK(readText(out) ==
                  benchmarkAppText(report, *report.run(precision.empty() ? "int8" : precision), format.value));
        }
    const Finished missing = runCli({"export", folder.path("report.json"), "--format", "openvino-json", "--precision",
                                     "int4", "--out", folder.path("missing")});
    CHECK(missing.exitCode == 1);
    CHECK(missing.err.find("no run in int4; it has fp32") != std::string::npos);
}
