// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/range_search.h"

#include "core/quantize/histogram_noise.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

using namespace halftone;
using halftone::test::noise;

namespace {

constexpr int64_t kCount = 20000;

/// Two-sided, with long tails: a sum of uniform numbers to the third power.
std::vector<float> tailed(int seed) {
    const std::vector<float> a = noise({kCount}, seed).toFloats(), b = noise({kCount}, seed + 1).toFloats();
    std::vector<float> values;
    for (size_t i = 0; i < a.size(); ++i)
        values.push_back(std::pow(a[i] + b[i], 3.0F));
    return values;
}

std::vector<float> shifted(std::vector<float> values, float by) {
    for (float& value : values)
        value += by;
    return values;
}

std::vector<float> rectified(std::vector<float> values) {
    for (float& value : values)
        value = std::max(value, 0.0F);
    return values;
}

/// As MobileNets have it: rectified, and many values at exactly 6.
std::vector<float> clippedAtSix(std::vector<float> values) {
    for (float& value : values)
        value = std::clamp(2 * value, 0.0F, 6.0F);
    return values;
}

std::vector<float> withOutlier(std::vector<float> values, float outlier) {
    values[17] = outlier;
    return values;
}

RangeEvidence evidenceOf(const std::vector<float>& values, int64_t samples = 10) {
    TensorStatistics statistics;
    std::vector<int64_t> numbers(static_cast<size_t>(samples));
    statistics.add(values, numbers.size(), numbers);
    return RangeEvidence(statistics);
}

double squaredError(const std::vector<float>& values, const QuantParams& params) {
    double sum = 0;
    for (const float value : values) {
        const int32_t code = quantize(value, params.scale(), params.zeroPoint(), params.storage);
        const double error =
            static_cast<double>(value) - static_cast<double>(params.scale()) * (code - params.zeroPoint());
        sum += error * error;
    }
    return sum;
}

double errorOfRange(const std::vector<float>& values, ValueRange range, Scheme scheme) {
    return squaredError(values, activationParams(range.lo, range.hi, scheme != Scheme::Symmetric));
}

/// The least error over a fine net of ranges, computed value by value.
double leastError(const std::vector<float>& values, Scheme scheme) {
    const auto [min, max] = std::ranges::minmax(values);
    double least = std::numeric_limits<double>::infinity();
    const auto consider = [&](float lo, float hi) { least = std::min(least, errorOfRange(values, {lo, hi}, scheme)); };
    if (min >= 0 || scheme == Scheme::Symmetric) {
        const float reach = std::max(-min, max);
        for (int i = 1; i <= 400; ++i)
            consider(min < 0 ? -reach * static_cast<float>(i) / 400 : 0, reach * static_cast<float>(i) / 400);
    } else {
        for (int i = 0; i < 30; ++i)
            for (int j = 0; j < 30; ++j)
                consider(min * std::pow(0.9F, static_cast<float>(i)), max * std::pow(0.9F, static_cast<float>(j)));
    }
    return least;
}

ValueRange search(const std::vector<float>& values, RangeMethod method, Scheme scheme, double percentile = 99) {
    return searchRange(evidenceOf(values), method, scheme, percentile);
}

} // namespace

TEST_CASE("min-max takes all that was observed") {
    for (const auto& values : {tailed(1), rectified(tailed(2)), shifted(tailed(3), 100)}) {
        const auto [min, max] = std::ranges::minmax(values);
        CHECK((search(values, RangeMethod::MinMax, Scheme::Mixed) == ValueRange{min, max}));
    }
    CHECK((search({}, RangeMethod::MinMax, Scheme::Mixed) == ValueRange{0, 0}));
}

TEST_CASE("mean-min-max takes the means of the samples' ends") {
    const std::vector<float> values = tailed(4);
    double minima = 0, maxima = 0;
    for (size_t sample = 0; sample < 10; ++sample) {
        const auto own = std::span(values).subspan(sample * kCount / 10, kCount / 10);
        minima += static_cast<double>(*std::ranges::min_element(own));
        maxima += static_cast<double>(*std::ranges::max_element(own));
    }
    const ValueRange range = search(values, RangeMethod::MeanMinMax, Scheme::Mixed);
    CHECK(static_cast<double>(range.lo) == Approx(minima / 10));
    CHECK(static_cast<double>(range.hi) == Approx(maxima / 10));
}

