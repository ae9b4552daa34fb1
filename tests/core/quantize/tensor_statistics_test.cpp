// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/tensor_statistics.h"

#include "core/base/error.h"
#include "core/quantize/sample_share.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"

#include <algorithm>
#include <functional>
#include <limits>

using namespace halftone;
using halftone::test::noise;

namespace {

constexpr int64_t kEach = 300;

/// One value after the other, each a sample.
TensorStatistics ofSingles(const std::vector<float>& values) {
    TensorStatistics statistics;
    for (int64_t i = 0; i < std::ssize(values); ++i)
        statistics.add(std::span(values).subspan(static_cast<size_t>(i), 1), 1, std::span(&i, 1));
    return statistics;
}

/// Numbered backwards from 100.
TensorStatistics inBatches(const std::vector<float>& values, int64_t batch) {
    TensorStatistics statistics;
    const auto samples = static_cast<int64_t>(values.size()) / kEach;
    for (int64_t first = 0; first < samples; first += batch) {
        const int64_t count = std::min(batch, samples - first);
        std::vector<float> rows(values.begin() + first * kEach, values.begin() + (first + count) * kEach);
        rows.resize(static_cast<size_t>(batch * kEach), 1e9F); // what fills up the last batch does not count
        std::vector<int64_t> numbers;
        for (int64_t i = first; i < first + count; ++i)
            numbers.push_back(100 - i);
        statistics.add(rows, static_cast<size_t>(batch), numbers);
    }
    return statistics;
}

} // namespace

TEST_CASE("statistics do not depend on how the samples were cut into batches") {
    std::vector<float> values = noise({57, kEach}, 5).toFloats();
    values[40 * kEach + 3] = 17;
    values[12 * kEach + 7] = -5;
    const TensorStatistics one = inBatches(values, 1);
    CHECK(one.samples() == 57);
    CHECK(one.minSample() == 88);
    CHECK(one.maxSample() == 60);
    CHECK(one.stableAfter() == 41);
    for (const int64_t batch : {2, 7, 57, 100}) {
        const TensorStatistics other = inBatches(values, batch);
        CHECK((other.histogram() == one.histogram()));
        CHECK(other.samples() == 57);
        CHECK((other.meanRange() == one.meanRange()));
        CHECK((other.growth() == one.growth()));
        CHECK(other.stableAfter() == one.stableAfter());
        CHECK(other.minSample() == 88);
        CHECK(other.maxSample() == 60);
    }
}

TEST_CASE("the growth of the range is told at 1, 2, 5, 10 and so on, and at the end") {
    std::vector<float> values;
    for (int i = 0; i < 23; ++i)
        values.push_back(i % 2 ? static_cast<float>(i) : static_cast<float>(-i));
    const std::vector<ObservedRange> growth = ofSingles(values).growth();
    const std::vector<ObservedRange> expected{{1, {0, 0}},   {2, {0, 1}},     {5, {-4, 3}},
                                              {10, {-8, 9}}, {20, {-18, 19}}, {23, {-22, 21}}};
    CHECK((growth == expected));
    values.resize(20);
    CHECK(ofSingles(values).growth().back().samples == 20);
    CHECK(ofSingles(values).growth().size() == 5);
    CHECK(TensorStatistics().growth().empty());
}

TEST_CASE("a range is stable after the sample from which less than 1 % was added") {
    CHECK(ofSingles({0, 5, 99.5F, 3, 100, 2}).stableAfter() == 3);
    CHECK(ofSingles({0, 5, 98.5F, 3, 100, 2}).stableAfter() == 5);
    CHECK(ofSingles({0, 5, 98.5F, 3, 100}).stableAfter() == std::nullopt); // it took all of them
    CHECK(ofSingles({4, 4, 4}).stableAfter() == 1);
    CHECK(ofSingles({4}).stableAfter() == std::nullopt);
    CHECK(TensorStatistics().stableAfter() == std::nullopt);
    std::vector<float> creeping{0}; // by less than is remembered one by one
    for (int i = 0; i < 3000; ++i)
        creeping.push_back(100 + static_cast<float>(i) * 0.001F); // 103 in the end: stable from 101.97 on
    CHECK(static_cast<double>(*ofSingles(creeping).stableAfter()) == Approx(1972).margin(12));
}

TEST_CASE("the first sample that reaches an end has set it") {
    const TensorStatistics statistics = ofSingles({1, -2, 7, -2, 7});
    CHECK(statistics.minSample() == 1);
    CHECK(statistics.maxSample() == 2);
    CHECK((statistics.meanRange() == ValueRange{2.2F, 2.2F}));
}

TEST_CASE("a tensor without a batch dimension counts as one sample") {
    TensorStatistics statistics;
    statistics.add(std::vector<float>{1, 2, 3, 4, 5}, 2, std::vector<int64_t>{7, 8});
    CHECK(statistics.samples() == 1);
    CHECK((statistics.meanRange() == ValueRange{1, 5}));
    CHECK(statistics.maxSample() == 7);
    CHECK(statistics.histogram().count() == 5);
}

