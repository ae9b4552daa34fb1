// SPDX-License-Identifier: GPL-3.0-or-later
// Statistics against hand-worked and published figures, intervals against data whose median is known.
#include "core/profile/statistics.h"
#include "tests/support/catch.h"

#include <cmath>
#include <random>

using namespace halftone;

namespace {

using Values = std::vector<double>;

/// Timings as they are: a floor, and a long tail above it. The median is `median`.
Values timings(size_t count, double median, std::mt19937_64& random) {
    std::lognormal_distribution<double> tail(0, 0.3);
    Values values;
    for (size_t i = 0; i < count; ++i)
        values.push_back(median * tail(random));
    return values;
}

/// Share of 300 simulated measurements whose interval holds `truth`.
template <class Simulate> double coverage(double truth, const Simulate& simulate) {
    constexpr int trials = 300;
    std::mt19937_64 random(42);
    int covered = 0;
    for (int trial = 0; trial < trials; ++trial) {
        const Interval interval = simulate(random);
        covered += interval.lo <= truth && truth <= interval.hi;
    }
    return static_cast<double>(covered) / trials;
}

} // namespace

TEST_CASE("The median is the middle value, or the mean of the middle two") {
    CHECK(median(Values{}) == 0);
    CHECK(median(Values{7}) == 7);
    CHECK(median(Values{9, 1, 5}) == 5);
    CHECK(median(Values{4, 1, 3, 2}) == 2.5);
    CHECK(median(Values{1, 1, 1, 1000}) == 1);
}

TEST_CASE("A percentile is interpolated linearly between the sorted values") {
    const Values values{10, 1, 4, 3, 2};
    CHECK(percentile(values, 0) == 1);
    CHECK(percentile(values, 1) == 10);
    CHECK(percentile(values, 0.25) == 2);
    CHECK(percentile(values, 0.9) == Approx(7.6));
    CHECK(percentile(Values{}, 0.9) == 0);
    CHECK(percentile(Values{3}, 0.9) == 3);
}

TEST_CASE("The interval by order leaves out as many values at each end as the binomial distribution allows") {
    // Conover's table for the median at 95 %: n = 5 needs all, 6 to 8 the ends, 9 to 11 one less, 20 the 6th and 15th.
    CHECK(orderInterval(Values{}) == Interval{});
    CHECK(orderInterval(Values{3, 1, 2}) == Interval{1, 3});
    CHECK(orderInterval(Values{8, 1, 2, 3, 4, 5, 6, 7}) == Interval{1, 8});
    CHECK(orderInterval(Values{9, 8, 1, 2, 3, 4, 5, 6, 7}) == Interval{2, 8});
    Values twenty;
    for (int i = 20; i > 0; --i)
        twenty.push_back(i);
    CHECK(orderInterval(twenty) == Interval{6, 15});
}

TEST_CASE("The interval by order holds the median in 95 of 100 measurements, whatever the distribution") {
    for (const size_t count : {11, 20, 41})
        CHECK(coverage(2, [&](auto& random) { return orderInterval(timings(count, 2, random)); }) >= 0.94);
}

TEST_CASE("The interval of a ratio of independent figures holds it, and is wider than either's") {
    const Interval sure = ratioInterval(4, {4, 4}, 2, {2, 2});
    CHECK(sure.lo == Approx(2));
    CHECK(sure.hi == Approx(2));
    const Interval rough = ratioInterval(4, {3.6, 4.4}, 2, {1.8, 2.2});
    CHECK(rough.lo < 2 * 3.6 / 4);
    CHECK(rough.lo > 3.6 / 2.2);
    CHECK(rough.hi > 2 * 4.4 / 4);
    CHECK(rough.hi < 4.4 / 1.8);
    CHECK(ratioInterval(0, {0, 1}, 2, {1, 2}) == Interval{});
}

TEST_CASE("The coefficient of variation is the sample deviation over the mean") {
    CHECK(coefficientOfVariation(Values{2, 4, 4, 4, 5, 5, 7, 9}) == Approx(std::sqrt(32.0 / 7) / 5));
    CHECK(coefficientOfVariation(Values{3, 3, 3}) == 0);
    CHECK(coefficientOfVariation(Values{5}) == 0);
    CHECK(coefficientOfVariation(Values{}) == 0);
    CHECK(coefficientOfVariation(Values{0, 0}) == 0);
}

