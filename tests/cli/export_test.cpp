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
