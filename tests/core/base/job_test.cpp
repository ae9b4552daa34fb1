// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/base/job.h"
#include "tests/support/catch.h"

using namespace halftone;

TEST_CASE("a job goes on until it is cancelled") {
    Job job;
    CHECK_NOTHROW(job.checkCancelled());
    job.cancel();
    CHECK(job.cancelled());
    CHECK_THROWS_AS(job.checkCancelled(), Cancelled);
}

TEST_CASE("a job without a listener is silent and one with a listener tells it") {
    struct Recorder : JobListener {
        std::string stages;
        void stage(int index, int count, const std::string& name) override {
            stages += std::to_string(index) + "/" + std::to_string(count) + " " + name + ";";
        }
    } recorder;
    Job silent;
    silent.listener().stage(1, 2, "read");
    Job heard(&recorder);
    heard.listener().stage(1, 2, "read");
    CHECK(recorder.stages == "1/2 read;");
}

TEST_CASE("every kind of error has a stable name of its own") {
    CHECK(std::string(name(ErrorCode::BadInput)) == "bad-input");
    CHECK(std::string(name(ErrorCode::Unsupported)) == "unsupported");
    CHECK(std::string(name(ErrorCode::Io)) == "io");
    CHECK(std::string(name(ErrorCode::Limit)) == "limit");
    CHECK(std::string(name(ErrorCode::Usage)) == "usage");
    CHECK(std::string(name(ErrorCode::Internal)) == "internal");
}