TEST_CASE("of large samples a part is counted that has the shape of the whole, and the ends are exact") {
    // 64 channels inside, each with a range of its own, as neighbours in memory: a regular choice would see few of
    // them.
    constexpr size_t channels = 64, places = 5000;
    std::vector<float> values = noise({int64_t{channels * places}}, 12).toFloats();
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = std::max(0.0F, values[i] * static_cast<float>(1 + i % channels));
    values[123457] = 500;
    TensorStatistics part;
    const int64_t number = 0;
    part.add(values, 1, std::span(&number, 1));
    RangeHistogram whole;
    whole.add(values);
    CHECK(part.histogram().max() == 500);
    CHECK(part.histogram().min() == 0);
    CHECK(part.histogram().limit() == whole.limit());
    CHECK(part.histogram().count() >= 4096);
    CHECK(part.histogram().count() < 8192);
    const auto shareBelow = [](const RangeHistogram& histogram, double limit) {
        double sum = 0;
        for (int bin = 0; bin < RangeHistogram::binCount && histogram.binStart(bin) < limit; ++bin)
            sum += static_cast<double>(histogram.bins()[static_cast<size_t>(bin)]);
        return sum / static_cast<double>(histogram.count());
    };
    for (const double limit : {0.1, 3.0, 10.0, 30.0, 50.0})
        CHECK_THAT(shareBelow(part.histogram(), limit), WithinAbs(shareBelow(whole, limit), 0.02));
    CHECK(part.histogram().sumOfSquares() / static_cast<double>(part.histogram().count()) ==
          Approx(whole.sumOfSquares() / static_cast<double>(whole.count())).epsilon(0.05));
}

TEST_CASE("each large sample is counted at other places, and less of each where many are to come") {
    std::vector<float> values(100'000);
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(i) / 50'000 - 1; // a place is a value
    const auto ofCopies = [&](size_t counted, int64_t copies) {
        TensorStatistics statistics(counted);
        for (int64_t i = 0; i < copies; ++i)
            statistics.add(values, 1, std::span(&i, 1));
        return statistics.histogram();
    };
    const auto seenBins = [](const RangeHistogram& histogram) {
        return std::ranges::count_if(histogram.bins(), std::identity());
    };
    const RangeHistogram once = ofCopies(512, 1), often = ofCopies(512, 10);
    CHECK(once.count() >= 512);
    CHECK(once.count() < 1024);
    CHECK(often.count() == 10 * once.count());
    CHECK(seenBins(often) > 5 * seenBins(once));
    CHECK(valuesPerSample(1) == 4096);
    CHECK(valuesPerSample(100) == 4096);
    CHECK(valuesPerSample(400) == 1024);
    CHECK(valuesPerSample(1'000'000) == 512);
}

TEST_CASE("values that are not finite are counted and are in nothing else") {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    std::vector<float> values = noise({6, kEach}, 5).toFloats();
    std::vector<float> finite = values;
    values.insert(values.end(), kEach, -infinity); // a sample without any number
    values.insert(values.end(), kEach, 0.5F);
    finite.insert(finite.end(), kEach, 0.5F);
    const TensorStatistics expected = inBatches(finite, 1);
    for (const size_t at : {size_t{3}, size_t{700}})
        for (size_t i = 0; i < 40; ++i)
            values[at + i] = i % 2 ? infinity : std::numeric_limits<float>::quiet_NaN();
    const TensorStatistics one = inBatches(values, 1);
    CHECK(one.values() == 8 * kEach);
    CHECK(one.notFinite() == kEach + 80);
    CHECK(one.samples() == 8);
    CHECK(one.histogram().count() == 7 * kEach - 80);
    CHECK(one.histogram().max() <= expected.histogram().max());
    CHECK(one.histogram().min() >= -1);
    CHECK(one.meanRange().lo == Approx(expected.meanRange().lo).margin(0.05));
    CHECK(one.growth().size() == 4); // 1, 2, 5 and 8
    for (const int64_t batch : {2, 3, 8, 11}) {
        const TensorStatistics other = inBatches(values, batch);
        CHECK((other.histogram() == one.histogram()));
        CHECK(other.notFinite() == one.notFinite());
        CHECK((other.meanRange() == one.meanRange()));
        CHECK((other.growth() == one.growth()));
    }
    TensorStatistics nothing;
    const int64_t sample = 0;
    nothing.add(std::vector<float>(10, infinity), 1, std::span(&sample, 1));
    CHECK(nothing.notFinite() == 10);
    CHECK(nothing.histogram().count() == 0);
    CHECK(nothing.growth().empty());
    CHECK_FALSE(nothing.stableAfter());
}
