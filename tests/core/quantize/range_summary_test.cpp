// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/range_summary.h"

#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"

#include <cmath>
#include <numeric>
#include <tuple>

using namespace halftone;
using halftone::test::noise;

namespace {

std::vector<float> uniform(int64_t count) {
    return noise({count}, 21).toFloats();
}

std::vector<float> normal(int64_t count) {
    const std::vector<float> a = noise({count}, 5).toFloats(), b = noise({count}, 17).toFloats();
    std::vector<float> values;
    for (size_t i = 0; i < a.size(); ++i) { // Box and Muller
        const double radius = std::sqrt(-2 * std::log((static_cast<double>(a[i]) + 1.0000001) / 2));
        values.push_back(static_cast<float>(1.7 * radius * std::cos(3.14159265358979 * static_cast<double>(b[i]))));
    }
    return values;
}

std::vector<float> rectified(std::vector<float> values) {
    for (float& value : values)
        value = std::max(value, 0.0F);
    return values;
}

double exactSqnrDb(const std::vector<float>& values, const QuantParams& params) {
    double signal = 0, noise = 0;
    for (const float value : values) {
        const double x = static_cast<double>(value);
        const double scale = static_cast<double>(params.scale());
        const double code =
            std::clamp(std::nearbyint(x / scale) + params.zeroPoint(), static_cast<double>(lowestCode(params.storage)),
                       static_cast<double>(highestCode(params.storage)));
        const double error = x - scale * (code - params.zeroPoint());
        signal += x * x;
        noise += error * error;
    }
    return 10 * std::log10(signal / noise);
}

/// Counted one by one: what lies more than half a step outside.
double shareOutside(const std::vector<float>& values, const RangeSummary& summary) {
    const double half = (summary.clipMax - summary.clipMin) / 255 / 2;
    const auto outside = std::ranges::count_if(values, [&](float value) {
        return static_cast<double>(value) < summary.clipMin - half ||
               static_cast<double>(value) > summary.clipMax + half;
    });
    return static_cast<double>(outside) / static_cast<double>(values.size());
}

RangeHistogram histogramOf(const std::vector<float>& values) {
    RangeHistogram histogram;
    histogram.add(values);
    return histogram;
}

} // namespace

TEST_CASE("the SQNR from the histogram is within 0.3 dB of the exact one") {
    constexpr int64_t count = 200000;
    for (const std::vector<float>& values :
         {uniform(count), normal(count), rectified(normal(count)), rectified(uniform(count))}) {
        const RangeHistogram histogram = histogramOf(values);
        for (const bool asymmetric : {false, true})
            for (const float clip : {1.0F, 0.8F, 0.5F}) { // the whole range, and clipped ones
                const QuantParams params = activationParams(clip * histogram.min(), clip * histogram.max(), asymmetric);
                const RangeSummary summary = summarizeActivation(histogram, params);
                REQUIRE(summary.sqnrDb);
                INFO("clip " << clip << " of " << histogram.min() << " to " << histogram.max());
                CHECK_THAT(*summary.sqnrDb, WithinAbs(exactSqnrDb(values, params), 0.3));
            }
    }
}

TEST_CASE("the clipped share counts what lies outside the grid") {
    const std::vector<float> values = uniform(100000);
    const RangeHistogram histogram = histogramOf(values);
    for (const float clip : {0.25F, 0.5F, 0.9F}) {
        const RangeSummary summary = summarizeActivation(histogram, activationParams(-clip, clip, true));
        CHECK(summary.clippedShare == Approx(shareOutside(values, summary)).margin(0.002));
        CHECK(summary.clippedShare == Approx(1 - static_cast<double>(clip)).margin(0.01));
    }
    const QuantParams whole = activationParams(histogram.min(), histogram.max(), true);
    CHECK(summarizeActivation(histogram, whole).clippedShare == 0);
    const std::vector<float> positive = rectified(values);
    const RangeHistogram half = histogramOf(positive);
    CHECK(summarizeActivation(half, activationParams(0, half.max(), true)).clippedShare == 0);
}

TEST_CASE("the summary's histogram holds every value in at most 256 bins") {
    for (const std::vector<float>& values : {uniform(5000), rectified(normal(5000)), std::vector<float>(10, 0.0F)}) {
        const RangeHistogram histogram = histogramOf(values);
        const RangeSummary summary =
            summarizeActivation(histogram, activationParams(histogram.min(), histogram.max(), true));
        CHECK(summary.counts.size() <= 256);
        CHECK(std::accumulate(summary.counts.begin(), summary.counts.end(), int64_t{0}) == histogram.count());
        CHECK(summary.histogramLo <= summary.observedMin);
        CHECK(summary.histogramHi >= summary.observedMax);
    }
}

TEST_CASE("a tensor without signal or without error has no SQNR") {
    CHECK(!summarizeActivation(histogramOf({0, 0, 0}), activationParams(0, 0, true)).sqnrDb);
    CHECK(!summarizeActivation(RangeHistogram(), activationParams(0, 1, true)).sqnrDb);
    const Tensor onGrid = Tensor::fromFloats({1, 3}, std::vector<float>{127, -127, 3});
    CHECK(!summarizeWeights(onGrid, weightParams(onGrid, 0, 8)).sqnrDb);
}

TEST_CASE("weights that were rounded otherwise are judged by what they were") {
    const std::vector<float> exact{127, 1.4F, -0.6F}, other{127, 2, 0};
    const Tensor weights = Tensor::fromFloats({1, 3}, exact), rounded = Tensor::fromFloats({1, 3}, other);
    const QuantParams params = weightParams(weights, 0, 8);
    double signal = 0, noise = 0;
    for (size_t i = 0; i < exact.size(); ++i) {
        signal += double(exact[i]) * double(exact[i]);
        noise += (double(exact[i]) - double(other[i])) * (double(exact[i]) - double(other[i]));
    }
    const RangeSummary summary = summarizeWeights(weights, params, rounded);
    CHECK(*summary.sqnrDb == Approx(10 * std::log10(signal / noise)));
    CHECK(summary.observedMin == -0.6F);
}