TEST_CASE("the percentile leaves the asked share inside") {
    const auto shareOutside = [](const std::vector<float>& values, ValueRange range) {
        return std::pair{static_cast<double>(std::ranges::count_if(values, [&](float x) { return x < range.lo; })) /
                             static_cast<double>(values.size()),
                         static_cast<double>(std::ranges::count_if(values, [&](float x) { return x > range.hi; })) /
                             static_cast<double>(values.size())};
    };
    for (const double percentile : {90.0, 99.0, 99.9}) {
        const double outside = 1 - percentile / 100;
        INFO("percentile " << percentile);
        const auto values = shifted(tailed(5), 0.5F);
        const auto [below, above] =
            shareOutside(values, search(values, RangeMethod::Percentile, Scheme::Mixed, percentile));
        CHECK_THAT(below, WithinAbs(outside / 2, 0.0005));
        CHECK_THAT(above, WithinAbs(outside / 2, 0.0005));
        const auto positive = rectified(values);
        CHECK_THAT(shareOutside(positive, search(positive, RangeMethod::Percentile, Scheme::Mixed, percentile)).second,
                   WithinAbs(outside, 0.0005));
        const ValueRange symmetric = search(values, RangeMethod::Percentile, Scheme::Symmetric, percentile);
        const float reach = std::max(-symmetric.lo, symmetric.hi);
        const auto [under, over] = shareOutside(values, {-reach, reach});
        CHECK_THAT(under + over, WithinAbs(outside, 0.0005));
    }
    const auto values = tailed(6);
    const auto [min, max] = std::ranges::minmax(values);
    CHECK((search(values, RangeMethod::Percentile, Scheme::Mixed, 100) == ValueRange{min, max}));
}

TEST_CASE("the least squared error is found as by trying all ranges") {
    for (const Scheme scheme : {Scheme::Mixed, Scheme::Symmetric})
        for (const auto& values :
             {tailed(7), shifted(tailed(8), 1), rectified(tailed(9)), clippedAtSix(tailed(10)),
              withOutlier(tailed(11), 60), withOutlier(tailed(12), -200), withOutlier(rectified(tailed(13)), 1000)}) {
            const double found = errorOfRange(values, search(values, RangeMethod::Mse, scheme), scheme);
            const double least = leastError(values, scheme);
            INFO("error " << found << ", least " << least << ", scheme " << static_cast<int>(scheme));
            CHECK(10 * std::log10(found / least) < 0.1);
        }
}

TEST_CASE("the squared error clips what is rare and keeps what is frequent") {
    const ValueRange six = search(clippedAtSix(tailed(14)), RangeMethod::Mse, Scheme::Mixed);
    CHECK(six.hi == Approx(6).epsilon(0.01));
    const auto tall = withOutlier(rectified(tailed(15)), 60);
    CHECK(search(tall, RangeMethod::Mse, Scheme::Mixed).hi < 59.9F);
    CHECK(search(std::vector<float>(100, 0.0F), RangeMethod::Mse, Scheme::Mixed).hi == 0);
    const std::vector<float> constant(100, 2.5F);
    CHECK(search(constant, RangeMethod::Mse, Scheme::Mixed).hi == 2.5F);
    const std::vector<float> negative(100, -2.5F);
    CHECK(search(negative, RangeMethod::Mse, Scheme::Mixed).lo == -2.5F);
}

namespace {

/// As the definition says, with the distributions written out.
double plainDivergence(const std::vector<float>& values, double width, size_t bins) {
    constexpr size_t half = 2048, levels = 128;
    std::vector<double> p, q;
    double insideAll = 0;
    for (const double sign : {1.0, -1.0}) {
        std::vector<double> counts(half);
        for (const float value : values) {
            const double position = std::floor(static_cast<double>(value) / width);
            if (value != 0 && (position >= 0) == (sign > 0))
                ++counts[static_cast<size_t>(position >= 0 ? position : -1 - position)];
        }
        std::vector<double> inside(counts.begin(), counts.begin() + static_cast<ptrdiff_t>(bins));
        const double outside = std::accumulate(counts.begin() + static_cast<ptrdiff_t>(bins), counts.end(), 0.0);
        std::vector<double> spread(bins);
        for (size_t level = 0; level < levels; ++level) {
            double sum = 0, filled = 0;
            for (size_t i = level * bins / levels; i < (level + 1) * bins / levels; ++i) {
                sum += inside[i];
                filled += inside[i] > 0;
            }
            for (size_t i = level * bins / levels; i < (level + 1) * bins / levels; ++i)
                spread[i] = inside[i] > 0 ? sum / filled : 0;
        }
        insideAll += std::accumulate(inside.begin(), inside.end(), 0.0);
        if (outside > 0) {
            const auto last = std::find_if(inside.rbegin(), inside.rend(), [](double count) { return count > 0; });
            if (last == inside.rend())
                return std::numeric_limits<double>::infinity();
            *last += outside;
        }
        p.insert(p.end(), inside.begin(), inside.end());
        q.insert(q.end(), spread.begin(), spread.end());
    }
    const double all = std::accumulate(p.begin(), p.end(), 0.0);
    double sum = 0;
    for (size_t i = 0; i < p.size(); ++i)
        if (p[i] > 0)
            sum += p[i] / all * std::log(p[i] / all / (q[i] / insideAll));
    return sum;
}

double plainThreshold(const std::vector<float>& values, double width) {
    double reach = 0;
    for (const float value : values)
        reach = std::max(reach, std::abs(static_cast<double>(value)));
    double least = std::numeric_limits<double>::infinity(), threshold = reach;
    for (size_t bins = 128; static_cast<double>(bins) * width < reach; bins += 8)
        if (const double divergence = plainDivergence(values, width, bins); divergence < least - 1e-12) {
            least = divergence;
            threshold = static_cast<double>(bins) * width;
        }
    const double whole = plainDivergence(values, width, static_cast<size_t>(std::ceil(reach / width)));
    return whole < least - 1e-12 ? reach : threshold;
}

} // namespace

