// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/progress.h"

#include "tests/support/catch.h"

using namespace halftone;

TEST_CASE("Every message of progress is one line and comes back from it") {
    const std::vector<ProgressMessage> messages{
        StageBegins{2, 9, "Calibrating ranges", "Calibrating"},
        StageProgress{0.25, 12.5},
        StageFound{"two\nlines and \"quotes\""},
        LatencyMeasured{"int8", 1.5},
        Diagnostic{Severity::Info, "code", "layer", "A sentence.", {{"preset", "unit"}}},
        JobWaits{"AVX2"},
        JobFailed{"BadInput", "file", "It is bad."},
        JobDone{"/tmp/report.json", "int8 is faster."}};
    for (const ProgressMessage& message : messages) {
        const std::string line = progressLine(message);
        INFO(line);
        CHECK(line.find('\n') == std::string::npos);
        REQUIRE(progressMessage(line));
        CHECK((*progressMessage(line) == message));
    }
    CHECK(progressLine(messages[1]) == R"({"type":"progress","fraction":0.25,"secondsLeft":12.5})");
}

TEST_CASE("Lines that are no message are none") {
    for (const char* line : {"", "warning: something", "{}", "[1]", R"({"type": 3})", R"({"type": "later", "x": 1})",
                             R"({"type": "stage", "index": "one"})"})
        CHECK_FALSE(progressMessage(line));
    CHECK(progressMessage(R"({"type": "found", "text": "x", "later": [1]})"));
}

TEST_CASE("Bytes that are no UTF-8 leave the line one") {
    CHECK(progressMessage(progressLine(StageFound{"\xff\xfe"})));
}
