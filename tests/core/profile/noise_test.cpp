// SPDX-License-Identifier: GPL-3.0-or-later
// Each source of noise on made-up readings and rounds: named where it is, and silent where it is not.
#include "core/profile/noise.h"
#include "tests/support/catch.h"

#include <chrono>
#include <unistd.h>

using namespace halftone;

namespace {

using Rounds = std::vector<double>;

/// After `seconds` on two CPUs, of whose time these shares went elsewhere; this process had all the rest.
MachineReading after(double seconds, double steal, double idle, double others, double frequencyMhz = 3000) {
    const double ticks = 2 * seconds * static_cast<double>(sysconf(_SC_CLK_TCK));
    return {
        CpuTicks{static_cast<int64_t>(steal * ticks), static_cast<int64_t>(idle * ticks), static_cast<int64_t>(ticks)},
        2 * seconds * (1 - steal - idle - others), frequencyMhz};
}
const MachineReading start{CpuTicks{}, 0, 3000};

Rounds alternating(size_t count, double low, double high) {
    Rounds rounds;
    for (size_t i = 0; i < count; ++i)
        rounds.push_back(i % 2 ? high : low);
    return rounds;
}

} // namespace

TEST_CASE("A machine that did nothing else disturbs nothing") {
    CHECK(disturbances(start, after(10, 0, 0, 0)).empty());
    CHECK(disturbances(start, after(10, 0.019, 0.5, 0.049, 3140)).empty());
    CHECK(disturbances(MachineReading{}, MachineReading{}).empty()); // a system that tells nothing
}

TEST_CASE("Steal, other programs and a moving frequency are named each") {
    const auto steal = disturbances(start, after(10, 0.03, 0, 0));
    REQUIRE(steal.size() == 1);
    CHECK(steal[0].code == "unstable-timing");
    CHECK(steal[0].message == "Other guests of this machine took 3.0 % of the CPU time while it was measured. Measure "
                              "again on a quiet machine.");
    const auto others = disturbances(start, after(10, 0, 0.3, 0.25));
    REQUIRE(others.size() == 1);
    CHECK(others[0].message ==
          "Other programs took 25 % of the CPU time while it was measured. Close them and measure again.");
    for (const double frequency : {2800, 3200}) {
        const auto moved = disturbances(start, after(10, 0, 0, 0, frequency));
        REQUIRE(moved.size() == 1);
        CHECK_THAT(moved[0].message, StartsWith("The CPU's frequency moved from 3000 to"));
    }
    CHECK(disturbances(start, after(10, 0.1, 0, 0.5, 2000)).size() == 3);
}

TEST_CASE("CPU time is not judged over less than half a second of a CPU") {
    CHECK(disturbances(start, after(0.2, 0.5, 0, 0.5)).empty());
    CHECK_FALSE(stealBetween(start, after(0.2, 0.5, 0, 0.5)));
    CHECK(*stealBetween(start, after(10, 0.5, 0, 0)) == Approx(0.5));
}

TEST_CASE("The readings of this machine rise while this process works") {
    const MachineReading before = MachineReading::now();
    const auto begin = std::chrono::steady_clock::now();
    volatile double sum = 0;
    while (std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(100))
        sum = sum + 1;
    const MachineReading now = MachineReading::now();
    CHECK(now.ownCpuS > before.ownCpuS);
    if (now.ticks) {
        CHECK(now.ticks->all >= before.ticks->all);
        CHECK(now.ticks->idle + now.ticks->steal <= now.ticks->all);
    }
}

TEST_CASE("Even rounds have nothing to warn of") {
    CHECK(scatter("fp32", Rounds(20, 3)).empty());
    CHECK(scatter("fp32", alternating(20, 2.9, 3.1)).empty());
    CHECK(scatter("fp32", Rounds{3}).empty());
}

TEST_CASE("Rounds that scatter are named with their figures") {
    const auto found = scatter("int8", alternating(21, 1, 1.5));
    REQUIRE(found.size() == 1);
    CHECK(found[0].where == "int8");
    CHECK(found[0].message ==
          "The int8 rounds scatter: coefficient of variation 21 %, 95th percentile 1.50x the median. "
          "Something else runs at times; close other programs or measure longer.");
    Rounds rare(20, 1);
    rare[7] = rare[13] = 1.3; // 1.3x in a tenth of the rounds: too few for the coefficient of variation
    REQUIRE(scatter("int8", rare).size() == 1);
    CHECK_THAT(scatter("int8", rare)[0].message, StartsWith("The int8 rounds scatter"));
}

TEST_CASE("Rounds that drift are named, in both directions") {
    Rounds rounds;
    for (int round = 0; round < 30; ++round)
        rounds.push_back(2 + 0.01 * round);
    const auto slower = scatter("fp32", rounds);
    REQUIRE(slower.size() == 1);
    CHECK_THAT(slower[0].message, StartsWith("The fp32 rounds drifted from 2.04 to 2.25 ms"));
    const auto faster = scatter("fp32", Rounds(rounds.rbegin(), rounds.rend()));
    REQUIRE(faster.size() == 1);
    CHECK_THAT(faster[0].message, StartsWith("The fp32 rounds drifted from 2.25 to 2.04 ms"));
}