TEST_CASE("entropy finds the threshold that plain loops find") {
    for (const auto& values : {tailed(20), rectified(tailed(21)), shifted(tailed(22), 1), withOutlier(tailed(23), 60),
                               withOutlier(rectified(tailed(24)), 20), clippedAtSix(tailed(25))}) {
        const RangeEvidence evidence = evidenceOf(values);
        const double expected = plainThreshold(values, evidence.histogram.binWidth());
        for (const Scheme scheme : {Scheme::Mixed, Scheme::Symmetric}) {
            const ValueRange range = searchRange(evidence, RangeMethod::Entropy, scheme, 99);
            CHECK(static_cast<double>(std::max(-range.lo, range.hi)) == Approx(expected));
            CHECK(range.lo >= std::min(0.0F, evidence.histogram.min()));
            CHECK(range.hi <= evidence.histogram.max());
        }
    }
    CHECK(search(std::vector<float>(100, 0.0F), RangeMethod::Entropy, Scheme::Mixed).hi == 0);
    CHECK(search(std::vector<float>(100, 3.0F), RangeMethod::Entropy, Scheme::Mixed).hi == 3);
}

TEST_CASE("no method leaves the observed range, and zero stays inside") {
    for (const auto& values : {tailed(30), rectified(tailed(31)), shifted(tailed(32), 100), shifted(tailed(33), -100),
                               std::vector<float>{-1e-30F, 1e-38F}, std::vector<float>{3e38F, -3e38F}})
        for (const auto& [method, name] : namesOf<RangeMethod>)
            for (const Scheme scheme : {Scheme::Mixed, Scheme::Symmetric, Scheme::Asymmetric}) {
                INFO(name);
                const auto [min, max] = std::ranges::minmax(values);
                const ValueRange range = searchRange(evidenceOf(values, 2), method, scheme, 99);
                CHECK(range.lo <= range.hi);
                CHECK(range.lo >= std::min(min, 0.0F));
                CHECK(range.hi <= std::max(max, 0.0F));
                CHECK_NOTHROW(activationParams(range.lo, range.hi, scheme != Scheme::Symmetric));
                const ValueRange again = searchRange(evidenceOf(values, 2), method, scheme, 99);
                CHECK((range == again));
            }
}

TEST_CASE("the noise of a histogram is that of its values") {
    for (const auto& values : {tailed(40), rectified(tailed(41)), clippedAtSix(tailed(42)), shifted(tailed(43), 5)})
        for (const float part : {1.0F, 0.7F, 0.3F, 0.05F})
            for (const bool asymmetric : {false, true}) {
                const auto [min, max] = std::ranges::minmax(values);
                const QuantParams grid = activationParams(part * min, part * max, asymmetric);
                const double expected = squaredError(values, grid);
                INFO("part " << part << " of " << min << " to " << max);
                CHECK(10 * std::log10(HistogramNoise(evidenceOf(values).histogram)(grid) / expected) ==
                      Approx(0).margin(0.1));
            }
}

TEST_CASE("joined evidence is that of all values together") {
    const auto small = rectified(tailed(50)), large = withOutlier(shifted(tailed(51), -3), 40);
    RangeEvidence joined;
    joined.join(evidenceOf(small));
    joined.join(evidenceOf(large));
    RangeEvidence reversed = evidenceOf(large);
    reversed.join(RangeEvidence());
    reversed.join(evidenceOf(small));
    std::vector<float> all = small;
    all.insert(all.end(), large.begin(), large.end());
    const RangeHistogram expected = evidenceOf(all).histogram;
    for (const RangeHistogram& histogram : {joined.histogram, reversed.histogram}) {
        CHECK(std::ranges::equal(histogram.bins(), expected.bins()));
        CHECK(histogram.count() == expected.count());
        CHECK(histogram.zeros() == expected.zeros());
        CHECK(histogram.min() == expected.min());
        CHECK(histogram.max() == expected.max());
        CHECK(histogram.limit() == expected.limit());
        CHECK(histogram.sumOfSquares() == Approx(expected.sumOfSquares()));
    }
    CHECK((joined.meanRange == reversed.meanRange));
    CHECK(joined.meanRange.hi == std::max(evidenceOf(small).meanRange.hi, evidenceOf(large).meanRange.hi));
    CHECK(joined.meanRange.lo == std::min(evidenceOf(small).meanRange.lo, evidenceOf(large).meanRange.lo));
}
