// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/range_histogram.h"

#include "core/base/error.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"

#include <cmath>
#include <limits>

using namespace halftone;
using halftone::test::noise;

namespace {

/// Values over many orders of magnitude, on both sides of zero, with exact zeros and exact powers of two.
std::vector<float> mixed(int64_t count) {
    std::vector<float> values = noise({count}, 3).toFloats();
    for (size_t i = 0; i < values.size(); ++i) {
        if (i % 7 == 0)
            values[i] = 0;
        else if (i % 11 == 0)
            values[i] = std::ldexp(i % 2 ? 1.0F : -1.0F, static_cast<int>(i % 5));
        else
            values[i] *= std::ldexp(1.0F, static_cast<int>(i % 9) - 6);
    }
    return values;
}

/// The bins counted one value at a time in double.
std::vector<int64_t> plainBins(const std::vector<float>& values, double limit) {
    std::vector<int64_t> bins(RangeHistogram::binCount);
    for (const float value : values) {
        const double bin = std::floor(static_cast<double>(value) / (2 * limit) * RangeHistogram::binCount);
        ++bins[static_cast<size_t>(static_cast<int>(bin) + RangeHistogram::binCount / 2)];
    }
    return bins;
}

RangeHistogram histogramOf(const std::vector<float>& values, size_t batch) {
    RangeHistogram histogram;
    for (size_t at = 0; at < values.size(); at += batch)
        histogram.add(std::span(values).subspan(at, std::min(batch, values.size() - at)));
    return histogram;
}

} // namespace

TEST_CASE("the histogram equals the plain one") {
    const std::vector<float> values = mixed(20000);
    const RangeHistogram histogram = histogramOf(values, 777);
    CHECK(histogram.limit() == 32); // the largest value is 16
    CHECK(std::ranges::equal(histogram.bins(), plainBins(values, histogram.limit())));
    double squares = 0;
    int64_t zeros = 0;
    for (const float value : values) {
        squares += static_cast<double>(value) * static_cast<double>(value);
        zeros += value == 0;
    }
    CHECK(histogram.count() == 20000);
    CHECK(histogram.zeros() == zeros);
    CHECK(histogram.sumOfSquares() == Approx(squares));
    CHECK(histogram.min() == *std::min_element(values.begin(), values.end()));
    CHECK(histogram.max() == *std::max_element(values.begin(), values.end()));
}

TEST_CASE("the bins do not depend on how the data was cut into batches") {
    std::vector<float> values = noise({50000}, 9).toFloats();
    values.push_back(3.9F);                                 // makes the range grow in the end
    values.insert(values.begin(), {0.0F, 1e-30F, -1e-35F}); // and start from almost nothing
    const RangeHistogram whole = histogramOf(values, values.size());
    for (const size_t batch : {1U, 100U, 4096U, 49999U}) {
        const RangeHistogram parts = histogramOf(values, batch);
        CHECK(parts.limit() == whole.limit());
        CHECK(std::ranges::equal(parts.bins(), whole.bins()));
        CHECK(parts.zeros() == whole.zeros());
        CHECK(parts.min() == whole.min());
        CHECK(parts.max() == whole.max());
        CHECK(parts.sumOfSquares() == Approx(whole.sumOfSquares()));
    }
    CHECK(std::ranges::equal(whole.bins(), plainBins(values, 4)));
}

TEST_CASE("the limit is the next power of two above the largest magnitude") {
    for (const auto& [value, limit] :
         {std::pair{0.9F, 1.0}, {1.0F, 2.0}, {-1.0F, 2.0}, {-3.5F, 4.0}, {255.0F, 256.0}}) {
        RangeHistogram histogram;
        histogram.add(std::span(&value, 1));
        CHECK(histogram.limit() == limit);
        CHECK(histogram.binWidth() * RangeHistogram::binCount == 2 * limit);
        const auto bin = static_cast<int>((value - histogram.binStart(0)) / histogram.binWidth());
        CHECK(histogram.bins()[static_cast<size_t>(bin)] == 1);
    }
}

TEST_CASE("zeros, the smallest and the largest floats are counted") {
    for (const float value : {0.0F, std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::max(),
                              std::numeric_limits<float>::lowest()}) {
        RangeHistogram histogram;
        histogram.add(std::span(&value, 1));
        histogram.add(std::span(&value, 1));
        int64_t sum = 0;
        for (const int64_t bin : histogram.bins())
            sum += bin;
        CHECK(sum == 2);
        CHECK(histogram.min() == value);
        CHECK(std::isfinite(histogram.sumOfSquares()));
    }
}

TEST_CASE("nothing added leaves everything at zero") {
    RangeHistogram histogram;
    histogram.add({});
    CHECK(histogram.count() == 0);
    CHECK(histogram.min() == 0);
    CHECK(histogram.max() == 0);
}

TEST_CASE("values that are not finite are refused and leave the histogram as it was") {
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity()})
        for (const size_t at : {0U, 5U, 9U}) {
            RangeHistogram histogram = histogramOf(mixed(100), 50);
            const RangeHistogram before = histogram;
            std::vector<float> values = mixed(10);
            values[at] = bad;
            CHECK_THROWS_AS(histogram.add(values), Error);
            CHECK((histogram == before));
        }
}

TEST_CASE("zeros and values at the ends are counted apart, however the data was cut") {
    std::vector<float> values = mixed(5000);
    for (size_t i = 0; i < values.size(); ++i) {
        values[i] = std::clamp(values[i], -0.3F, 6.0F); // as activations do
        if (i > 4000 && i % 2)
            values[i] = -0.5F; // the end moves on
    }
    const auto count = [&](float value) { return std::ranges::count(values, value); };
    for (const size_t batch : {1U, 100U, 4999U, 5000U}) {
        const RangeHistogram histogram = histogramOf(values, batch);
        const std::vector<RangeHistogram::Atom> atoms = histogram.atoms();
        REQUIRE(atoms.size() == 3);
        CHECK(atoms[0].value == 0);
        CHECK(atoms[0].count == count(0));
        CHECK(atoms[1].value == -0.5);
        CHECK(atoms[1].count == count(-0.5F));
        CHECK(atoms[2].value == 6);
        CHECK(atoms[2].count == count(6));
        std::vector<float> others = values;
        std::erase_if(others, [](float value) { return value == 0 || value == -0.5F || value == 6; });
        CHECK(histogram.evenBins() == plainBins(others, histogram.limit()));
        RangeHistogram joined = histogramOf({others.begin(), others.end()}, 500);
        joined.join(histogram);
        CHECK(joined.atoms()[1].count == count(-0.5F));
    }
    const std::vector<RangeHistogram::Atom> rectified = histogramOf({0, 0, 3, 1}, 4).atoms();
    REQUIRE(rectified.size() == 2); // the least value is zero, and stands once
    CHECK(rectified[0].count == 2);
    CHECK(RangeHistogram().atoms().empty());
}

TEST_CASE("the extent of values leaves out those that are not finite, and counts them") {
    const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
    for (const size_t others : {0U, 50U}) {
        std::vector<float> values(others, 1);
        values.insert(values.begin(), {nan, -2, infinity, 3, -infinity});
        const Extent extent = extentOf(values);
        CHECK((extent.range == ValueRange{-2, 3}));
        CHECK(extent.notFinite == 3);
    }
    CHECK_FALSE(extentOf(std::vector<float>{nan, infinity}).hasFinite());
    CHECK((extentOf(std::vector<float>{nan}) | extentOf(std::vector<float>{4})).range == ValueRange{4, 4});
}