TEST_CASE("the summary of weights whose channels lie along their second dimension is that of the same in order") {
    const Tensor ordered = noise({4, 5, 3, 3}, 8);
    const std::vector<float> from = ordered.toFloats();
    std::vector<float> to(from.size());
    for (size_t i = 0; i < from.size(); ++i)
        to[(i / 9 % 5 * 4 + i / 45) * 9 + i % 9] = from[i];
    const Tensor exchanged = Tensor::fromFloats({5, 4, 3, 3}, to);
    const RangeSummary expected = summarizeWeights(ordered, weightParams(ordered, 0, 8));
    const RangeSummary summary = summarizeWeights(exchanged, weightParams(exchanged, 1, 8));
    CHECK(summary.channelMin == expected.channelMin);
    CHECK(summary.channelMax == expected.channelMax);
    CHECK(*summary.sqnrDb == Approx(*expected.sqnrDb));
}

TEST_CASE("the summary of weights is exact, channel by channel") {
    std::vector<float> values = noise({5, 4, 3, 3}, 8).toFloats();
    for (size_t i = 0; i < values.size(); ++i)
        values[i] *= static_cast<float>(i / 36); // channel 0 is all zero
    const Tensor weights = Tensor::fromFloats({5, 4, 3, 3}, values);
    for (const int bits : {7, 8}) {
        const QuantParams params = weightParams(weights, 0, bits);
        const RangeSummary summary = summarizeWeights(weights, params);
        double signal = 0, noise = 0;
        for (size_t channel = 0; channel < 5; ++channel) {
            double lo = 1e9, hi = -1e9;
            const double scale = static_cast<double>(params.scales[channel]);
            for (size_t i = 36 * channel; i < 36 * (channel + 1); ++i) {
                const double x = static_cast<double>(values[i]);
                const double error = x - scale * std::nearbyint(x / scale);
                signal += x * x;
                noise += error * error;
                lo = std::min(lo, x);
                hi = std::max(hi, x);
            }
            CHECK(summary.channelMin[channel] == lo);
            CHECK(summary.channelMax[channel] == hi);
        }
        CHECK(*summary.sqnrDb == Approx(10 * std::log10(signal / noise)).epsilon(1e-6));
        CHECK(summary.clippedShare == 0);
        CHECK(summary.observedMin == *std::min_element(values.begin(), values.end()));
        CHECK(summary.observedMax == *std::max_element(values.begin(), values.end()));
        CHECK(summary.clipMax >= summary.observedMax);
        CHECK(std::accumulate(summary.counts.begin(), summary.counts.end(), int64_t{0}) == 180);
    }
}

TEST_CASE("values exactly at an end are clipped or not, all of them") {
    // Pictures: half of the pixels black, which normalization makes a negative number, some white.
    std::vector<float> values = uniform(20000);
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = i % 2 ? -0.81F : i % 20 == 0 ? 1.97F : std::abs(values[i]);
    const RangeHistogram histogram = histogramOf(values);
    for (const auto& [lo, hi] :
         {std::pair{-0.81F, 1.97F}, {-0.809F, 1.97F}, {-0.806F, 1.9F}, {-0.7F, 1.0F}, {-0.7F, 3.0F}}) {
        const RangeSummary summary = summarizeActivation(histogram, activationParams(lo, hi, true));
        INFO("clip " << summary.clipMin << " to " << summary.clipMax);
        CHECK(summary.clippedShare == Approx(shareOutside(values, summary)).epsilon(0.01).margin(1e-9));
        const double step = (summary.clipMax - summary.clipMin) / 255;
        const double steps =
            std::max(summary.clipMin - summary.observedMin, summary.observedMax - summary.clipMax) / step;
        CHECK(summary.clippedBySteps == Approx(steps > 0.5 ? steps : 0).epsilon(1e-3));
    }
}

TEST_CASE("what is less than half a step outside is rounded, not clipped") {
    std::vector<float> values(1000, 0.1F);
    values[7] = 2.55F;
    const QuantParams grid = activationParams(0, 2.55F, true); // a step of 0.01
    for (const auto& [largest, share, steps] :
         {std::tuple{2.5545F, 0.0, 0.0}, {2.556F, 0.001, 0.6}, {2.85F, 0.001, 30.0}}) {
        values[7] = largest;
        const RangeSummary summary = summarizeActivation(histogramOf(values), grid);
        CHECK(summary.clippedShare == Approx(share));
        CHECK(summary.clippedBySteps == Approx(steps).epsilon(0.01));
    }
}

TEST_CASE("a tensor without a grid clips nothing") {
    const RangeSummary summary = summarizeActivation(histogramOf({-1, 2, 3}));
    CHECK(summary.clipMin == -1);
    CHECK(summary.clipMax == 3);
    CHECK(summary.clippedShare == 0);
    CHECK_FALSE(summary.sqnrDb);
    CHECK(std::accumulate(summary.counts.begin(), summary.counts.end(), int64_t{0}) == 3);
}

TEST_CASE("the SQNR of values at the ends is exact") {
    std::vector<float> values(1000, -0.8111F); // between two codes of this grid
    for (size_t i = 0; i < 100; ++i)
        values[i] = 1.9F;
    const QuantParams params = activationParams(-1, 2, true);
    CHECK_THAT(*summarizeActivation(histogramOf(values), params).sqnrDb, WithinAbs(exactSqnrDb(values, params), 0.01));
}