TEST_CASE("An interval is the same for the same seed") {
    std::mt19937_64 random(1);
    const Values fp32 = timings(25, 3, random);
    CHECK(bootstrapMedian(fp32, 5) == bootstrapMedian(fp32, 5));
}

TEST_CASE("An interval holds the median of its own rounds and lies within them") {
    std::mt19937_64 random(2);
    for (const size_t count : {1, 2, 10, 101}) {
        const Values rounds = timings(count, 4, random);
        const Interval interval = bootstrapMedian(rounds, 1);
        CHECK(interval.lo <= median(rounds));
        CHECK(median(rounds) <= interval.hi);
        CHECK(interval.lo >= percentile(rounds, 0));
        CHECK(interval.hi <= percentile(rounds, 1));
    }
    CHECK(bootstrapMedian(Values{}, 1) == Interval{});
    CHECK(bootstrapMedian(Values{2, 2, 2}, 1) == Interval{2, 2});
}

TEST_CASE("About 95 of 100 intervals of the median hold the true median") {
    const double share =
        coverage(2, [](std::mt19937_64& random) { return bootstrapMedian(timings(25, 2, random), 1); });
    CHECK(share > 0.90);
    CHECK(share < 0.99);
}

TEST_CASE("About 95 of 100 intervals of the ratio hold the true ratio") {
    const double share = coverage(3, [](std::mt19937_64& random) {
        const Values fp32 = timings(25, 6, random), int8 = timings(25, 2, random);
        return pairedRatioInterval(fp32, int8);
    });
    CHECK(share > 0.90);
    CHECK(share <= 0.995);
}

TEST_CASE("Drift that both plans share leaves the interval of the ratio narrow") {
    Values fp32, int8; // the machine slows down to half its speed in the course of the rounds
    for (int round = 0; round < 20; ++round) {
        const double slow = 1 + round / 20.0;
        fp32.push_back(3 * slow);
        int8.push_back(slow);
    }
    const Interval ratio = pairedRatioInterval(fp32, int8);
    CHECK(ratio.lo == Approx(3));
    CHECK(ratio.hi == Approx(3));
    CHECK(bootstrapMedian(int8, 1).hi > 1.2 * bootstrapMedian(int8, 1).lo);
}

TEST_CASE("A ratio without a measurable denominator has no interval") {
    CHECK(pairedRatioInterval(Values{1, 2}, Values{0, 0}) == Interval{});
    CHECK(pairedRatioInterval(Values{1, 2}, Values{}) == Interval{});
    CHECK(pairedRatioInterval(Values{1, 2, 8}, Values{1, 0, 2}) == Interval{1, 4});
}

// R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998),
// table I, method 3.
TEST_CASE("The interval of a proportion equals the published ones") {
    struct Example {
        int64_t hits, n;
        double lo, hi;
    };
    for (const Example& example : {Example{81, 263, 0.2553, 0.3662}, Example{15, 148, 0.0624, 0.1605},
                                   Example{0, 20, 0, 0.1611}, Example{1, 29, 0.0061, 0.1718}}) {
        const Interval interval = wilson(example.hits, example.n);
        CHECK_THAT(interval.lo, WithinAbs(example.lo, 5e-5));
        CHECK_THAT(interval.hi, WithinAbs(example.hi, 5e-5));
    }
}

TEST_CASE("The interval of a proportion stays within 0 and 1") {
    CHECK(wilson(0, 0) == Interval{});
    CHECK(wilson(0, 1000).lo >= 0);
    CHECK(wilson(1000, 1000).hi <= 1);
    CHECK(wilson(1000, 1000).lo > 0.99);
}

TEST_CASE("McNemar's exact test gives the binomial probabilities of the literature") {
    CHECK(mcNemar(0, 0) == 1);
    CHECK(mcNemar(1, 1) == 1);
    CHECK(mcNemar(0, 1) == Approx(1));
    CHECK(mcNemar(0, 5) == Approx(2.0 / 32));
    CHECK(mcNemar(0, 6) == Approx(2.0 / 64));
    CHECK(mcNemar(5, 3) == Approx(2 * (1 + 8 + 28 + 56) / 256.0)); // 0.7266
    CHECK(mcNemar(3, 5) == mcNemar(5, 3));
    CHECK(mcNemar(1, 9) == Approx(0.021484375));
    CHECK(mcNemar(4000, 4000) == 1);
    CHECK(mcNemar(4000, 4400) == Approx(1.34e-5).epsilon(0.01));
}
