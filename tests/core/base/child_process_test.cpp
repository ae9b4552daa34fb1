// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/child_process.h"

#include "core/base/error.h"
#include "tests/support/catch.h"

#include <csignal>
#include <filesystem>
#include <fmt/format.h>

using namespace halftone;

namespace {

ChildProcess shell(const std::string& script, const std::vector<std::string>& environment = {}) {
    return ChildProcess({"/bin/sh", "-c", script}, environment);
}

bool exists(int64_t pid) {
    return std::filesystem::exists(fmt::format("/proc/{}", pid));
}

} // namespace

TEST_CASE("A program is spoken to in lines, and its end is the end of its lines") {
    Job job;
    ChildProcess child = shell("read word; echo \"heard $word\"; echo 'and more'; exit 3");
    child.writeLine("this");
    CHECK(child.readLine(job) == "heard this");
    CHECK(child.readLine(job) == "and more");
    CHECK_FALSE(child.readLine(job));
    CHECK(child.ending() == "ended with exit code 3");
}

TEST_CASE("Only the given entries of the environment are replaced") {
    Job job;
    setenv("HALFTONE_TEST_A", "old", 1);
    setenv("HALFTONE_TEST_AB", "kept", 1);
    ChildProcess child = shell("echo $HALFTONE_TEST_A $HALFTONE_TEST_AB $HALFTONE_TEST_C",
                               {"HALFTONE_TEST_A=new", "HALFTONE_TEST_C=added"});
    CHECK(child.readLine(job) == "new kept added");
    CHECK(std::string(getenv("HALFTONE_TEST_A")) == "old");
}

TEST_CASE("A signal that ends a program is named, and writing to what has ended does no harm") {
    Job job;
    ChildProcess child = shell("kill -ILL $$");
    CHECK_FALSE(child.readLine(job));
    child.writeLine("nobody hears this");
    CHECK(child.ending() == fmt::format("was ended by signal {} (Illegal instruction)", SIGILL));
}

TEST_CASE("A program ends, and leaves no zombie, with the object that started it") {
    Job job;
    int64_t pid = 0;
    {
        ChildProcess child = shell("echo $$; exec sleep 1000");
        pid = std::stoll(child.readLine(job).value());
        CHECK(exists(pid));
    }
    CHECK_FALSE(exists(pid));
}

TEST_CASE("Waiting for a line can be cancelled") {
    Job job;
    ChildProcess child = shell("exec sleep 1000");
    job.cancel();
    CHECK_THROWS_AS(child.readLine(job), Cancelled);
}

TEST_CASE("A program that does not exist is named") {
    CHECK_THROWS_WITH(ChildProcess({"/no/such/program"}, {}), Contains("/no/such/program"));
}
