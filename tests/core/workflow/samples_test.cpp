// SPDX-License-Identifier: GPL-3.0-or-later
// What networks are fed, and what is counted as right.
#include "core/base/error.h"
#include "core/workflow/compare/accuracy.h"
#include "core/workflow/samples/samples.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>

using namespace halftone;

namespace {

using Indices = std::vector<int64_t>;

/// Grey pictures of one pixel; the label is the place.
class Dots : public PictureDataset {
public:
    explicit Dots(int64_t count) : PictureDataset("dots", "npz", infos(count)) {}
    Picture picture(int64_t index) const override { return {1, 1, 1, {static_cast<uint8_t>(index)}}; }

private:
    static std::vector<SampleInfo> infos(int64_t count) {
        std::vector<SampleInfo> infos;
        for (int64_t i = 0; i < count; ++i)
            infos.push_back({"dot " + std::to_string(i), i});
        return infos;
    }
};

PictureSamples dots(int64_t count, int64_t maxSamples, int labelOffset = 0) {
    Preprocessing grey;
    grey.channels = ChannelOrder::Gray;
    grey.labelOffset = labelOffset;
    return {std::make_shared<Dots>(count), grey, {{1, 1, 1, 1}}, maxSamples};
}

} // namespace

TEST_CASE("Every beginning of samples spread from the start is spread evenly, and none is left out") {
    const std::vector<int64_t> all = evenlySpread(100, 1000);
    std::vector<int64_t> order = spreadFromTheStart(all);
    for (const size_t count : {10, 25, 50}) {
        std::vector<int64_t> beginning(order.begin(), order.begin() + static_cast<ptrdiff_t>(count));
        std::ranges::sort(beginning);
        beginning.insert(beginning.begin(), 0);
        beginning.push_back(1000);
        for (size_t i = 1; i < beginning.size(); ++i)
            CHECK(beginning[i] - beginning[i - 1] <= 3 * 1000 / static_cast<int64_t>(count));
    }
    std::ranges::sort(order);
    CHECK(order == all);
    CHECK(spreadFromTheStart({}).empty());
}

TEST_CASE("Indices are spread evenly, in order and without repeats") {
    CHECK(evenlySpread(5, 10) == Indices{0, 2, 4, 6, 8});
    CHECK(evenlySpread(3, 10) == Indices{0, 3, 6});
    CHECK(evenlySpread(4, 4) == Indices{0, 1, 2, 3});
    CHECK(evenlySpread(9, 4) == Indices{0, 1, 2, 3});
    CHECK(evenlySpread(1, 1000) == Indices{0});
    CHECK(evenlySpread(0, 10).empty());
    for (const int64_t count : {7, 99, 100, 999}) {
        const Indices chosen = evenlySpread(count, 1000);
        CHECK(static_cast<int64_t>(std::set(chosen.begin(), chosen.end()).size()) == count);
        CHECK(std::ranges::is_sorted(chosen));
        CHECK(chosen.back() < 1000);
        CHECK(chosen.back() >= 1000 - 1000 / count - 1);
    }
}

TEST_CASE("Random input is the same for the same seed and index, and differs otherwise") {
    const auto filled = [](uint64_t seed, int64_t index) {
        std::vector<float> values(1000);
        RandomSamples(8, seed).fill(index, values);
        return values;
    };
    CHECK(filled(1, 0) == filled(1, 0));
    CHECK(filled(1, 0) != filled(1, 1));
    CHECK(filled(1, 0) != filled(9, 0));
    const std::vector<float> values = filled(1, 0);
    CHECK(*std::ranges::min_element(values) >= 0);
    CHECK(*std::ranges::max_element(values) < 1);
    CHECK(std::accumulate(values.begin(), values.end(), 0.0) / 1000 == Approx(0.5).margin(0.05));
}

TEST_CASE("A part of a data set is spread over the whole of it") {
    const PictureSamples samples = dots(100, 4);
    REQUIRE(samples.size() == 4);
    std::vector<float> seen;
    for (int64_t i = 0; i < samples.size(); ++i) {
        float pixel = 0;
        samples.fill(i, std::span(&pixel, 1));
        seen.push_back(pixel);
        CHECK(samples.info(i).label == static_cast<int64_t>(pixel));
    }
    CHECK(seen == std::vector<float>{0, 25, 50, 75});
    CHECK(dots(10, 0).size() == 10);
    CHECK(dots(10, 50).size() == 10);
}

