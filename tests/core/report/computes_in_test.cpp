// SPDX-License-Identifier: GPL-3.0-or-later
// Which products compute on codes, by count and by multiplications.
#include "core/report/computes_in.h"

#include "tests/support/catch.h"

using namespace halftone;

namespace {

Step step(const std::string& precision, int64_t macs) {
    Step made;
    made.precision = precision;
    made.macs = macs;
    return made;
}

} // namespace

TEST_CASE("Products are counted by what they multiply, other steps are not") {
    Report report;
    CHECK(computesInWords(report).empty());
    Run run;
    run.precision = "int8";
    run.steps = {step("int8", 900), step("fp32", 100), step("fp32", 0), step("", 0)};
    report.runs = {run};
    CHECK(computesIn(report).products == 2);
    CHECK(computesIn(report).int8Products == 1);
    CHECK(computesInWords(report) == "1 of 2 products compute int8 × int8 (90.0 % of the MACs)");
    report.diagnostics = {{Severity::Info, "ranges-at-run-time", "", ""}};
    CHECK_THAT(computesInWords(report), EndsWith(", with ranges found at run time"));
    CHECK_THAT(fileComputesInWords(report), StartsWith("int8 × int8"));
    report.diagnostics = {{Severity::Info, "small-weights", "", ""}};
    CHECK_THAT(fileComputesInWords(report), StartsWith("float × weights of 8 bits"));
}
