// SPDX-License-Identifier: GPL-3.0-or-later
// The rule behind "faster" on made-up rounds: an error rate on noise, and what must be found in it.
#include "core/profile/comparison.h"
#include "tests/support/catch.h"

#include <random>
#include <vector>

using namespace halftone;

namespace {

using Rounds = std::vector<double>;

/// Rounds as a busy machine gives them: 3 % of noise, each tenth round disturbed by up to a half.
Rounds noisy(size_t count, double ms, std::mt19937_64& random) {
    std::normal_distribution<double> noise(1, 0.03);
    std::uniform_real_distribution<double> uniform(0, 1);
    Rounds rounds;
    for (size_t i = 0; i < count; ++i)
        rounds.push_back(ms * noise(random) * (uniform(random) < 0.1 ? 1 + uniform(random) / 2 : 1));
    return rounds;
}

struct Calls {
    int significant = 0, faster = 0;
};

/// Of 200 measurements where the reference takes `ratio` times as long.
Calls callsFor(double ratio) {
    std::mt19937_64 random(3);
    Calls calls;
    for (int trial = 0; trial < 200; ++trial) {
        const Speedup speedup = compareRounds(noisy(20, 2 * ratio, random), noisy(20, 2, random), false);
        calls.significant += speedup.significant();
        calls.faster += speedup.significant() && speedup.factor > 1;
    }
    return calls;
}

} // namespace

TEST_CASE("A plan against itself is called faster or slower in at most 2 of 100 measurements") {
    CHECK(callsFor(1).significant <= 4);
}

TEST_CASE("A difference of 20 % is found in at least 95 of 100 measurements, and in the right direction") {
    CHECK(callsFor(1.2).faster >= 190);
    CHECK(callsFor(1 / 1.2).significant >= 190);
    CHECK(callsFor(1 / 1.2).faster == 0);
}

TEST_CASE("A difference below 5 % is not significant, however sure it is") {
    const Speedup speedup = compareRounds(Rounds(20, 1.04), Rounds(20, 1.0), false);
    CHECK(speedup.factor == Approx(1.04));
    CHECK(speedup.ci95.lo > 1);
    CHECK_FALSE(speedup.significant());
    CHECK(compareRounds(Rounds(20, 1.06), Rounds(20, 1.0), false).significant());
    CHECK(compareRounds(Rounds(20, 1.0), Rounds(20, 1.06), false).significant());
}

TEST_CASE("A difference within the noise is not significant, however large it is") {
    const Speedup speedup =
        compareRounds(Rounds{1, 5, 1, 5, 1.4, 5, 1, 1.3, 5, 1}, Rounds{1, 1, 5, 1, 1, 5, 1, 5, 5, 1}, false);
    CHECK(speedup.factor > 1.05);
    CHECK(speedup.ci95.lo <= 1);
    CHECK_FALSE(speedup.significant());
}

TEST_CASE("A machine that slows down under both does not hide a difference") {
    Rounds reference, other;
    for (int round = 0; round < 20; ++round) {
        reference.push_back(1.2 + 0.12 * round);
        other.push_back(1 + 0.1 * round);
    }
    CHECK(compareRounds(reference, other, false).significant());
}

TEST_CASE("A machine that changes its speed between few rounds makes no difference and hides none") {
    std::mt19937_64 random(5);
    std::normal_distribution<double> noise(1, 0.02);
    Calls same, slower;
    for (int trial = 0; trial < 200; ++trial) {
        Rounds reference, other, twice;
        for (int round = 0; round < 10; ++round) {
            const double speed = random() % 2 == 0 ? 1 : 1.3; // as guests of a virtual machine come and go
            reference.push_back(speed * noise(random));
            other.push_back(speed * noise(random));
            twice.push_back(1.2 * speed * noise(random));
        }
        same.significant += compareRounds(reference, other, false).significant();
        const Speedup speedup = compareRounds(reference, twice, false);
        slower.significant += speedup.significant();
        slower.faster += speedup.significant() && speedup.factor > 1;
    }
    CHECK(same.significant <= 2);
    CHECK(slower.significant >= 190);
    CHECK(slower.faster == 0);
}

TEST_CASE("Nothing is said of rounds that have no time") {
    for (const Speedup& speedup :
         {compareRounds(Rounds{}, Rounds{}, false), compareRounds(Rounds{1, 1}, Rounds{0, 0}, false),
          compareRounds(Rounds{0, 0}, Rounds{1, 1}, false)}) {
        CHECK(speedup.factor == 0);
        CHECK(speedup.ci95 == Interval{});
        CHECK_FALSE(speedup.significant());
    }
}