TEST_CASE("What the network is shown is the picture before mean and deviation, in RGB") {
    struct Colours : PictureDataset {
        Colours() : PictureDataset("colours", "npz", {{"one"}}) {}
        Picture picture(int64_t) const override { return {2, 1, 3, {10, 20, 30, 0, 128, 255}}; }
    };
    for (const ChannelOrder order : {ChannelOrder::Rgb, ChannelOrder::Bgr}) {
        Preprocessing preprocessing;
        preprocessing.mean = {123.675f, 116.28f, 103.53f};
        preprocessing.std = {58.395f, 57.12f, 57.375f};
        preprocessing.channels = order;
        const PictureSamples samples(std::make_shared<Colours>(), preprocessing, {{1, 3, 1, 2}}, 0);
        CHECK((samples.shown(0) == Picture{2, 1, 3, {10, 20, 30, 0, 128, 255}}));
        const PictureSamples wide(std::make_shared<Colours>(), preprocessing, {{1, 3, 2, 2}}, 0),
            last(std::make_shared<Colours>(), preprocessing, {{1, 2, 2, 3}}, 0);
        CHECK((last.shown(0) == wide.shown(0)));
    }
    for (int64_t i = 0; i < 256; ++i)
        CHECK(dots(256, 0).shown(i).pixels == std::vector<uint8_t>{static_cast<uint8_t>(i)});
}

TEST_CASE("A network with the channels last is fed its pictures so") {
    struct Colours : PictureDataset {
        Colours() : PictureDataset("colours", "npz", {{"one"}}) {}
        Picture picture(int64_t) const override { return {2, 2, 3, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}; }
    };
    const auto filled = [](const Shape& shape) {
        std::vector<float> values(12);
        PictureSamples(std::make_shared<Colours>(), Preprocessing{}, {shape}, 0).fill(0, values);
        return values;
    };
    CHECK(filled({1, 3, 2, 2}) == std::vector<float>{1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12});
    CHECK(filled({1, 2, 2, 3}) == std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
}

TEST_CASE("The class of the network is the label plus the offset") {
    CHECK(dots(5, 0).expectedClass(3) == 3);
    CHECK(dots(5, 0, 1).expectedClass(3) == 4);
    CHECK(dots(5, 0, -1).expectedClass(0) == -1);
}

TEST_CASE("A network that takes no pictures is refused with its shapes") {
    const auto refused = [](const std::vector<Shape>& inputs) {
        try {
            PictureSamples(std::make_shared<Dots>(3), Preprocessing{}, inputs, 0);
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::Unsupported);
            return error.message();
        }
        return std::string();
    };
    CHECK_THAT(refused({{1, 4, 8, 8}}), Contains("1x4x8x8") && EndsWith("with the names of its inputs, or no data."));
    CHECK_THAT(refused({{1, 100}}), Contains("1x100"));
    CHECK_THAT(refused({{1, 3, 8, 8}, {1, 3, 9, 9}}), Contains("1x3x8x8 and 1x3x9x9"));
    CHECK_THAT(refused({}), Contains("no input"));
    CHECK(refused({{1, 3, 8, 8}}).empty());
    CHECK(refused({{1, 8, 8, 3}}).empty());
    CHECK(refused({{1, 8, 8, 1}}).empty());
}

TEST_CASE("The predicted class is the largest output, the first of equals") {
    CHECK(argMax(std::vector<float>{-3, -1, -2}) == 1);
    CHECK(argMax(std::vector<float>{5, 7, 7}) == 1);
    CHECK(argMax(std::vector<float>{4}) == 0);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    CHECK(argMax(std::vector<float>{nan, -1, 2, nan}) == 2);
    CHECK(argMax(std::vector<float>{nan, nan}) == -1);
    CHECK_FALSE(inTop(std::vector<float>{nan, 1}, 0, 2));
}

TEST_CASE("A label is in the top k when fewer than k outputs are larger") {
    const std::vector<float> values{0.1f, 0.9f, 0.5f, 0.5f, 0.2f};
    CHECK(inTop(values, 1, 1));
    CHECK_FALSE(inTop(values, 2, 1));
    CHECK(inTop(values, 2, 2));
    CHECK(inTop(values, 3, 2)); // as large as the other
    CHECK_FALSE(inTop(values, 4, 3));
    CHECK(inTop(values, 4, 4));
    CHECK(inTop(values, 0, 5));
}

TEST_CASE("A label that is no class of the network is refused by the picture's name") {
    const auto refused = [](const PictureSamples& samples, const Shape& output) {
        try {
            checkClasses(samples, output);
        } catch (const Error& error) {
            CHECK(error.code() == ErrorCode::BadInput);
            return error.message();
        }
        return std::string();
    };
    CHECK(refused(dots(10, 0), {1, 10}).empty());
    CHECK(refused(dots(9, 0, 1), {1, 10, 1, 1}).empty());
    CHECK(refused(dots(9, 0, 1), {1, 1, 1, 10}).empty());
    CHECK(refused(dots(10, 0, 1), {1, 10}) ==
          "The picture dot 9 has the label 10 (offset included), but the network has "
          "the classes 0 to 9. Check the labels and the label offset.");
    CHECK_THAT(refused(dots(3, 0, -1), {1, 10}), Contains("dot 0 has the label -1"));
    CHECK(refused(dots(300, 0), {1, 21, 8, 8}).empty()); // not one row of classes
    CHECK(refused(dots(300, 0), {}).empty());
}
